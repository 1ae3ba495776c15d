import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PollPace } from './poll-pace.ts';

test('rings far apart let the thread sleep', () => {
  const pace = new PollPace();
  for (let at = 0; at < 1000; at += 2) {
    pace.rung(at);
    assert.equal(pace.looked(true, at), false);
  }
});

test('a row of rings makes it look by itself, until it has found nothing for a while', () => {
  const pace = new PollPace();
  let at = 0;
  for (let ring = 0; ring < 9; ring++) pace.rung((at += 0.2));
  assert.equal(pace.looked(true, at), true);
  assert.equal(pace.looked(false, at + 4), true);
  assert.equal(pace.looked(true, at + 4.5), true);
  assert.equal(pace.looked(false, at + 9), true);
  assert.equal(pace.looked(false, at + 10), false);
  pace.rung(at + 11);
  assert.equal(pace.looked(true, at + 11), false, 'a row begins anew');
});
