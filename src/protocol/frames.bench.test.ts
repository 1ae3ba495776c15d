import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFrameBench } from './frames.bench.ts';

test('the benchmark of a frame runs, and prints its costs', (context) => {
  const cost = runFrameBench(500);
  assert.ok(cost.check > 500 * 300, 'frames were made');
  context.diagnostic(`frame ${cost.frameNs.toFixed(0)} ns, ${cost.frameBytes.toFixed(0)} bytes (toy size)`);
});
