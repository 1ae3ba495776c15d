import type { Clock, Timer } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import type { Histogram } from '../base/histogram.ts';

// How late a timer of this thread's loop fires, every 10 ms. A turn of the loop that takes longer than that delays the
// timer by at least its length less 10 ms, so that no turn is longer than the longest gap between two firings.
// Node's own monitorEventLoopDelay is not used: it hides the very delays it should show (nodejs/node#34661).

export const loopCounterSpec = {
  hitches: 'times that the hot loop was over 16.7 ms late for its timer',
  longestTurnMs: 'longest gap between two firings of a 10 ms timer: no turn of the hot loop took longer (gauge)',
} as const;

const intervalMs = 10;
/** A frame at 60 Hz. */
export const frameMs = 1000 / 60;

export class LoopMeter {
  readonly #clock: Clock;
  readonly #lateness: Histogram;
  readonly #counters: Counters<keyof typeof loopCounterSpec>;
  readonly #onTick = (): void => this.#tick();
  #timer: Timer | null = null;
  #lastMs = 0;

  constructor(clock: Clock, lateness: Histogram, counters: Counters<keyof typeof loopCounterSpec>) {
    this.#clock = clock;
    this.#lateness = lateness;
    this.#counters = counters;
  }

  start(): void {
    this.#lastMs = this.#clock.nowMs();
    this.#timer = this.#clock.after(intervalMs, this.#onTick);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    const gapMs = nowMs - this.#lastMs;
    const lateMs = gapMs - intervalMs;
    this.#lateness.record(lateMs * 1000);
    if (lateMs > frameMs) this.#counters.add('hitches');
    if (gapMs > this.#counters.get('longestTurnMs')) this.#counters.set('longestTurnMs', gapMs);
    this.#lastMs = nowMs;
    this.#timer = this.#clock.after(intervalMs, this.#onTick);
  }
}
