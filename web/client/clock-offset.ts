// Owns one estimate: the broker's wall clock seen from this machine's monotonic clock. Every frame that carries
// `serverTime` gives `local - server` = true difference + the time the frame was under way. That delay is never
// negative, so the smallest difference seen is the best one: no round trip, no ping. Two windows of a minute let the
// estimate follow a drifting or stepped clock: the last whole window and the running one count, older ones do not.
// Bounded: two numbers per window.

const windowMs = 60_000;

export class ClockOffset {
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #current = Number.POSITIVE_INFINITY;
  #previous = Number.POSITIVE_INFINITY;

  /** A frame written at `serverTimeMs` (Unix ms, broker's clock) was read at `nowMs` (monotonic, ours). */
  observe(serverTimeMs: number, nowMs: number): void {
    if (serverTimeMs <= 0) return;
    if (nowMs - this.#windowStartMs >= windowMs) {
      const adjacent = nowMs - this.#windowStartMs < 2 * windowMs;
      this.#previous = adjacent ? this.#current : Number.POSITIVE_INFINITY;
      this.#current = Number.POSITIVE_INFINITY;
      this.#windowStartMs = nowMs;
    }
    const difference = nowMs - serverTimeMs;
    if (difference < this.#current) this.#current = difference;
  }

  /** Forgets everything: the next connection may reach another machine, or this one may have slept. */
  reset(): void {
    this.#windowStartMs = Number.NEGATIVE_INFINITY;
    this.#current = Number.POSITIVE_INFINITY;
    this.#previous = Number.POSITIVE_INFINITY;
  }

  /** The broker's Unix time at `nowMs` (monotonic, ours), late by the fastest frame's delay; null before any frame. */
  serverTimeMs(nowMs: number): number | null {
    const difference = Math.min(this.#current, this.#previous);
    return difference === Number.POSITIVE_INFINITY ? null : nowMs - difference;
  }
}
