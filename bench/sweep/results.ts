import { readFileSync } from 'node:fs';
import type { Machine } from '../runner/machine.ts';
import type { RunDetail } from '../runner/results.ts';
import { round } from '../runner/results.ts';
import type { Point } from './plan.ts';

// What bench/sweep.ts writes: one entry a run, nothing summed up, so that a doubt can be looked into.

export interface SweepRun extends Point {
  readonly program: string;
  readonly round: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  readonly max_ms: number;
  readonly deliveries: number;
  /** Lost, duplicated and disordered together. */
  readonly wrong: number;
  readonly cpu_us_per_delivery: number;
  /** Of one core, 1 = all of it: what the program took of the machine. */
  readonly cores: number;
  readonly rss_mb: number;
  readonly gc_max_ms: number;
  /** Share of the time in which the generator's reading loop had work. */
  readonly generator_busy: number;
  readonly idle_max_ms: number;
}

export interface SweepResults {
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly taken_at: string;
  readonly command: string;
  /** Seconds that each run measured. */
  readonly seconds: number;
  readonly runs: readonly SweepRun[];
}

/** Latency is of the load after the warm-up; processor time of the whole run, per what was delivered in it. */
export function sweepRun(point: Point, run: RunDetail): SweepRun {
  const { result, phases } = run;
  const figures = phases.find((phase) => phase.name === 'burst')!;
  const secondsAll = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  return {
    ...point,
    program: run.program,
    round: run.round,
    p50_ms: figures.p50_ms,
    p99_ms: figures.p99_ms,
    p999_ms: figures.p999_ms,
    max_ms: figures.max_ms,
    deliveries: result.deliveries,
    wrong: result.lost + result.duplicated + result.disordered,
    cpu_us_per_delivery: result.cpu_us_per_delivery,
    cores: round((result.cpu_us_per_delivery * result.deliveries) / 1e6 / secondsAll),
    rss_mb: result.rss_mb,
    gc_max_ms: result.gc.max_ms,
    generator_busy: result.generator_busy,
    idle_max_ms: round(run.idle.maxMs, 1),
  };
}

/** Rounds of `point` that were recorded before: the next one's number. */
export function roundsAt(runs: readonly SweepRun[], point: Point): number {
  const own = runs.filter(
    (run) => run.dashboards === point.dashboards && run.events === point.events && run.rooms === point.rooms,
  );
  return own.reduce((next, run) => Math.max(next, run.round + 1), 0);
}

/**
 * What was recorded before in `file`, for rounds to be added to. Throws when it is of another commit or another length:
 * figures of two programs are no rounds of one.
 */
export function readEarlier(file: string, commit: string, seconds: number): SweepResults {
  const earlier = JSON.parse(readFileSync(file, 'utf8')) as SweepResults;
  if (earlier.commit !== commit)
    throw new Error(`${file} is of commit ${earlier.commit}, and this is ${commit}: record it anew`);
  if (earlier.seconds !== seconds)
    throw new Error(`${file} has runs of ${earlier.seconds} s: give --seconds ${earlier.seconds}`);
  return earlier;
}
