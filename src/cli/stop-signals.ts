import type { Clock } from '../base/clock.ts';

// What a signal asks of a program that stops in order. One signal may come twice: whoever signals the whole process
// group (systemd, a shell without a terminal) reaches the program and its launcher, and the launcher passes its own on.

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What comes within this time of the first signal is the same one, by another way. */
const sameMs = 1_000;

export class StopSignals {
  readonly #clock: Clock;
  #firstMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The first signal stops in order. After that only a person who grows impatient (Ctrl-C) ends it at once: a service
   * manager that does so has SIGKILL.
   */
  take(signal: StopSignal): 'stop' | 'end-at-once' | 'none' {
    const nowMs = this.#clock.nowMs();
    if (this.#firstMs === null) {
      this.#firstMs = nowMs;
      return 'stop';
    }
    return signal === 'SIGINT' && nowMs - this.#firstMs >= sameMs ? 'end-at-once' : 'none';
  }
}
