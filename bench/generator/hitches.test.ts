import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findHitches } from './hitches.ts';

test('late events that overlap are one hitch, those apart are two', () => {
  const due = Float64Array.of(0, 10, 20, 30, 500, 900);
  const worst = Float32Array.of(5, 40, 30, 16, 17, 3);
  assert.deepEqual(findHitches(due, worst, 16.7), [
    { fromMs: 10, toMs: 50, worstMs: 40, events: 2 },
    { fromMs: 500, toMs: 517, worstMs: 17, events: 1 },
  ]);
});

test('a run within the frame has no hitch', () => {
  assert.deepEqual(findHitches(Float64Array.of(0, 1, 2), Float32Array.of(16.7, 0, 1), 16.7001), []);
});
