import type { Clock } from '../base/clock.ts';
import type { RoomEvent } from '../protocol/events.ts';
import type { SourceState } from '../protocol/frames.ts';
import type { Aging } from '../ranking/ranking.ts';

// What time it is in a room in which nothing happens: as late as its events have told, and what has passed since by
// the broker's monotonic clock. Boards go by events alone, so that it becomes one: where a window or a day has
// something to let go of, and before the first event after a silence. Owns when the room's time moved last; one event
// each `quietMs` at most, but for gifts that wait to leave: then one at each look.
//
// It speaks for what is on now, and only while upstream is heard: who is back from an interruption may bring what was
// missed, with its own times, and a recording has a time of its own. So time is never further ahead of the next event
// than messages are late.

/** Nothing has moved the room's time for so long. */
const quietMs = 5_000;
/** For so long that the next event would have to be believed by its word alone (ranking/room-time.ts: a minute). */
const standingMs = 30_000;
/** A source that is back has brought by then what was missed. */
const settlingMs = 30_000;
/** What is on now is dated no further from the broker's wall clock: computers without a time server are minutes off. */
const clocksApartMs = 300_000;

export class QuietTime {
  readonly #clock: Clock;
  readonly #aging: Aging;
  /** The room's time when it was looked at last, and since when it has been that; monotonic ms. */
  #time = 0;
  #sinceMs = 0;
  #heardSinceMs = Number.POSITIVE_INFINITY;
  #stands = false;

  constructor(clock: Clock, aging: Aging) {
    this.#clock = clock;
    this.#aging = aging;
  }

  /** Whether time has to be told before whatever happens next. */
  get stands(): boolean {
    return this.#stands;
  }

  /** How the source is doing now. */
  source(state: SourceState): void {
    if (state !== 'live' && state !== 'silent') {
      this.#heardSinceMs = Number.POSITIVE_INFINITY;
      this.#stands = false;
    } else if (this.#heardSinceMs === Number.POSITIVE_INFINITY) this.#heardSinceMs = this.#clock.nowMs();
  }

  /** The broker was away for `ms` until now, in which its room's time went on as well. */
  awayFor(ms: number): void {
    this.#time = this.#aging.time();
    this.#sinceMs = this.#clock.nowMs() - ms;
  }

  /** Called about once a second: whether time has to be told now. */
  look(): boolean {
    const nowMs = this.#clock.nowMs();
    const time = this.#aging.time();
    this.#stands = false;
    if (time !== this.#time) {
      this.#time = time;
      this.#sinceMs = nowMs;
      return false;
    }
    if (time === 0 || nowMs - this.#heardSinceMs < settlingMs) return false;
    const at = this.#at(nowMs);
    if (Math.abs(at - this.#clock.wallMs()) > clocksApartMs) return false;
    const quietForMs = nowMs - this.#sinceMs;
    this.#stands = quietForMs >= standingMs;
    return (quietForMs >= quietMs || this.#aging.isDue(time)) && this.#aging.isDue(at);
  }

  /** The event that tells it, to be published at once as number `seq`. */
  event(seq: number): RoomEvent {
    const nowMs = this.#clock.nowMs();
    const at = this.#at(nowMs);
    this.#time = at;
    this.#sinceMs = nowMs;
    this.#stands = false;
    return { kind: 'room', id: `time-${seq}`, at, topic: 'time', user: null, text: '', value: 0, target: 0 };
  }

  #at(nowMs: number): number {
    return this.#time + Math.floor(nowMs - this.#sinceMs);
  }
}
