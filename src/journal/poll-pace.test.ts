import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { lookMs, PollPace } from './poll-pace.ts';

/** Events at random moments, `perSecond` of them on average; returns how many of them had to ring. */
function ringsOf(pace: PollPace, perSecond: number, fromMs: number, lengthMs: number): number {
  const random = seededRandom(7);
  let rings = 0;
  let looking = false;
  let lookedMs = fromMs;
  let waiting = false;
  for (let at = fromMs; at < fromMs + lengthMs;) {
    at -= (Math.log(1 - random.next()) * 1_000) / perSecond;
    for (; looking && lookedMs + lookMs < at; lookedMs += lookMs) {
      looking = pace.looked(waiting, lookedMs + lookMs);
      waiting = false;
    }
    if (looking) waiting = true;
    else {
      rings++;
      pace.rung(at);
      looking = pace.looked(true, at);
      lookedMs = at;
    }
  }
  return rings;
}

test('a trickle rings each time', () => {
  assert.ok(ringsOf(new PollPace(), 50, 0, 10_000) > 450);
});

test('a burst hardly ever rings', () => {
  const pace = new PollPace();
  for (const perSecond of [400, 500, 5_000]) assert.ok(ringsOf(pace, perSecond, perSecond * 1_000, 10_000) < 60);
});

test('after a burst the thread sleeps again', () => {
  const pace = new PollPace();
  ringsOf(pace, 1_000, 0, 1_000);
  pace.looked(false, 1_060);
  assert.equal(pace.looked(false, 1_120), false);
  pace.rung(1_130);
  assert.equal(pace.looked(true, 1_130), false);
});
