import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { Meter } from './meter.ts';

test('before anything is measured nothing is claimed', () => {
  const meter = new Meter();
  meter.advance(500);
  assert.deepEqual(meter.read(), { eventsPerSecond: null, paintMs: null, paintMaxMs: null, hitches: 0 });
});

test('events a second are the mean of whole seconds, the running one left out', () => {
  const meter = new Meter();
  for (let ms = 0; ms < 5_000; ms += 10) meter.arrived(ms);
  assert.equal(meter.read().eventsPerSecond, 100);
  meter.advance(60_000);
  assert.equal(meter.read().eventsPerSecond, 0);
});

test('a frame is measured by the oldest event that it shows', () => {
  const meter = new Meter();
  meter.arrived(100);
  meter.arrived(110);
  const oldest = meter.takeOldest();
  assert.equal(oldest, 100);
  assert.equal(meter.takeOldest(), null);
  meter.painted(oldest, 112);
  assert.deepEqual([meter.read().paintMs, meter.read().paintMaxMs], [12, 12]);
});

test('the p99 equals that of a plain sort, to the millisecond, and forgets after ten seconds', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const meter = new Meter();
    const samples = Array.from({ length: 1 + random.int(900) }, () => Math.min(255, random.exponential(12)));
    samples.forEach((ms, index) => meter.painted(1_000 + index - ms, 1_000 + index));
    const sorted = samples.map(Math.ceil).sort((a, b) => b - a);
    assert.equal(meter.read().paintMs, sorted[Math.floor(sorted.length * 0.01)], `seed ${seed}`);
    assert.equal(meter.read().paintMaxMs, sorted[0], `seed ${seed}`);
    meter.advance(30_000);
    assert.equal(meter.read().paintMs, null);
  }
});

test('a paint later than two frames is a hitch, for a minute', () => {
  const meter = new Meter();
  meter.painted(0, 33);
  meter.painted(1_000, 1_035);
  assert.equal(meter.read().hitches, 1);
  meter.advance(59_000);
  assert.equal(meter.read().hitches, 1);
  meter.advance(62_000);
  assert.equal(meter.read().hitches, 0);
});

test('a burst, or a paint that took too long, is busy for three seconds more', () => {
  const meter = new Meter();
  for (let count = 0; count < 150; count++) meter.arrived(5_000);
  assert.equal(meter.isBusy(5_000), false);
  meter.arrived(5_000);
  assert.equal(meter.isBusy(7_999), true);
  assert.equal(meter.isBusy(8_000), false);
  meter.painted(20_000, 20_060);
  assert.equal(meter.isBusy(20_100), true);
});
