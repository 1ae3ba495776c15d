import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacer } from './pacer.ts';

/** Everybody, in most of these tests. */
const connections = 300;

test('an idle sender flushes at once, and again at once while flushes cost next to nothing', () => {
  const pacer = new Pacer(8);
  assert.equal(pacer.dueInMs(1000), 0);
  pacer.flushed(1000, 1000.05, connections, connections, 1);
  assert.equal(pacer.dueInMs(1000.05), 0);
});

test('the rest grows with the cost of a flush, and never beyond half a frame', () => {
  const pacer = new Pacer(8);
  for (let at = 0; at < 1000; at += 10) pacer.flushed(at, at + 1, connections, connections, 1);
  assert.ok(Math.abs(pacer.restMs - 2) < 1e-6, `twice the cost, not ${pacer.restMs}`);
  for (let at = 1000; at < 3000; at += 20) pacer.flushed(at, at + 12, connections, connections, 1);
  assert.equal(pacer.restMs, 8);
  assert.equal(pacer.dueInMs(2992), 8);
  assert.equal(pacer.dueInMs(2995), 5);
});

test('a rest of more than a quarter of a frame is taken only where the flush itself took longer', () => {
  const restAfter = (costMs: number): number => {
    const pacer = new Pacer(8);
    pacer.flushed(0, costMs, connections, connections, 100);
    return pacer.restMs;
  };
  assert.deepEqual([0.5, 1, 3, 4, 6, 8, 12].map(restAfter), [2, 4, 4, 4, 6, 8, 8]);
});

test('a flush that was held up lengthens no rest; eight of them in a row do', () => {
  const pacer = new Pacer(8);
  for (let at = 0; at < 100; at += 10) pacer.flushed(at, at + 0.5, connections, connections, 1);
  for (let held = 0; held < 7; held++) {
    pacer.flushed(200 + held * 20, 215 + held * 20, connections, connections, 1);
    assert.ok(Math.abs(pacer.restMs - 1) < 1e-6, `${pacer.restMs} ms of rest after ${held + 1} held up`);
  }
  pacer.flushed(400, 415, connections, connections, 1);
  assert.equal(pacer.restMs, 8);
});

test('a flush to a few of many says nothing about the cost of one to all', () => {
  const pacer = new Pacer(8);
  pacer.flushed(0, 0.9, connections, connections, 1);
  for (let at = 10; at < 200; at += 10) pacer.flushed(at, at + 0.08, 2, connections, 1);
  pacer.flushed(200, 200.01, 0, connections, 1);
  assert.ok(Math.abs(pacer.costMs - 0.9) < 1e-6, `${pacer.costMs} ms`);
});

test('when half of the dashboards leave, a flush is held to cost half as much at once', () => {
  const pacer = new Pacer(8);
  for (let at = 0; at < 100; at += 10) pacer.flushed(at, at + 0.9, connections, connections, 1);
  pacer.flushed(100, 100.45, connections / 2, connections / 2, 1);
  assert.ok(Math.abs(pacer.costMs - 0.45) < 1e-6, `${pacer.costMs} ms`);
});

test('the more events a flush carried, the longer it rests: up to four times its cost', () => {
  const restAfter = (events: number): number => {
    const pacer = new Pacer(8);
    pacer.flushed(0, 1, connections, connections, events);
    return pacer.restMs;
  };
  assert.deepEqual([0, 1, 16, 17, 1_000].map(restAfter), [2, 2, 4, 4, 4]);
  for (let events = 1; events < 16; events++) assert.ok(restAfter(events) < restAfter(events + 1), `${events}`);
});
