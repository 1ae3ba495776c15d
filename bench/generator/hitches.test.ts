import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findHitches } from './hitches.ts';
import { Series } from './series.ts';

test('late events that overlap are one hitch, those apart are two', () => {
  const due = Float64Array.of(0, 10, 20, 30, 500, 900);
  const worst = Float32Array.of(5, 40, 30, 16, 17, 3);
  assert.deepEqual(findHitches(due, worst, 16.7), [
    { fromMs: 10, toMs: 50, worstMs: 40, events: 2 },
    { fromMs: 500, toMs: 517, worstMs: 17, events: 1 },
  ]);
});

test('a run within the frame has no hitch', () => {
  assert.deepEqual(findHitches(Float64Array.of(0, 1, 2), Float32Array.of(16.7, 0, 1), 16.7001), []);
});

test('the series keeps each moment apart and its maximum exact', () => {
  const series = new Series(1_000, 250);
  for (let i = 0; i < 100; i++) series.record(series.slotOf(100), 2);
  series.record(series.slotOf(999), 55.5);
  const points = series.points();
  assert.deepEqual(
    points.map(({ atMs, count, maxMs }) => ({ atMs, count, maxMs })),
    [
      { atMs: 0, count: 100, maxMs: 2 },
      { atMs: 750, count: 1, maxMs: 55.5 },
    ],
  );
  assert.ok(points[0]!.p50Ms <= 2 && points[0]!.p50Ms > 1.8);
});

test('a run of hours still has at most 600 slots', () => {
  assert.equal(new Series(3_600_000).slotMs, 6_000);
});
