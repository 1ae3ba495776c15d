import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'hdr-histogram-js';
import { seededRandom } from '../../src/base/random.ts';
import { Histogram, quantilesOf } from './histogram.ts';

const shares = [0.5, 0.9, 0.99, 0.999, 0.9999, 1];

function close(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 0.006 * expected + 0.001;
}

test('quantiles agree with sorting and with HdrHistogram on a long-tailed sample', () => {
  const random = seededRandom(11);
  const histogram = new Histogram();
  const hdr = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 0x7fffffff,
    numberOfSignificantValueDigits: 3,
  });
  const sample: number[] = [];
  for (let i = 0; i < 50_000; i++) {
    const ms = Math.exp(random.exponential(1.5)) / 2;
    sample.push(ms);
    histogram.record(ms);
    hdr.recordValue(Math.floor(ms * 1_000));
  }
  sample.sort((a, b) => a - b);
  for (const share of shares) {
    const exact = sample[Math.ceil(share * sample.length) - 1]!;
    assert.ok(close(histogram.quantileMs(share), exact), `p${share}: ${histogram.quantileMs(share)} for ${exact}`);
    assert.ok(close(hdr.getValueAtPercentile(share * 100) / 1_000, exact));
  }
  assert.equal(histogram.maxMs, sample.at(-1));
  assert.equal(histogram.count, sample.length);
});

test('what is encoded for other tools gives the same quantiles back', () => {
  const histogram = new Histogram();
  for (let i = 1; i <= 10_000; i++) histogram.record(i / 100);
  for (const [index, ms] of quantilesOf([histogram.encode()], shares).entries()) {
    assert.ok(close(ms, histogram.quantileMs(shares[index]!)), `${shares[index]}: ${ms}`);
  }
});

test('encoded histograms are counted together, not averaged', () => {
  const [fast, slow] = [new Histogram(), new Histogram()];
  for (let i = 0; i < 990; i++) fast.record(1);
  for (let i = 0; i < 10; i++) slow.record(100);
  const [p50, p99, p999] = quantilesOf([fast.encode(), slow.encode()], [0.5, 0.99, 0.999]);
  assert.ok(close(p50!, 1) && close(p99!, 1) && close(p999!, 100), `${p50} ${p99} ${p999}`);
});

test('adding two histograms counts both and keeps the larger maximum', () => {
  const one = new Histogram();
  const two = new Histogram();
  for (let i = 0; i < 99; i++) one.record(1);
  two.record(400.25);
  one.add(two);
  assert.equal(one.count, 100);
  assert.equal(one.maxMs, 400.25);
  assert.ok(one.quantileMs(0.99) < 1.01);
  assert.equal(one.quantileMs(1), 400.25);
  assert.equal(one.countAbove(16.7), 1);
});

test('values outside of the range are counted at its ends', () => {
  const histogram = new Histogram();
  histogram.record(-0.002);
  histogram.record(1e9);
  assert.equal(histogram.count, 2);
  assert.equal(histogram.quantileMs(0.5), 0);
  assert.ok(histogram.quantileMs(1) > 2_000_000);
});
