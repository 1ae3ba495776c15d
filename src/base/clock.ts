// The only door to time. Rooms receive a Clock, so that the simulator can run days in seconds and a test can
// stand between two milliseconds. Nothing outside src/base may touch Date.now, performance.now or a timer.

/** A scheduled callback. `cancel` after it ran, or twice, does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Unix time in milliseconds. May jump (NTP, an operator): for stamps and for people, never for durations. */
  wallMs(): number;
  /** Monotonic milliseconds with a fraction, from an arbitrary origin: for durations and deadlines. */
  nowMs(): number;
  /** Runs `run` once, `delayMs` or more from now. Pass a stable function on hot paths, not a fresh closure. */
  after(delayMs: number, run: () => void): Timer;
  /** Runs `run` once the current turn of the loop and its I/O are done. Same rule about closures. */
  soon(run: () => void): void;
}

class SystemClock implements Clock {
  wallMs(): number {
    return Date.now();
  }
  nowMs(): number {
    return performance.now();
  }
  after(delayMs: number, run: () => void): Timer {
    return new SystemTimer(setTimeout(run, delayMs));
  }
  soon(run: () => void): void {
    setImmediate(run);
  }
}

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout;
  constructor(handle: NodeJS.Timeout) {
    this.#handle = handle;
  }
  cancel(): void {
    clearTimeout(this.#handle);
  }
}

/** The machine's own clock. */
export const systemClock: Clock = new SystemClock();

/** Resolves after `delayMs` on `clock`: for cold code only (the hot path makes no promises). */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}

const originReadings = 16;

/**
 * Where this thread's monotonic time begins on the process's own, in milliseconds: each thread counts `nowMs` of the
 * system clock from its own start. A time of another thread + its origin - this thread's = the same time here.
 */
export function clockOriginMs(): number {
  let originMs = 0;
  let leastMs = Number.POSITIVE_INFINITY;
  // The two clocks are not read at once, and a thread that has just begun takes a millisecond for the first reading:
  // the reading that took least is the best.
  for (let reading = 0; reading < originReadings; reading++) {
    const beforeMs = performance.now();
    const processMs = Number(process.hrtime.bigint()) / 1e6;
    const tookMs = performance.now() - beforeMs;
    if (tookMs >= leastMs) continue;
    leastMs = tookMs;
    originMs = processMs - beforeMs - tookMs / 2;
  }
  return originMs;
}
