import type { GcSummary } from './gc-trace.ts';
import type { Machine } from './machine.ts';
import type { IdleReport } from '../idle.ts';
import type { GeneratorHealth } from '../generator/generator.ts';

// The shape of what the benchmark writes. `Results` is the promise to other tools (`--json`); `Detail` is everything
// else that a report or a doubt may need, in a file beside it.

export interface RunResult {
  readonly program: string;
  /** Events of the schedule. */
  readonly offered: number;
  /** Events whose bytes the program took from its socket. */
  readonly accepted: number;
  /** Event frames that reached a dashboard for the first time, slow ones included. */
  readonly deliveries: number;
  /** At dashboards that read: never came and were not announced by `lagged`. */
  readonly lost: number;
  readonly duplicated: number;
  readonly disordered: number;
  readonly lagged: number;
  readonly snapshots: number;
  readonly p50_ms: number;
  readonly p90_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  readonly p9999_ms: number;
  readonly max_ms: number;
  /** Stretches of time in which an event was on its way to some dashboard for longer than 16.7 ms. */
  readonly hitches: number;
  /** Pauses of the hot thread. All zero for programs without a collector, and for those that do not tell. */
  readonly gc: GcSummary;
  /** User and system time of the whole process tree, while events were on their way. */
  readonly cpu_us_per_delivery: number;
  /** Highest resident memory seen, of the whole process tree. */
  readonly rss_mb: number;
  /** Share of the run in which the generator's reading loop had work. Near 1, the figures are the generator's. */
  readonly generator_busy: number;
  /** p99.9 of the time in which the machine itself was running; null = not known. Nothing is judged by it. */
  readonly p999_awake_ms: number | null;
}

/** Latency without the slots that a standstill of the whole machine touches (standstill.ts). */
export interface Awake {
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  readonly max_ms: number;
  /** Standstills that touched the run. */
  readonly standstills: number;
  /** Of all deliveries with a latency, 0 to 1: those that are not in these figures. */
  readonly left_out_share: number;
}

export interface Results {
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly scenario: string;
  readonly runs: readonly RunResult[];
  /** Longest that an idle process was kept waiting while the runs went on: the machine's own share. */
  readonly baseline_hitch_ms: number;
}

export interface PhaseFigures {
  readonly name: string;
  readonly events_per_second: number;
  readonly seconds: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  readonly max_ms: number;
}

export interface RunDetail {
  readonly round: number;
  readonly program: string;
  readonly result: RunResult;
  readonly awake: Awake | null;
  /** Why `awake` is null; '' where it is not. */
  readonly awake_unknown: string;
  readonly phases: readonly PhaseFigures[];
  /** HdrHistogram V2 (compressed, base64), microseconds: the whole run. */
  readonly hdr: string;
  /** Latency over time, by intended time: [start of slot in ms, p50, p99, max]. */
  readonly series: readonly (readonly [number, number, number, number])[];
  /** [from ms, worst ms, what else went on: a pause of the collector, a stall of the idle process, or '']. */
  readonly hitches: readonly (readonly [number, number, string])[];
  /** Pauses of the hot thread over a millisecond: [at ms after the start, ms, kind]. */
  readonly gc_pauses: readonly (readonly [number, number, string])[];
  readonly gc_cold: GcSummary;
  readonly tells_gc: boolean;
  readonly idle: IdleReport;
  readonly generator: GeneratorHealth;
  /** Connections that the program closed, by close code. */
  readonly closes: Readonly<Record<string, number>>;
  /**
   * Of the slow and stalled: what they did not get to read before the end, and what `lagged` told them would not come.
   */
  readonly slow: {
    readonly dashboards: number;
    readonly deliveries: number;
    readonly unread: number;
    readonly told: number;
  } | null;
  /** Events due while their dashboard was away: how late they came. */
  readonly caught_up: { readonly count: number; readonly p99_ms: number; readonly max_ms: number } | null;
  readonly storm_ms: number;
  readonly other_events: number;
  readonly seq_breaks: number;
  readonly foreign: number;
  /** Resident memory over time: [ms after the start, MB]. */
  readonly memory: readonly (readonly [number, number])[];
  readonly upstream_bytes_per_event: number;
  /** The program's own counters after the run, where it tells any. */
  readonly own: Readonly<Record<string, number>>;
}

export interface Detail extends Omit<Results, 'runs'> {
  readonly taken_at: string;
  readonly command: string;
  readonly quick: boolean;
  readonly seed: number;
  readonly dashboards: number;
  readonly rounds: number;
  readonly missing: Readonly<Record<string, string>>;
  readonly runs: readonly RunDetail[];
}

/** A recording from its text. What it did not measure yet, being older, is not known. */
export function parseDetail(text: string): Detail {
  const detail = JSON.parse(text) as Detail;
  const runs = detail.runs.map((run) => {
    const awake = run.awake ?? null;
    const result = { ...run.result, p999_awake_ms: awake?.p999_ms ?? null };
    return { ...run, result, awake, awake_unknown: run.awake_unknown ?? 'recorded before it was measured' };
  });
  return { ...detail, runs };
}

export function round(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
