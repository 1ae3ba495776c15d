import type { Clock, Timer } from '../base/clock.ts';

// Owns one timer that many ask for: it fires once, at the earliest moment that anybody wants.

export class EarliestTimer {
  readonly #clock: Clock;
  readonly #fire: () => void;
  readonly #onTimer = (): void => this.#fired();
  #timer: Timer | null = null;
  #dueMs = 0;

  constructor(clock: Clock, fire: () => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** Fires in `inMs` milliseconds, unless it does earlier already. */
  within(inMs: number): void {
    const dueMs = this.#clock.nowMs() + inMs;
    if (this.#timer !== null) {
      if (this.#dueMs <= dueMs) return;
      this.#timer.cancel();
    }
    this.#dueMs = dueMs;
    this.#timer = this.#clock.after(inMs, this.#onTimer);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #fired(): void {
    this.#timer = null;
    this.#fire();
  }
}
