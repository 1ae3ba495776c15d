// Owns how many diamonds came in each of the last eleven minutes' seconds, by the room's time: what a minute brings
// now, and what a minute has usually brought in the ten before it. Bounded: one number a second. Costs a gift one
// addition.

const nowSec = 60;
const beforeSec = 600;
/** A power of two that holds both. */
const slots = 1_024;
/** Fewer minutes than this say nothing of what is usual. */
const observedSecMin = 300;

export class Velocity {
  readonly #diamonds = new Float64Array(slots);
  /** Second of the newest gift; 0 = none yet. */
  #second = 0;
  #firstSecond = 0;
  #now = 0;
  #before = 0;

  /** A gift at this time (Unix ms; one that lies behind counts as just now). */
  add(atMs: number, diamonds: number): void {
    const second = Math.floor(atMs / 1_000);
    if (this.#second === 0 || second - this.#second >= nowSec + beforeSec) this.#begin(second);
    while (this.#second < second) this.#tick();
    this.#diamonds[this.#second & (slots - 1)]! += diamonds;
    this.#now += diamonds;
  }

  /** Diamonds of the last minute. */
  get lastMinute(): number {
    return this.#now;
  }

  /** Diamonds of a usual minute; null = too little was seen. */
  get usual(): number | null {
    const seconds = Math.min(beforeSec, this.#second - nowSec - this.#firstSecond);
    return seconds < observedSecMin ? null : (this.#before * 60) / seconds;
  }

  clear(): void {
    this.#second = 0;
    this.#now = 0;
    this.#before = 0;
    this.#diamonds.fill(0);
  }

  #begin(second: number): void {
    this.clear();
    this.#second = second;
    this.#firstSecond = second;
  }

  /** One second on: one leaves the last minute, one the ten minutes before it. */
  #tick(): void {
    this.#second++;
    const passed = this.#diamonds[(this.#second - nowSec) & (slots - 1)]!;
    const gone = (this.#second - nowSec - beforeSec) & (slots - 1);
    this.#now -= passed;
    this.#before += passed - this.#diamonds[gone]!;
    this.#diamonds[gone] = 0;
    this.#diamonds[this.#second & (slots - 1)] = 0;
  }
}
