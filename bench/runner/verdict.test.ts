import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunDetail, RunResult } from './results.ts';
import { judge, median, ratios, verdictLine } from './verdict.ts';

const result: RunResult = {
  program: 'meks',
  offered: 10,
  accepted: 10,
  deliveries: 10,
  lost: 0,
  duplicated: 0,
  disordered: 0,
  lagged: 0,
  snapshots: 0,
  p50_ms: 1,
  p90_ms: 2,
  p99_ms: 3,
  p999_ms: 10,
  p9999_ms: 11,
  max_ms: 12,
  hitches: 0,
  gc: { count: 4, max_ms: 1.5, total_ms: 4 },
  cpu_us_per_delivery: 2,
  rss_mb: 100,
  generator_busy: 0.3,
  p999_awake_ms: null,
};

function run(round: number, program: string, changes: Partial<RunResult>): RunDetail {
  const detail: Omit<RunDetail, 'round' | 'program' | 'result'> = {
    awake: null,
    awake_unknown: '',
    phases: [],
    hdr: '',
    series: [],
    hitches: [],
    gc_pauses: [],
    gc_cold: { count: 0, max_ms: 0, total_ms: 0 },
    tells_gc: true,
    idle: { realtime: true, maxMs: 0, p999Ms: 0, hitches: [], stalls: [], stallsBeyond: 0 },
    generator: { busy: 0, lateSendP99Ms: 0, lateSendMaxMs: 0, hitchMaxMs: 0, gcMaxMs: 0, gcTotalMs: 0 },
    closes: {},
    slow: null,
    caught_up: null,
    storm_ms: 0,
    other_events: 0,
    seq_breaks: 0,
    foreign: 0,
    memory: [],
    upstream_bytes_per_event: 0,
    own: {},
  };
  return { ...detail, round, program, result: { ...result, program, ...changes } };
}

test('ratios are taken within a round, never across', () => {
  const runs = [
    run(0, 'meks', { p999_ms: 10 }),
    run(0, 'tokio', { p999_ms: 100 }),
    run(1, 'tokio', { p999_ms: 40 }),
    run(1, 'meks', { p999_ms: 20 }),
    run(2, 'meks', { p999_ms: 20 }),
  ];
  assert.deepEqual(ratios(runs, 'meks', 'tokio', 'p999_ms'), [0.1, 0.5]);
});

test('one lost event in one round breaks the promise, one noisy round does not break a budget', () => {
  const runs = [0, 1, 2].flatMap((round) => [
    run(round, 'meks', { lost: round === 1 ? 1 : 0, p999_ms: round === 2 ? 90 : 10 }),
    run(round, 'tokio', { p999_ms: 60, cpu_us_per_delivery: 5 }),
  ]);
  const holds = Object.fromEntries(judge('canonical', runs).map((verdict) => [verdict.sentence, verdict.holds]));
  assert.deepEqual(holds, {
    'lost, duplicated, disordered: all 0': false,
    'p99.9 against floor (C), at most 1.5': null,
    'p99.9 within a frame, ms': true,
    'p99.9 against tokio, at most a quarter': true,
    'CPU per delivery against tokio, at most half': true,
    'longest GC pause of the hot thread, ms': true,
  });
});

test('the time in which the machine was running is shown beside a p99.9, and is never judged', () => {
  const runs = [0, 1].flatMap((round) => [
    run(round, 'meks', { p999_ms: 90, p999_awake_ms: 10 }),
    run(round, 'tokio', { p999_ms: 100, p999_awake_ms: round === 0 ? 100 : null, cpu_us_per_delivery: 5 }),
  ]);
  const lines = judge('canonical', runs).map(verdictLine);
  assert.deepEqual(lines, [
    'holds      lost, duplicated, disordered: all 0: 0, 0 (limit 0)',
    'not judged p99.9 against floor (C), at most 1.5: no run that would tell (limit 1.5)',
    'MISSED     p99.9 within a frame, ms: 90, 90 (limit 16.7); machine awake: 10, 10, not judged',
    'MISSED     p99.9 against tokio, at most a quarter: 0.9, 0.9 (limit 0.25); machine awake: 0.1, not judged',
    'holds      CPU per delivery against tokio, at most half: 0.4, 0.4 (limit 0.5)',
    'holds      longest GC pause of the hot thread, ms: 1.5, 1.5 (limit 2)',
  ]);
});

test('the log on a busy disk is judged beside no log, in the same round', () => {
  const runs = [0, 1, 2].flatMap((round) => [
    run(round, 'meks', { p999_ms: 11 }),
    run(round, 'meks (busy disk)', { p999_ms: round === 0 ? 90 : 13 }),
    run(round, 'meks (no log)', { p999_ms: 10 }),
  ]);
  const verdicts = judge('journal', runs).map(({ judged, holds }) => [judged, holds]);
  assert.deepEqual(verdicts, [
    [0, true],
    [1.1, true],
    [1.3, false],
  ]);
});

test('memory that grows to the end of a long run is found; a short run tells nothing', () => {
  const growing = (minutes: number, mb: (minute: number) => number): RunDetail => ({
    ...run(0, 'meks', {}),
    memory: Array.from({ length: minutes }, (_, minute): [number, number] => [minute * 60_000, mb(minute)]),
  });
  const of = (one: RunDetail): boolean | null => judge('soak', [one]).at(-1)!.holds;
  assert.equal(of(growing(60, (minute) => 300 + 5 * minute)), false);
  assert.equal(of(growing(60, (minute) => Math.min(300 + 20 * minute, 400))), true);
  assert.equal(of(growing(5, (minute) => 300 + 50 * minute)), null);
});

test('beyond what a program can take, what is still on its way is no loss', () => {
  const [verdict] = judge('saturation', [run(0, 'meks', { lost: 9_000 })]);
  assert.equal(verdict!.holds, true);
  assert.equal(judge('saturation', [run(0, 'meks', { duplicated: 1 })])[0]!.holds, false);
});

test('the median of an even count lies between its middle two', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.ok(Number.isNaN(median([])));
});
