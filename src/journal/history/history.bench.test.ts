import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHistoryBench } from './history.bench.ts';

test('the benchmark of the history runs, and exports every event that it imported', async () => {
  const cost = await runHistoryBench(3000);
  assert.equal(cost.check, 3000);
  assert.ok(cost.boardMsMax > 0);
});
