// When to flush. Pure: times in, a decision out. Smart batching: an idle sender flushes at once; the more a flush
// costs, the longer the next one waits, so that about a quarter of the thread's time goes into writes (the readers'
// machines pay as much again), and everything that arrives meanwhile rides in one write per connection. Never longer
// than half a frame (limits.flushIntervalMsMax): beyond about a thousand dashboards writes take what share they need.
//
// Why by cost and not by a constant: a flush costs connections x one system call. At 300 dashboards and 500 events/s a
// constant 8 ms adds latency for nothing; at 5,000 events/s no pacing at all spends the whole thread on system calls.

/** A flush cheaper than this is followed by another as soon as there is something to send, in milliseconds. */
const idleCostMs = 0.1;

export class Pacer {
  readonly #intervalMsMax: number;
  /** Time waited after a flush, as a multiple of what it cost. */
  readonly #restFactor: number;
  #costMs = 0;
  #lastEndMs = Number.NEGATIVE_INFINITY;

  constructor(intervalMsMax: number, restFactor = 3) {
    this.#intervalMsMax = intervalMsMax;
    this.#restFactor = restFactor;
  }

  /** Smoothed cost of a flush in milliseconds. */
  get costMs(): number {
    return this.#costMs;
  }

  /** Time to wait from the end of one flush to the start of the next, in milliseconds. */
  get restMs(): number {
    return this.#costMs < idleCostMs ? 0 : Math.min(this.#intervalMsMax, this.#costMs * this.#restFactor);
  }

  /** Milliseconds from `nowMs` until the next flush may start: 0 = now. */
  dueInMs(nowMs: number): number {
    return Math.max(0, this.#lastEndMs + this.restMs - nowMs);
  }

  /** Learns from a flush that was done. Rises at once, falls over about eight flushes: bursts come in steps. */
  flushed(startMs: number, endMs: number): void {
    const costMs = endMs - startMs;
    this.#costMs = costMs > this.#costMs ? (this.#costMs + costMs) / 2 : this.#costMs + (costMs - this.#costMs) / 8;
    this.#lastEndMs = endMs;
  }
}
