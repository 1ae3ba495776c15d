import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram, histogramPlaces } from './histogram.ts';
import { seededRandom } from './random.ts';

test('an empty histogram has no values and says 0 for every quantile', () => {
  const histogram = new Histogram();
  assert.deepEqual([histogram.count, histogram.sumUs, histogram.maxUs, histogram.quantileUs(0.5)], [0, 0, 0, 0]);
});

test('quantiles equal those of the sorted values, to within one bucket of 1.6 %, never below', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const histogram = new Histogram();
    const values = Array.from({ length: 1 + random.int(3000) }, () =>
      Math.floor(random.exponential(10 ** random.int(7))),
    );
    for (const value of values) histogram.record(value);
    values.sort((a, b) => a - b);
    for (const quantile of [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = values[Math.max(0, Math.ceil(values.length * quantile) - 1)]!;
      const told = histogram.quantileUs(quantile);
      assert.ok(told >= exact, `seed ${seed}, quantile ${quantile}: ${told} is below ${exact}`);
      assert.ok(told <= exact * (1 + 1 / 64) + 1, `seed ${seed}, quantile ${quantile}: ${told} is far above ${exact}`);
    }
    assert.equal(histogram.maxUs, values.at(-1));
    assert.equal(
      histogram.sumUs,
      values.reduce((sum, value) => sum + value, 0),
    );
  }
});

test('what cannot be a duration is counted at the ends of the scale, never lost', () => {
  const histogram = new Histogram();
  for (const odd of [-5, Number.NaN, 0.9, Number.POSITIVE_INFINITY, 2 ** 40]) histogram.record(odd);
  assert.equal(histogram.count, 5);
  assert.deepEqual(histogram.countsBelow([1, 2 ** 31]), [3, 5]);
});

test('cumulative counts are exact where a bound begins a bucket, and too low rather than too high elsewhere', () => {
  const histogram = new Histogram();
  for (let us = 0; us < 40_000; us++) histogram.record(us);
  assert.deepEqual(histogram.countsBelow([128, 1_024, 16_640]), [128, 1_024, 16_640]);
  assert.deepEqual(histogram.countsBelow([16_700]), [16_640]);
});

test('a histogram is read through another view of its shared memory', () => {
  const writer = new Histogram();
  assert.ok(writer.values.buffer instanceof SharedArrayBuffer);
  assert.equal(writer.values.length, histogramPlaces);
  const reader = new Histogram(new Float64Array(writer.values.buffer));
  writer.record(1500);
  assert.deepEqual([reader.count, reader.maxUs], [1, 1500]);
});

test('adding two histograms equals recording into one', () => {
  const [a, b, both] = [new Histogram(), new Histogram(), new Histogram()];
  const random = seededRandom(7);
  for (let index = 0; index < 1000; index++) {
    const value = random.int(100_000);
    (index % 2 === 0 ? a : b).record(value);
    both.record(value);
  }
  a.add(b);
  assert.deepEqual(a.values, both.values);
  a.reset();
  assert.equal(a.count, 0);
});
