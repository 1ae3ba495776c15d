import type { ClientClock } from './environment.ts';

// Notices that this machine was asleep. On macOS and Linux the monotonic clock, and with it every timer, stands still
// meanwhile and the wall clock goes on: whoever wakes has a clock that is late, a connection that may be gone, and
// nothing that says so. A wall clock that is set (by NTP, by a person) looks the same and is taken for the same: what
// follows is a resume, which is cheap. Owns two readings and one timer. Bounded: tells at most once in `restMs`, so
// that a wall clock that is set again and again makes no loop.

/** How often it looks when nothing else makes it, in milliseconds. */
const lookMs = 1_000;
/** Clocks that part by more than this from one look to the next were not both awake. NTP's slewing is far below. */
const partedMsMax = 2_000;
const restMs = 10_000;

/** Why a connection was given up then, for people. */
export const sleptText = 'this machine was asleep, or its clock was set';

export class SleepWatch {
  readonly #clock: ClientClock;
  readonly #slept: () => void;
  #timer: { cancel(): void } | null = null;
  #lastNowMs = 0;
  #lastWallMs = 0;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: ClientClock, slept: () => void) {
    this.#clock = clock;
    this.#slept = slept;
  }

  /** Watches from now on. Twice is once. */
  start(): void {
    if (this.#timer !== null) return;
    this.#read(this.#clock.nowMs(), this.#clock.wallMs());
    this.#plan();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Whether the machine was asleep since the last look; if so it has been told. Also for a frame that arrives. */
  look(): boolean {
    const nowMs = this.#clock.nowMs();
    // The readings stay as they were: who falls asleep again at once is found out when the rest is over.
    if (nowMs < this.#restUntilMs) return false;
    const wallMs = this.#clock.wallMs();
    const partedMs = wallMs - this.#lastWallMs - (nowMs - this.#lastNowMs);
    this.#read(nowMs, wallMs);
    if (Math.abs(partedMs) <= partedMsMax) return false;
    this.#restUntilMs = nowMs + restMs;
    this.#slept();
    return true;
  }

  #read(nowMs: number, wallMs: number): void {
    this.#lastNowMs = nowMs;
    this.#lastWallMs = wallMs;
  }

  #plan(): void {
    this.#timer = this.#clock.after(lookMs, () => {
      this.#plan();
      this.look();
    });
  }
}
