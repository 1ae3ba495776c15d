// Hitches as dashboards feel them, whatever the program is written in: stretches of time in which some event was on
// its way to some dashboard for longer than a frame. Built from the worst delivery of every event.

export const frameMs = 16.7;

export interface Hitch {
  /** Milliseconds after the start: the earliest intended time of its late events. */
  readonly fromMs: number;
  /** Milliseconds after the start: when the last of them had reached its last dashboard. */
  readonly toMs: number;
  readonly worstMs: number;
  readonly events: number;
}

/** Late events that overlap in time are one hitch. `dueMs` rises; `worstMs` is 0 for an event that nobody got. */
export function findHitches(dueMs: Float64Array, worstMs: Float32Array, budgetMs = frameMs): Hitch[] {
  const hitches: Hitch[] = [];
  let open: { fromMs: number; toMs: number; worstMs: number; events: number } | null = null;
  for (let event = 0; event < dueMs.length; event++) {
    const worst = worstMs[event]!;
    if (worst <= budgetMs) continue;
    const due = dueMs[event]!;
    if (open !== null && due <= open.toMs) {
      open.toMs = Math.max(open.toMs, due + worst);
      open.worstMs = Math.max(open.worstMs, worst);
      open.events++;
    } else {
      open = { fromMs: due, toMs: due + worst, worstMs: worst, events: 1 };
      hitches.push(open);
    }
  }
  return hitches;
}
