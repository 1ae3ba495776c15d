import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench, madeGifts } from './normalizer.bench.ts';

test('the benchmark runs, on gifts of real size, and counts every one of them', () => {
  const [result] = bench(200, 1);
  assert.ok(result !== undefined && result.payloadBytes > 5_000);
  assert.equal(result.diamonds, 200);
  assert.equal(new Set(madeGifts(200).map((raw) => Buffer.from(raw.payload).toString('latin1'))).size, 200);
});
