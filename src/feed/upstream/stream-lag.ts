// How far a stream is behind its source. A bad network delivers late what it delivers in order, and what was on its way
// when it broke is missing: so a gap begins at the time of the source's last message here, not at its arrival. Sender
// and receiver have clocks of their own: the frame that took least time tells how they differ. Bounded by the life of
// the connection: nothing on it is older, whatever jump a clock makes.

export class StreamLag {
  readonly #openedMs: number;
  /** The receiver's clock minus the sender's, of the fastest frame. */
  #least = Number.POSITIVE_INFINITY;
  #lastMs = 0;

  /** `openedMs`: when the connection opened, by the receiver's monotonic clock. */
  constructor(openedMs: number) {
    this.#openedMs = openedMs;
  }

  /** A frame sent at `sentAtMs` (the sender's clock; 0 = not said) came at `nowMs` (the receiver's). */
  frame(sentAtMs: number, nowMs: number): void {
    if (sentAtMs === 0) return;
    const difference = nowMs - sentAtMs;
    this.#least = Math.min(this.#least, difference);
    this.#lastMs = Math.min(difference - this.#least, nowMs - this.#openedMs);
  }

  /** How far behind the last frame was, in milliseconds. */
  get lastMs(): number {
    return this.#lastMs;
  }
}
