// The part of the oracle that says what time it is in a room, by all that its events have told. For tests.

const minute = 60_000;
const hour = 60 * minute;

export class TimeRecount {
  now = 0;
  /** What it was when an event of upstream told it last. */
  #told = 0;
  /** What was told since the time last went on, without what was near it. */
  #behind: number[] = [];
  #ahead: number[] = [];

  /** An event tells its time; 0 = it does not. */
  tell(at: number): void {
    if (at === 0) return;
    if (at < this.#told - minute) {
      // Late ones are hints of nothing, until there is nothing else.
      this.#behind.push(at);
      if (this.#behind.length === 64) this.#goOn(at);
      return;
    }
    this.#behind = [];
    if (at <= this.now) return;
    // One that is far ahead is believed when another has just said the same, or that it is as late at least.
    const told = this.#ahead.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (this.now === 0 || at <= this.now + minute || Math.abs(at - told) <= minute) this.#goOn(at);
    else {
      if (Math.abs(at - told) <= hour) this.#goOn(Math.min(at, told));
      if (at > this.now) this.#ahead.push(at);
    }
  }

  #goOn(at: number): void {
    this.now = at;
    this.#told = at;
    this.#behind = [];
    this.#ahead = [];
  }

  /** The broker says that time went on while nothing happened. */
  goOn(at: number): void {
    if (at <= this.now) return;
    this.now = at;
    this.#ahead = [];
  }
}
