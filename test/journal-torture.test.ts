import assert from 'node:assert/strict';
import { test } from 'node:test';
import { torturedByKills } from '../tools/torture/kills.ts';
import { torturedByPower } from '../tools/torture/power.ts';

// A taste of tools/torture.ts, so that it cannot rot; the long runs are recorded in docs/DURABILITY.md.

test('a process killed at random moments has lost nothing that anybody was told of', async () => {
  const report = await torturedByKills(3, 7, () => undefined);
  assert.deepEqual(report.problems, []);
  assert.ok(report.events > 0);
});

test('a log that loses its last bytes is found out by the same check', async () => {
  const report = await torturedByKills(2, 7, () => undefined, true);
  assert.ok(report.seenButLost > 0);
});

test('no power cut breaks a promise, and lying syncs are found out', () => {
  const { problems, blind, cuts } = torturedByPower(1);
  assert.deepEqual([problems, blind], [[], 0]);
  assert.ok(cuts > 1000);
});
