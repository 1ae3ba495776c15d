import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench, madeGifts } from './normalizer.bench.ts';

test('the benchmark runs, on gifts of real size, and counts every one of them', (context) => {
  const results = bench(200, 1);
  for (const { name, nsPerMessage, bytesPerMessage } of results)
    context.diagnostic(`${name.trim()}: ${nsPerMessage} ns, ${bytesPerMessage} bytes a message (toy size)`);
  const [result] = results;
  assert.ok(result !== undefined && result.payloadBytes > 5_000);
  assert.equal(result.diamonds, 200);
  assert.equal(new Set(madeGifts(200).map((raw) => Buffer.from(raw.payload).toString('latin1'))).size, 200);
});
