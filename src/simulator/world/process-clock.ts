import type { Clock, Timer } from '../../base/clock.ts';

// The world's time as one process sees it. What the process had planned dies with it.

export class ProcessClock implements Clock {
  readonly #clock: Clock;
  #alive = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The process is dead: none of its timers runs any more. */
  end(): void {
    this.#alive = false;
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#clock.after(delayMs, () => {
      if (this.#alive) run();
    });
  }

  soon(run: () => void): void {
    this.after(0, run);
  }
}
