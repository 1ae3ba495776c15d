import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { World } from './world.ts';

test('a streak counts up by one, ends with a mark that adds nothing, and is never silent for long', () => {
  const perSecond = 50;
  const world = new World(seededRandom(4), perSecond);
  const open = new Map<string, { count: number; at: number }>();
  let longest = 0;
  for (let event = 0; event < 20_000; event++) {
    const step = world.next();
    if (step.group === '0') continue;
    const streak = open.get(step.group);
    if (streak === undefined) assert.deepEqual([step.repeatCount, step.added, step.end], [1, 1, false]);
    else {
      longest = Math.max(longest, event - streak.at);
      assert.equal(step.repeatCount, streak.count + step.added);
      assert.equal(step.added, step.end ? 0 : 1);
    }
    if (step.end) open.delete(step.group);
    else open.set(step.group, { count: step.repeatCount, at: event });
  }
  assert.ok(longest / perSecond < 5, `${longest / perSecond} s of silence`);
});

test('the same seed makes the same gifts', () => {
  const [one, two] = [new World(seededRandom(9), 50), new World(seededRandom(9), 50)];
  for (let event = 0; event < 500; event++) assert.deepEqual(one.next(), two.next());
});
