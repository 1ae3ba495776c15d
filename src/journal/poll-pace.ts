// When the journal's thread should look at its rings by itself instead of sleeping until it is rung. Waking a sleeping
// thread costs the thread that rings about 15 microseconds (on virtual machines, where it means an interrupt to another
// core), which is nothing fifty times a second and a tenth of the hot thread five thousand times. So while rings come
// closer together than a millisecond, the thread stays awake, looks every half millisecond, and nobody needs to ring.

/** Rings that come this close together count as a row. */
const rowGapMs = 1;
/** A row of so many begins the looking. */
const rowLength = 8;
/** The looking ends when nothing was found for so long. */
const idleMs = 5;

/** How long to sleep between two looks, in milliseconds. */
export const lookMs = 0.5;

export class PollPace {
  #row = 0;
  #rungMs = Number.NEGATIVE_INFINITY;
  #workedMs = Number.NEGATIVE_INFINITY;
  #looking = false;

  /** The thread was rung at `nowMs`. */
  rung(nowMs: number): void {
    this.#row = nowMs - this.#rungMs < rowGapMs ? this.#row + 1 : 0;
    this.#rungMs = nowMs;
    if (this.#row >= rowLength) this.#looking = true;
    this.#workedMs = nowMs;
  }

  /** The thread has looked: was there something to do? True: it should look again by itself. */
  looked(found: boolean, nowMs: number): boolean {
    if (found) this.#workedMs = nowMs;
    if (this.#looking && nowMs - this.#workedMs > idleMs) {
      this.#looking = false;
      this.#row = 0;
    }
    return this.#looking;
  }
}
