import assert from 'node:assert/strict';
import { test } from 'node:test';
import { questionCost, structureCosts } from './measure.ts';
import { subscriptionCost } from './subscription-cost.ts';

const nowMs = (): number => performance.now();

test('every structure that is measured ranks alike', () => {
  const costs = structureCosts([50, 400], 2_000);
  for (const gifters of [50, 400]) {
    const checks = costs.filter((cost) => cost.gifters === gifters).map((cost) => cost.check);
    assert.ok(checks.length >= 3);
    assert.equal(new Set(checks).size, 1, `boards of ${gifters}`);
  }
});

test('in a burst, what changed of a board takes less than a tenth of the bytes of the board', (t) => {
  for (const rows of [20, 100]) {
    const cost = subscriptionCost({ rows, gifters: 3_000, giftsPerSecond: 500, seconds: 10 }, nowMs);
    const share = cost.deltaBytes / cost.boardBytes;
    t.diagnostic(`${rows} rows: ${cost.deltaBytes} of ${cost.boardBytes} bytes, ${(100 * share).toFixed(1)} %`);
    assert.ok(cost.deltas > 150, `${cost.deltas} changes in ten seconds`);
    assert.ok(share < 0.1);
  }
});

test('a question is answered with all its rows', () => {
  const { bytes } = questionCost(1_000, 20, nowMs);
  assert.ok(bytes > 100 * 250);
});
