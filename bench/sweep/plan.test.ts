import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sweepSection } from '../report/sweep.ts';
import { axes, isOn, middle, pointsOf, runsAt, scenarioOf } from './plan.ts';
import { readEarlier, roundsAt } from './results.ts';
import type { SweepResults, SweepRun } from './results.ts';

function runAt(changes: Partial<SweepRun>): SweepRun {
  return {
    ...middle,
    program: 'meks',
    round: 0,
    p50_ms: 4,
    p99_ms: 10,
    p999_ms: 15,
    max_ms: 20,
    deliveries: 1_000,
    wrong: 0,
    cpu_us_per_delivery: 2,
    cores: 0.4,
    rss_mb: 300,
    gc_max_ms: 1,
    generator_busy: 0.3,
    idle_max_ms: 5,
    ...changes,
  };
}

function results(runs: readonly SweepRun[]): SweepResults {
  const machine = { cpu: '', cores: 2, memory_gb: 1, os: '', kernel: '' };
  return { machine, versions: {}, commit: 'abc', taken_at: '2026-01-01', command: 'a command', seconds: 8, runs };
}

test('the middle lies on every axis and is measured once', () => {
  const points = pointsOf(axes);
  const same = points.filter((point) => axes.every((axis) => point[axis] === middle[axis]));
  assert.equal(same.length, 1);
  assert.ok(axes.every((axis) => isOn(axis, middle)));
  for (const point of points)
    assert.ok(
      axes.some((axis) => isOn(axis, point)),
      JSON.stringify(point),
    );
  for (const axis of axes) assert.ok(pointsOf([axis]).every((point) => isOn(axis, point)));
});

test('a program without rooms is measured in one room only, and more rooms share the same load', () => {
  assert.deepEqual([runsAt('floor', middle), runsAt('floor', { ...middle, rooms: 10 })], [true, false]);
  assert.ok(runsAt('meks-senders-2', { ...middle, rooms: 10 }));
  const scenario = scenarioOf({ ...middle, rooms: 10 }, 8);
  assert.deepEqual([scenario.dashboards, scenario.rooms], [300, 10]);
  assert.ok(scenario.phases.every((phase) => phase.eventsPerSecond === 500));
});

test('rounds are added to those of the same commit and length, and to no others', () => {
  const directory = mkdtempSync(join(tmpdir(), 'meks-sweep-'));
  const file = join(directory, 'sweep.json');
  const runs = [runAt({}), runAt({ round: 1 }), runAt({ dashboards: 30 })];
  writeFileSync(file, JSON.stringify(results(runs)));
  assert.equal(readEarlier(file, 'abc', 8).runs.length, 3);
  assert.throws(() => readEarlier(file, 'def', 8), /commit abc, and this is def/);
  assert.throws(() => readEarlier(file, 'abc', 4), /--seconds 8/);
  assert.deepEqual([roundsAt(runs, middle), roundsAt(runs, { ...middle, rooms: 50 })], [2, 0]);
  rmSync(directory, { recursive: true });
});

test('the report shows each axis that has two values, takes medians, and says where the generator was the limit', () => {
  const directory = mkdtempSync(join(tmpdir(), 'meks-sweep-'));
  const file = join(directory, 'sweep.json');
  const grown = [4, 6, 90].map((p50, round) => runAt({ dashboards: 3_000, p50_ms: p50, round }));
  writeFileSync(file, JSON.stringify(results([runAt({}), ...grown, runAt({ program: 'floor', generator_busy: 0.9 })])));
  const drawn = new Map<string, string>();
  const draw = (name: string, svg: string): void => void drawn.set(name, svg);
  const text = sweepSection(file, draw).join('\n');
  assert.match(text, /\| 3,000 \| 6\.0 \/ \*\*15\.0\*\* \/ 2\.00 µs \|/);
  assert.match(text, /floor at 300 × 500\/s/);
  assert.deepEqual([...drawn.keys()].sort(), ['sweep-dashboards-cost', 'sweep-dashboards-latency']);
  for (const [name, svg] of drawn) assert.ok(!svg.includes('NaN'), name);
  assert.deepEqual(sweepSection(join(directory, 'none.json'), draw), []);
  rmSync(directory, { recursive: true });
});
