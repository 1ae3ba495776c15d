import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { Series, seriesPoints, SlotSum } from './series.ts';

/** Of a bucket: 1.6 % and what rounding to microseconds adds. */
function close(actual: number, expected: number): boolean {
  return actual >= expected - 0.001 && actual <= 1.016 * expected + 0.001;
}

test('the series keeps each moment apart and its maximum exact', () => {
  const series = new Series(1_000, 250);
  for (let i = 0; i < 100; i++) series.record(series.slotOf(100), 2);
  series.record(series.slotOf(999), 55.5);
  const points = seriesPoints(series.data);
  assert.deepEqual(
    points.map(({ atMs, count, maxMs }) => ({ atMs, count, maxMs })),
    [
      { atMs: 0, count: 100, maxMs: 2 },
      { atMs: 750, count: 1, maxMs: 55.5 },
    ],
  );
  assert.ok(points[0]!.p50Ms <= 2 && points[0]!.p50Ms > 1.8);
});

test('a slot is a tenth of a second in a minute, and a run of hours still has at most 600 slots', () => {
  assert.equal(new Series(24_000).data.slotMs, 100);
  assert.equal(new Series(60_000).data.slotMs, 100);
  assert.equal(new Series(3_600_000).data.slotMs, 6_000);
});

test('percentiles of any slots are those of sorting what was recorded in them, to the width of a bucket', (context) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const series = new Series(10_000);
  const samples: number[][] = [];
  for (let event = 0; event < 20_000; event++) {
    const slot = series.slotOf(random.int(10_000));
    // Within the range (35 minutes): what lies outside of it is the next test's.
    const ms = Math.min(2_000_000, Math.exp(random.exponential(1.5)) / 2);
    series.record(slot, ms);
    (samples[slot] ??= []).push(ms);
  }
  for (let trial = 0; trial < 20; trial++) {
    const chosen = [...samples.keys()].filter(() => random.int(3) > 0);
    const sum = new SlotSum();
    for (const slot of chosen) sum.add(series.data, slot);
    const sorted = chosen.flatMap((slot) => samples[slot] ?? []).sort((a, b) => a - b);
    assert.equal(sum.count, sorted.length);
    assert.equal(sum.maxMs, sorted.at(-1));
    for (const share of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
      assert.ok(close(sum.quantileMs(share), exact), `seed ${seed}: p${share}: ${sum.quantileMs(share)} for ${exact}`);
    }
  }
});

test('values outside of the range stay in their slot, at its ends', () => {
  const series = new Series(1_000);
  series.record(3, -0.002);
  series.record(3, 1e9);
  series.record(4, 5);
  assert.deepEqual(
    seriesPoints(series.data).map(({ atMs, count, maxMs }) => [atMs, count, maxMs]),
    [
      [300, 2, 1e9],
      [400, 1, 5],
    ],
  );
  const empty = new SlotSum();
  empty.add(series.data, 0);
  assert.deepEqual([empty.count, empty.maxMs, empty.quantileMs(0.5)], [0, 0, 0]);
});
