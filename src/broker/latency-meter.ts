import type { Histogram } from '../base/histogram.ts';

// Owns the arrival times of events that are not yet flushed, and the histogram "byte in to byte out": from the turn in
// which a raw message was taken up to the end of the flush that wrote its event to every connection that keeps up.
// Bounded: a ring of `places`; an event that waits while that many others pass is recorded as if it had come with the
// oldest still known, so that a long stall shows as long, never as nothing.

const places = 16_384;

export class LatencyMeter {
  readonly histogram: Histogram;
  readonly #arrivedMs = new Float64Array(places);
  /** Next seq to be recorded. 0 = nothing was published yet. */
  #next = 0;
  #head = 0;

  constructor(histogram: Histogram) {
    this.histogram = histogram;
  }

  /** Event `seq` was published; its raw message arrived at `arrivedMs` (monotonic). In order, mostly without a hole. */
  published(seq: number, arrivedMs: number): void {
    // The first, or the first behind some that this thread never saw.
    if (seq !== this.#head) this.#next = seq;
    this.#arrivedMs[seq % places] = arrivedMs;
    this.#head = seq + 1;
  }

  /** All events below `limit` had been written to every connection that keeps up by `endMs`. */
  flushed(limit: number, endMs: number): void {
    if (this.#next === 0) return;
    const until = Math.min(limit, this.#head);
    if (this.#head - this.#next > places) this.#next = this.#head - places;
    for (; this.#next < until; this.#next++)
      this.histogram.record((endMs - this.#arrivedMs[this.#next % places]!) * 1000);
  }
}
