import type { SeriesData } from '../generator/series.ts';
import { SlotSum } from '../generator/series.ts';
import type { IdleReport, Wait } from '../idle.ts';
import { round } from './results.ts';
import type { Awake } from './results.ts';

// The second figure beside the raw one: latency in the time in which the machine was running. Hosts of virtual machines
// freeze them for tens of milliseconds, and the tail of a short run is made of that. What is a standstill is said by
// the idle witness alone, never by a latency: whatever a program does to itself stays in. Slots go as a whole, with the
// good deliveries that they hold. Nothing is judged by this figure.

/** Due this long before a standstill, an event may have been on its way when it began. */
const onItsWayMs = 50;
/** Due this long after the end of one, an event may have waited behind what had piled up. */
const backlogMs = 250;

/** Either the figures, or why there are none. */
export type AwakeOutcome =
  | { readonly kind: 'known'; readonly awake: Awake }
  | { readonly kind: 'unknown'; readonly reason: string };

/** `startMs` is the zero of the series on the monotonic clock, which is that of `idle`. */
export function awakeOf(series: SeriesData, startMs: number, idle: IdleReport): AwakeOutcome {
  if (!idle.realtime)
    return unknown('the idle process had no real-time priority: its stalls may be those of other programs');
  if (idle.stallsBeyond > 0) return unknown(`the machine stood still more often than is kept (${idle.stalls.length})`);
  const { touched, standstills } = touchedSlots(series, startMs, idle.stalls);
  const [kept, left] = [new SlotSum(), new SlotSum()];
  for (const [slot, out] of touched.entries()) (out === 1 ? left : kept).add(series, slot);
  if (kept.count === 0) return unknown('no delivery was due while the machine was running');
  return {
    kind: 'known',
    awake: {
      p50_ms: round(kept.quantileMs(0.5)),
      p99_ms: round(kept.quantileMs(0.99)),
      p999_ms: round(kept.quantileMs(0.999)),
      max_ms: round(kept.maxMs),
      standstills,
      left_out_share: round(left.count / (left.count + kept.count)),
    },
  };
}

function unknown(reason: string): AwakeOutcome {
  return { kind: 'unknown', reason };
}

/** 1 for each slot that a standstill touches, and how many standstills touch any. */
function touchedSlots(
  { slotMs, maxMs }: SeriesData,
  startMs: number,
  stalls: readonly Wait[],
): { touched: Uint8Array; standstills: number } {
  const touched = new Uint8Array(maxMs.length);
  let standstills = 0;
  for (const stall of stalls) {
    const toMs = stall.atMs - startMs;
    const from = Math.max(0, Math.floor((toMs - stall.ms - onItsWayMs) / slotMs));
    const to = Math.min(touched.length - 1, Math.floor((toMs + backlogMs) / slotMs));
    if (to < from) continue;
    touched.fill(1, from, to + 1);
    standstills++;
  }
  return { touched, standstills };
}
