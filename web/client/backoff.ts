// How long to wait before the next attempt. Doubling, capped, and half of it random, so that 300 dashboards that lost
// the same broker in the same millisecond do not come back in the same millisecond.

const firstMs = 500;
const capMs = 15_000;

/**
 * Milliseconds before attempt number `attempt` (from 1), for a `chance` in [0, 1): between half and all of the step.
 */
export function backoffMs(attempt: number, chance: number): number {
  const stepMs = Math.min(capMs, firstMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(stepMs * (0.5 + chance / 2));
}
