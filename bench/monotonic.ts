import { clockOriginMs } from '../src/base/clock.ts';

// Milliseconds on the machine's own monotonic clock, the same in every process and thread of it: how the runner, the
// generator, its sender thread and the idle process speak of one time.

const offsetMs = clockOriginMs();

/** CLOCK_MONOTONIC in milliseconds with a fraction. No allocation. */
export function monotonicMs(): number {
  return performance.now() + offsetMs;
}
