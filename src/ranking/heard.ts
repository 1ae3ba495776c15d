import { tellsTime } from '../protocol/event-time.ts';
import type { MeksEvent } from '../protocol/events.ts';

// Since when everything was heard without a break: what a battle must have begun after for its diamonds to be all of
// them. Pure. Gaps are dated by the broker's clock, battles by upstream's.

/** Both clocks keep time, and a battle is told of within a second of its start. */
const clocksApartMs = 5_000;
/** What a room comes back to is at most minutes old. What is older goes by another clock: a recording's. */
const backlogMs = 3_600_000;

/** Unix ms since when nothing was missed, once `event` has come; 0 = no event has told a time yet. */
export function heardAfter(since: number, event: MeksEvent): number {
  if (event.at === 0) return since;
  if (event.kind === 'gap') return Math.max(since, endOfGap(event));
  if (!tellsTime(event)) return since;
  // What was before a LIVE was entered or told was heard by nobody, or counted for the LIVE before.
  const begins = since === 0 || (event.kind === 'room' && event.topic === 'live');
  return begins ? Math.max(since, event.at) : since;
}

/** A gap of recovery is told when it is over, and dated then; the others are dated by their beginning. */
function endOfGap({ at, lengthMs, reason }: MeksEvent & { readonly kind: 'gap' }): number {
  return reason === 'recovery' ? at : at + lengthMs;
}

/** Whether a battle that began at `startAt` (0 = not said) has been heard from its start. */
export function isHeardFrom(startAt: number, since: number): boolean {
  if (startAt === 0) return false;
  const missedMs = since - startAt;
  return missedMs <= clocksApartMs || missedMs > backlogMs;
}
