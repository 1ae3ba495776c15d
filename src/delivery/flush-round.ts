// Owns one flush while it is under way. A flush that serves many connections takes several turns of the loop, and what
// comes in between is sent to those who are still to be served: nobody waits for two flushes, and nothing else waits
// for one. Bounded: one at a time; a turn by limits.flushTurnMsMax.

export class FlushRound {
  /** Whether it has begun and has not ended. */
  underWay = false;
  /** Who is served next. */
  slot = 0;
  /** When it is over, everybody who keeps up has been sent the events below; many have been sent more. */
  limit = 0;
  turns = 0;
  /** What its turns took, without what came between them, in milliseconds. */
  busyMs = 0;
  /** Writes of its turns, without heartbeats and greetings that came between them. */
  writes = 0;
  /** Connections that could not take all that was ready. */
  behind = 0;
  /** Connections that are left alone because they have not read what they were sent. */
  held = 0;
  /** Connections that wait for a snapshot. */
  waiting = 0;
  /** Connections for which more was ready than one flush gives. */
  more = 0;

  begin(limit: number): void {
    this.underWay = true;
    this.slot = 0;
    this.limit = limit;
    this.turns = 0;
    this.busyMs = 0;
    this.writes = 0;
    this.behind = 0;
    this.held = 0;
    this.waiting = 0;
    this.more = 0;
  }
}
