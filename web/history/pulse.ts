import type { PastBattle, PastPulse } from '../../src/protocol/history-answers.ts';

// The course of a session as bars: diamonds in each stretch of time, and battles as bands behind them. Pure: numbers
// in, shares of the width and height out. Bounded: `barsMax` bars, whatever the session's length.

export interface Bar {
  /** Unix ms at which the stretch begins. */
  readonly at: number;
  readonly lengthMs: number;
  readonly diamonds: number;
  readonly gifts: number;
  /** Most viewers in it. */
  readonly viewers: number;
  /** Of the highest bar, 0 to 1. */
  readonly height: number;
}

export interface Band {
  readonly battleId: string;
  /** Of the width, 0 to 1. */
  readonly from: number;
  readonly to: number;
}

export interface PulseShape {
  readonly bars: readonly Bar[];
  readonly bands: readonly Band[];
  /** Diamonds of the highest bar. */
  readonly highest: number;
  /** Milliseconds that one bar stands for. */
  readonly barMs: number;
}

const rowMs = 10_000;
export const barsMax = 180;

/** `rows` of ten seconds each, in order; stretches without a row had no event, and have an empty bar. */
export function pulseShape(rows: readonly PastPulse[], battles: readonly PastBattle[]): PulseShape {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return { bars: [], bands: [], highest: 0, barMs: rowMs };
  const rowsSpanned = Math.round((last.at - first.at) / rowMs) + 1;
  const barMs = Math.ceil(rowsSpanned / barsMax) * rowMs;
  const bars = Array.from({ length: Math.ceil((rowsSpanned * rowMs) / barMs) }, (_, index) => ({
    at: first.at + index * barMs,
    lengthMs: barMs,
    diamonds: 0,
    gifts: 0,
    viewers: 0,
    height: 0,
  }));
  for (const row of rows) {
    const bar = bars[Math.floor((row.at - first.at) / barMs)];
    if (bar === undefined) continue;
    bar.diamonds += row.diamonds;
    bar.gifts += row.gifts;
    bar.viewers = Math.max(bar.viewers, row.viewers);
  }
  const highest = Math.max(0, ...bars.map((bar) => bar.diamonds));
  for (const bar of bars) bar.height = highest === 0 ? 0 : Math.max(0, bar.diamonds) / highest;
  const spanMs = bars.length * barMs;
  const share = (at: number): number => Math.min(1, Math.max(0, (at - first.at) / spanMs));
  const bands = battles
    .filter((battle) => battle.startAt > 0)
    .map(({ battleId, startAt, endAt }) => ({ battleId, from: share(startAt), to: share(Math.max(startAt, endAt)) }));
  return { bars, bands, highest, barMs };
}
