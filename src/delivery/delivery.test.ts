import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFlushBench } from './delivery.bench.ts';

// The law of delivery is in test/contract/delivery.contract.ts, for every way that there is.

test('the benchmark of a flush runs, and prints its costs', () => {
  const cost = runFlushBench(50, 100);
  assert.ok(cost.check > 50 * 100 * 400, 'every connection got every event');
  console.log(`flush ${cost.flushNs.toFixed(0)} ns, ${cost.flushBytes.toFixed(1)} bytes a connection (toy size)`);
});
