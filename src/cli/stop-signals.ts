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

/** What takes the signals of a program: it ends with 0 when `stop` is done, and at once where a person insists. */
export function stopInOrder(clock: Clock, stop: () => Promise<unknown>): (signal: StopSignal) => void {
  const signals = new StopSignals(clock);
  return (signal) => {
    const asked = signals.take(signal);
    if (asked === 'end-at-once') process.exit(130);
    if (asked === 'stop') void stop().then(() => process.exit(0));
  };
}
