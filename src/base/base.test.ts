import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedQueue } from './bounded-queue.ts';
import { clockOriginMs } from './clock.ts';
import { Counters } from './counters.ts';
import { seededRandom } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';

test('a bounded queue behaves like an array that refuses when full', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seededRandom(seed);
    const capacity = 1 + random.int(7);
    const queue = new BoundedQueue<number>(capacity);
    const model: number[] = [];
    for (let step = 0; step < 500; step++) {
      if (random.chance(0.5)) {
        assert.equal(queue.offer(step), model.length < capacity, `seed ${seed}`);
        if (model.length < capacity) model.push(step);
      } else assert.equal(queue.take(), model.shift(), `seed ${seed}`);
      assert.equal(queue.size, model.length, `seed ${seed}`);
    }
  }
});

test('a virtual clock fires in order of time, then of scheduling, and not what was cancelled', () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  clock.after(20, () => fired.push('b'));
  clock.after(10, () => {
    fired.push(`a at ${clock.nowMs()}`);
    clock.after(5, () => fired.push('inner'));
    clock.soon(() => fired.push('soon'));
  });
  clock.after(20, () => fired.push('c'));
  clock.after(15, () => fired.push('never')).cancel();
  clock.advance(19);
  assert.deepEqual(fired, ['a at 10', 'soon', 'inner']);
  clock.advance(1);
  assert.deepEqual(fired.slice(3), ['b', 'c']);
});

test('a wall clock that jumps does not move timers', () => {
  const clock = new VirtualClock(1000);
  let fired = 0;
  clock.after(10, () => fired++);
  clock.jumpWall(1_000_000);
  assert.equal(clock.wallMs(), 1_001_000);
  clock.advance(9);
  assert.equal(fired, 0);
  clock.advance(1);
  assert.equal(fired, 1);
});

test('the same seed gives the same sequence, another seed another, and forks go their own way', () => {
  const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed).next.bind(seededRandom(seed)));
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  const random = seededRandom(1);
  const fork = random.fork();
  assert.notEqual(fork.next(), random.next());
});

test('seeded chance is spread evenly enough to build worlds on', () => {
  const random = seededRandom(42);
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let draw = 0; draw < 100_000; draw++) buckets[random.int(10)]!++;
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 500, `a tenth of the draws, not ${count}`);
  let sum = 0;
  for (let draw = 0; draw < 100_000; draw++) sum += random.exponential(5);
  assert.ok(Math.abs(sum / 100_000 - 5) < 0.1, 'the mean of an exponential is the one asked for');
});

test('counters refuse a place too few, and read back what was counted', () => {
  const spec = { taken: 'things taken', left: 'things left' };
  assert.throws(() => new Counters(spec, new Float64Array(1)), /2 places/);
  const counters = new Counters(spec);
  counters.add('taken', 3);
  counters.set('left', 5);
  assert.deepEqual(counters.read(), { taken: 3, left: 5 });
});

test("where a thread's time begins is read to a tenth of a millisecond, whatever comes between two readings", () => {
  const readings = Array.from({ length: 20 }, clockOriginMs);
  const spreadMs = Math.max(...readings) - Math.min(...readings);
  assert.ok(spreadMs < 0.1, `${spreadMs} ms apart`);
});
