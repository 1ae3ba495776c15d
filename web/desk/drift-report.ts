import type { DriftReport } from '../../src/protocol/drift.ts';
import { brokerUrl } from '../shell/rooms.ts';

// What shows that upstream has changed, as the broker tells it.

/** Asks the broker; null when it cannot be had. Never throws. */
export async function fetchDrift(room: string): Promise<DriftReport | null> {
  try {
    const response = await fetch(brokerUrl(`v1/rooms/${encodeURIComponent(room)}/drift`));
    return response.ok ? parseDrift(await response.json()) : null;
  } catch {
    return null;
  }
}

/** The report in `body`; null when it is none. */
export function parseDrift(body: unknown): DriftReport | null {
  const { methods, fields, alarms } = (body ?? {}) as Partial<DriftReport>;
  const isReport = [methods, fields, alarms].every((list) => Array.isArray(list));
  return isReport ? (body as DriftReport) : null;
}
