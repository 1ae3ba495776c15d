import assert from 'node:assert/strict';
import test from 'node:test';
import { backoffMs } from './backoff.ts';

test('each attempt waits up to twice as long as the one before, and never above the cap', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoffMs(attempt, 0.999_999));
  assert.deepEqual(longest, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

test('chance spreads a crowd over the second half of the step', () => {
  assert.equal(backoffMs(3, 0), 1_000);
  assert.equal(backoffMs(3, 0.5), 1_500);
});
