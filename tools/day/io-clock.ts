// A virtual clock that knows when somebody waits for the network: real sockets answer in real time, so virtual time has
// to stand still until they have. A wait for an answer is known by its timeout, which is armed meanwhile.

import type { Clock, Timer } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';

export class IoClock implements Clock {
  readonly virtual: VirtualClock;
  readonly #timeoutsMs: ReadonlySet<number>;
  #waits = 0;

  /** `timeoutsMs`: the delays that stand for a wait; nothing else may use them. */
  constructor(startAt: number, timeoutsMs: readonly number[]) {
    this.virtual = new VirtualClock(startAt);
    this.#timeoutsMs = new Set(timeoutsMs);
  }

  /** How many wait for an answer of the network now. */
  get waits(): number {
    return this.#waits;
  }

  wallMs(): number {
    return this.virtual.wallMs();
  }

  nowMs(): number {
    return this.virtual.nowMs();
  }

  soon(run: () => void): void {
    this.virtual.soon(run);
  }

  after(delayMs: number, run: () => void): Timer {
    if (!this.#timeoutsMs.has(delayMs)) return this.virtual.after(delayMs, run);
    this.#waits++;
    let waiting = true;
    const end = (): void => {
      if (waiting) this.#waits--;
      waiting = false;
    };
    const timer = this.virtual.after(delayMs, () => {
      end();
      run();
    });
    return {
      cancel: () => {
        end();
        timer.cancel();
      },
    };
  }
}
