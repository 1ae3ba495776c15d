// When to flush. Pure: times in, a decision out. Smart batching: an idle sender flushes at once; the more a flush
// costs, the longer the next one waits, so that a third of the thread's time at most goes into writes, and everything
// that arrives meanwhile rides in one write per connection. Never longer than half a frame (limits.flushIntervalMsMax):
// beyond about a thousand dashboards writes take what share they need.
//
// Why by cost and not by a constant: a flush costs connections x one system call. At 300 dashboards and 500 events/s a
// constant 8 ms adds latency for nothing; at 5,000 events/s no pacing at all spends the whole thread on system calls.
//
// Cost is what a write took in the quickest of the last eight flushes. A flush that was thrown off its core, or had a
// collection in it, took longer without costing more: to rest longer after it would make what is late already later.

/** A flush cheaper than this is followed by another as soon as there is something to send, in milliseconds. */
const idleCostMs = 0.1;
/** Flushes that the cost of a write is learned from: a power of two. */
const flushesLearned = 8;

export class Pacer {
  readonly #intervalMsMax: number;
  /** Time waited after a flush, as a multiple of what it cost. */
  readonly #restFactor: number;
  /** Milliseconds a write, of the last flushes. */
  readonly #writeMs = new Float64Array(flushesLearned);
  #flushes = 0;
  #costMs = 0;
  #lastEndMs = Number.NEGATIVE_INFINITY;

  constructor(intervalMsMax: number, restFactor = 2) {
    this.#intervalMsMax = intervalMsMax;
    this.#restFactor = restFactor;
  }

  /** What a flush to everybody costs, in milliseconds. */
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

  /** Learns from a flush that was done, of `writes` to some of `connections`. */
  flushed(startMs: number, endMs: number, writes: number, connections: number): void {
    this.#lastEndMs = endMs;
    // A few writes say little: what a flush costs beside them would be counted as theirs.
    if (writes > 0 && writes * 2 >= connections) {
      this.#writeMs[this.#flushes++ % flushesLearned] = (endMs - startMs) / writes;
    }
    let leastMs = this.#writeMs[0]!;
    for (let index = 1; index < Math.min(flushesLearned, this.#flushes); index++)
      leastMs = Math.min(leastMs, this.#writeMs[index]!);
    this.#costMs = leastMs * connections;
  }
}
