import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runGateBench, runStartBench } from './journal.bench.ts';

test('the benchmark of the gate runs, and finds every event in the log that it wrote', async () => {
  for (const writer of ['thread', 'inline'] as const) {
    const cost = await runGateBench({ writer, sync: { kind: 'interval', ms: 20 }, eventsPerSecond: 5000, events: 200 });
    assert.equal(cost.check, 200 * 700);
    assert.ok(cost.gateUsMax >= cost.gateUsP50);
  }
});

test('the benchmark of a start runs, and applies what it should', async () => {
  const cost = await runStartBench(5000);
  assert.equal(cost.check, 5000 + 500);
});
