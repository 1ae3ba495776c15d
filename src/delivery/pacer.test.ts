import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacer } from './pacer.ts';

test('an idle sender flushes at once, and again at once while flushes cost next to nothing', () => {
  const pacer = new Pacer(8, 6);
  assert.equal(pacer.dueInMs(1000), 0);
  pacer.flushed(1000, 1000.05);
  assert.equal(pacer.dueInMs(1000.05), 0);
});

test('the rest grows with the cost of a flush, and never beyond half a frame', () => {
  const pacer = new Pacer(8, 6);
  for (let at = 0; at < 1000; at += 10) pacer.flushed(at, at + 1);
  assert.ok(Math.abs(pacer.restMs - 6) < 0.1, `six times the cost, not ${pacer.restMs}`);
  for (let at = 1000; at < 3000; at += 20) pacer.flushed(at, at + 12);
  assert.equal(pacer.restMs, 8);
  assert.equal(pacer.dueInMs(2992), 8);
  assert.equal(pacer.dueInMs(2995), 5);
});

test('a step up is learned in a few flushes, and forgotten slowly', () => {
  const pacer = new Pacer(8, 6);
  pacer.flushed(0, 1);
  pacer.flushed(10, 11);
  assert.ok(pacer.costMs >= 0.7, 'two flushes teach three quarters of the cost');
  pacer.flushed(20, 20);
  assert.ok(pacer.costMs >= 0.6, 'one cheap flush among dear ones says little');
});
