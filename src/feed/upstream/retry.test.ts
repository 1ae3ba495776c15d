import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { Retry } from './retry.ts';

function retry(seed: number): Retry {
  return new Retry({ random: seededRandom(seed), firstMs: 100, maxMs: 3_000, failuresMax: 8, openMs: 60_000 });
}

test('pauses double with each failure up to the maximum, and never fall below half of what is due', () => {
  for (let seed = 0; seed < 200; seed++) {
    const one = retry(seed);
    for (const dueMs of [100, 200, 400, 800, 1_600, 3_000, 3_000]) {
      const { waitMs, open } = one.failed();
      assert.ok(waitMs >= dueMs / 2 && waitMs <= dueMs, `seed ${seed}: ${waitMs} of ${dueMs}`);
      assert.equal(open, false);
    }
    assert.deepEqual({ ...one.failed(), waitMs: 0 }, { waitMs: 0, open: true });
  }
});

test('those who failed together do not come back together', () => {
  const pauses = new Set(Array.from({ length: 100 }, (_, seed) => retry(seed).failed().waitMs));
  assert.ok(pauses.size > 95);
});

test('a success makes the next failure a first one', () => {
  const one = retry(1);
  for (let failure = 0; failure < 20; failure++) one.failed();
  one.succeeded();
  assert.ok(one.failed().waitMs <= 100);
});

test('thousands of failures in a row still give a pause that is a duration', () => {
  const one = new Retry({
    random: seededRandom(1),
    firstMs: 100,
    maxMs: 3_000,
    failuresMax: Number.POSITIVE_INFINITY,
    openMs: 0,
  });
  for (let failure = 0; failure < 5_000; failure++) {
    const { waitMs } = one.failed();
    assert.ok(waitMs > 0 && waitMs <= 3_000);
  }
});
