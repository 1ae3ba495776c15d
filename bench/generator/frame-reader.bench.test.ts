import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureReading } from './frame-reader.bench.ts';

test('the cost of reading is measured over every delivery that was made', () => {
  const { nsPerFrame, deliveries } = measureReading(3, 40, 8);
  assert.equal(deliveries, 3 * 40);
  assert.ok(nsPerFrame > 0);
});
