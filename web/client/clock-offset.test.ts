import assert from 'node:assert/strict';
import test from 'node:test';
import { ClockOffset } from './clock-offset.ts';

const serverStartMs = 1_700_000_000_000;

test('no frame, no time: an unknown clock is null and not a guess', () => {
  assert.equal(new ClockOffset().serverTimeMs(5), null);
});

test('the frame that travelled fastest decides, wherever in the order it comes', () => {
  const offset = new ClockOffset();
  for (const [sentMs, delayMs] of [
    [0, 40],
    [100, 7],
    [200, 90],
  ] as const)
    offset.observe(serverStartMs + sentMs, sentMs + delayMs);
  assert.equal(offset.serverTimeMs(1_000), serverStartMs + 1_000 - 7);
});

test('a broker without a clock (serverTime 0) does not count', () => {
  const offset = new ClockOffset();
  offset.observe(0, 10);
  assert.equal(offset.serverTimeMs(20), null);
});

test('an observation is forgotten after two windows, so that a stepped clock is followed', () => {
  const offset = new ClockOffset();
  offset.observe(serverStartMs, 1);
  const steppedBackMs = 5_000;
  for (let nowMs = 10_000; nowMs <= 130_000; nowMs += 5_000)
    offset.observe(serverStartMs + nowMs - steppedBackMs, nowMs);
  assert.equal(offset.serverTimeMs(130_000), serverStartMs + 130_000 - steppedBackMs);
});

test('reset forgets what another connection said', () => {
  const offset = new ClockOffset();
  offset.observe(serverStartMs, 1);
  offset.reset();
  assert.equal(offset.serverTimeMs(2), null);
});
