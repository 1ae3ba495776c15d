// When to flush. Pure: times in, a decision out. Smart batching: an idle sender flushes at once; the more a flush
// costs, the longer the next one waits, so that a third of the thread's time at most goes into writes, and everything
// that arrives meanwhile rides in one write per connection. A fifth where so much arrives that the rest of the thread's
// time is needed for that. Never longer than half of limits.flushIntervalMsMax, a quarter of a frame, unless the flush
// itself took longer; never longer than that limit, half a frame, at all: beyond about a thousand dashboards writes
// take what share they need.
//
// Why by cost and not by a constant: a flush costs connections x one system call. At 300 dashboards and 500 events/s a
// constant 8 ms adds latency for nothing; at 5,000 events/s no pacing at all spends the whole thread on system calls.
//
// Cost is what a write took in the quickest of the last eight flushes. A flush that was thrown off its core, or had a
// collection in it, took longer without costing more: to rest longer after it would make what is late already later.

/** A flush cheaper than this is followed by another as soon as there is something to send, in milliseconds. */
const idleCostMs = 0.1;
/** Time waited after a flush of one event, as a multiple of what it cost. */
const restFactorMin = 2;
/** The same after a flush of `eventsMany` events and more. */
const restFactorMax = 4;
const eventsMany = 16;
/** Flushes that the cost of a write is learned from: a power of two. */
const flushesLearned = 8;

export class Pacer {
  readonly #intervalMsMax: number;
  /** Milliseconds a write, of the last flushes. */
  readonly #writeMs = new Float64Array(flushesLearned);
  #flushes = 0;
  #costMs = 0;
  #restFactor = restFactorMin;
  #lastEndMs = Number.NEGATIVE_INFINITY;

  constructor(intervalMsMax: number) {
    this.#intervalMsMax = intervalMsMax;
  }

  /** What a flush to everybody costs, in milliseconds. */
  get costMs(): number {
    return this.#costMs;
  }

  /** Time to wait from the end of one flush to the start of the next, in milliseconds. */
  get restMs(): number {
    if (this.#costMs < idleCostMs) return 0;
    const worthMs = Math.max(this.#intervalMsMax / 2, this.#costMs);
    return Math.min(this.#intervalMsMax, worthMs, this.#costMs * this.#restFactor);
  }

  /** Milliseconds from `nowMs` until the next flush may start: 0 = now. */
  dueInMs(nowMs: number): number {
    return Math.max(0, this.#lastEndMs + this.restMs - nowMs);
  }

  /** Learns from a flush that was done: `writes` to some of `connections`, of `events` that were new. */
  flushed(startMs: number, endMs: number, writes: number, connections: number, events: number): void {
    this.#lastEndMs = endMs;
    const many = Math.min(1, Math.max(0, events - 1) / (eventsMany - 1));
    this.#restFactor = restFactorMin + (restFactorMax - restFactorMin) * many;
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
