import assert from 'node:assert/strict';
import { test } from 'node:test';
import { torturedByChaos } from '../../tools/torture/chaos.ts';

// A taste of `npm run torture -- --chaos`; a long run is recorded in docs/DURABILITY.md.

test('between two bad networks nothing is missing untold, and all come to show the same when they heal', async () => {
  const seed = 4;
  const report = await torturedByChaos(6, seed);
  assert.deepEqual(report.problems, [], `seed ${seed}, faults ${report.faults}`);
  assert.ok(report.events > 100 && report.resumed > 0, JSON.stringify(report));
});
