// When the journal's thread should look at its rings by itself instead of sleeping until it is rung. Waking a sleeping
// thread costs the thread that rings 15 to 70 microseconds (on virtual machines, where it means an interrupt to another
// core): nothing fifty times a second, a tenth of what the hot thread does in a burst. So while there is something to
// write a few hundred times a second, the thread stays awake, looks every millisecond, and nobody needs to ring.

/** In stretches of this length it is counted how often there was something to write, in milliseconds. */
const stretchMs = 50;
/** So often in one stretch (240 a second) begins the looking. */
const oftenMin = 12;
/** Less often than this (100 a second) ends it. */
const seldomMax = 5;

/** How long to sleep between two looks, in milliseconds. */
export const lookMs = 1;

export class PollPace {
  #stretchStartMs = Number.NEGATIVE_INFINITY;
  #found = 0;
  #looking = false;

  /** The thread was rung at `nowMs`. */
  rung(nowMs: number): void {
    this.#roll(nowMs);
    this.#find();
  }

  /** The thread has looked: was there something to do? True: it should look again by itself. */
  looked(found: boolean, nowMs: number): boolean {
    this.#roll(nowMs);
    if (found && this.#looking) this.#find();
    return this.#looking;
  }

  #find(): void {
    this.#found++;
    if (this.#found >= oftenMin) this.#looking = true;
  }

  #roll(nowMs: number): void {
    if (nowMs - this.#stretchStartMs < stretchMs) return;
    if (this.#found <= seldomMax) this.#looking = false;
    this.#stretchStartMs = nowMs;
    this.#found = 0;
  }
}
