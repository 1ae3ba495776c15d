import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Pace, type Waiter } from './pace.ts';

/** Who has been let in, and who was sent away, in order. */
function visitors(): { opened: number[]; abandoned: number[]; visitor: (id: number) => Waiter } {
  const [opened, abandoned]: [number[], number[]] = [[], []];
  const visitor = (id: number): Waiter => ({
    open: () => void opened.push(id),
    abandon: () => void abandoned.push(id),
  });
  return { opened, abandoned, visitor };
}

test('a few are let in at once', () => {
  const { opened, visitor } = visitors();
  const pace = new Pace(new VirtualClock(), 1000, 10);
  for (let id = 0; id < 50; id++) assert.equal(pace.enter(visitor(id)), true);
  assert.equal(opened.length, 50);
});

test('a storm is let in at the pace, in order, all of it', () => {
  const clock = new VirtualClock();
  const { opened, visitor } = visitors();
  const pace = new Pace(clock, 1000, 5000);
  for (let id = 0; id < 3000; id++) pace.enter(visitor(id));
  assert.equal(opened.length, 50);
  clock.advance(1000);
  assert.ok(Math.abs(opened.length - 1050) <= 1, `${opened.length} after a second`);
  clock.advance(3000);
  assert.deepEqual(
    opened,
    Array.from({ length: 3000 }, (_, id) => id),
  );
  assert.equal(pace.waiting, 0);
});

test('who comes while others wait does not overtake them', () => {
  const clock = new VirtualClock();
  const { opened, visitor } = visitors();
  const pace = new Pace(clock, 100, 10);
  for (let id = 0; id < 6; id++) pace.enter(visitor(id));
  clock.advance(9);
  pace.enter(visitor(6));
  clock.advance(1000);
  assert.deepEqual(opened, [0, 1, 2, 3, 4, 5, 6]);
});

test('when too many wait, the next is told so and is never let in', () => {
  const clock = new VirtualClock();
  const { opened, visitor } = visitors();
  const pace = new Pace(clock, 20, 2);
  const entered = [0, 1, 2, 3, 4].map((id) => pace.enter(visitor(id)));
  assert.deepEqual(entered, [true, true, true, false, false]);
  clock.advance(10_000);
  assert.deepEqual(opened, [0, 1, 2]);
});

test('in any second after the first, no more than the pace and a burst are let in', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const clock = new VirtualClock();
    const pace = new Pace(clock, 200, 100_000);
    const timesMs: number[] = [];
    for (let visit = 0; visit < 2000; visit++) {
      pace.enter({ open: () => void timesMs.push(clock.nowMs()), abandon: assert.fail });
      if (random.chance(0.1)) clock.advance(random.int(40));
    }
    clock.advance(20_000);
    assert.equal(timesMs.length, 2000, `seed ${seed}`);
    for (let first = 0; first + 212 < timesMs.length; first++)
      assert.ok(timesMs[first + 212]! - timesMs[first]! >= 1000, `seed ${seed}: 213 within a second`);
  }
});

test('when it closes those who wait are sent away, and nobody is let in any more', () => {
  const clock = new VirtualClock();
  const { opened, abandoned, visitor } = visitors();
  const pace = new Pace(clock, 20, 10);
  for (let id = 0; id < 5; id++) pace.enter(visitor(id));
  pace.close();
  clock.advance(10_000);
  assert.deepEqual([opened, abandoned, pace.waiting], [[0], [1, 2, 3, 4], 0]);
});
