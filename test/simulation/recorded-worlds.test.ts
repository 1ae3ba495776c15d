import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mergeWorlds, type RecordedWorlds, recordedWorldsPath } from '../../tools/recorded-worlds.ts';

function run(first: number, last: number, own: Partial<RecordedWorlds> = {}): RecordedWorlds {
  const worlds = last - first + 1;
  const fixed = { commit: 'a', node: 'v26', hoursPerWorld: 0.1, plant: null, failures: [] };
  const sums = { worlds, simulatedHours: 10, simulatedHoursPerHour: 100, steps: 5, events: 3, faults: { crashes: 2 } };
  return { ...fixed, ...sums, seeds: [first, last], ...own };
}

test('runs of many worlds are put together as one, with nothing left out', () => {
  const failure = { seed: 7 };
  const parts = [run(1, 10, { failures: [failure] }), run(11, 15, { simulatedHoursPerHour: 50, faults: { junk: 1 } })];
  assert.deepEqual(mergeWorlds(parts), {
    ...run(1, 15, { failures: [failure], faults: { crashes: 2, junk: 1 } }),
    simulatedHours: 20,
    simulatedHoursPerHour: 67,
    steps: 10,
    events: 6,
  });
  assert.throws(() => mergeWorlds([run(1, 10), run(12, 15)]), /follow on/);
  assert.throws(() => mergeWorlds([run(1, 10), run(11, 15, { commit: 'b' })]), /another commit/);
});

test('the recorded run is of some thousand worlds, all of its seeds were run, and none of them failed', () => {
  const { seeds, worlds, failures, plant } = JSON.parse(readFileSync(recordedWorldsPath, 'utf8')) as RecordedWorlds;
  const [, last] = seeds;
  assert.ok(last >= 1_000, `${last}`);
  assert.deepEqual([seeds, worlds, failures, plant], [[1, last], last, [], null]);
});
