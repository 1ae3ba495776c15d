import { BoundedQueue } from '../base/bounded-queue.ts';
import type { Clock, Timer } from '../base/clock.ts';

// Spreads a storm of openings: so many a second at once, the others in order as their turn comes, so that dashboards
// that are connected keep their frames while thousands come back. Owns those who wait; bounded, and full is an answer.

/** Something that waits for its turn. One object per opening. */
export interface Waiter {
  open(): void;
  /** It will not be opened: the house closes. */
  abandon(): void;
}

/** How often those who wait are let in, in milliseconds. */
const releaseMs = 5;
/** What may open at once after a quiet time, as a share of a second. */
const burstSec = 0.05;

export class Pace {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  readonly #waiting: BoundedQueue<Waiter>;
  readonly #onRelease = (): void => this.#release();
  #tokens: number;
  #filledMs: number;
  #timer: Timer | null = null;

  constructor(clock: Clock, perSecond: number, waitingMax: number) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#burst = Math.max(1, perSecond * burstSec);
    this.#tokens = this.#burst;
    this.#filledMs = clock.nowMs();
    this.#waiting = new BoundedQueue(waitingMax);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Opens `waiter` now, or later in its turn. False: too many wait, and it will not be opened. */
  enter(waiter: Waiter): boolean {
    this.#fill();
    if (this.#waiting.size === 0 && this.#tokens >= 1) {
      this.#tokens--;
      waiter.open();
      return true;
    }
    if (!this.#waiting.offer(waiter)) return false;
    this.#timer ??= this.#clock.after(releaseMs, this.#onRelease);
    return true;
  }

  /** Sends everybody away who waits. */
  close(): void {
    this.#timer?.cancel();
    for (let waiter = this.#waiting.take(); waiter !== undefined; waiter = this.#waiting.take()) waiter.abandon();
  }

  #fill(): void {
    const nowMs = this.#clock.nowMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#filledMs) * this.#perMs);
    this.#filledMs = nowMs;
  }

  #release(): void {
    this.#timer = null;
    this.#fill();
    for (; this.#tokens >= 1 && this.#waiting.size > 0; this.#tokens--) this.#waiting.take()!.open();
    if (this.#waiting.size > 0) this.#timer = this.#clock.after(releaseMs, this.#onRelease);
  }
}
