import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomTime } from './room-time.ts';

const start = 1_700_000_000_000;

function after(...times: number[]): number {
  const time = new RoomTime();
  for (const at of times) time.observe(at);
  return time.now - start;
}

test('time goes on with events and never back for one that is late', () => {
  assert.equal(after(start, start + 5_000, start + 3_000, 0), 5_000);
  assert.equal(after(start, start + 50_000, start - 500_000), 50_000);
});

test('a time far ahead is believed when a second event says the same', () => {
  const hour = 3_600_000;
  assert.equal(after(start, start + hour), 0);
  assert.equal(after(start, start + hour, start + 5), 5, 'one mistaken event');
  assert.equal(after(start, start + hour, start + hour + 900), hour + 900);
  assert.equal(after(start, start + hour, start + 9 * hour), 0, 'two that say different things');
});

test('a first time that was wrong is healed by those that follow', () => {
  const wrong = start + 86_400_000;
  assert.equal(after(wrong, ...Array.from({ length: 63 }, () => start)), 86_400_000);
  assert.equal(after(wrong, ...Array.from({ length: 64 }, () => start)), 0);
  const broken = [wrong, ...Array.from({ length: 63 }, () => start), wrong, ...Array.from({ length: 63 }, () => start)];
  assert.equal(after(...broken), 86_400_000, 'old ones now and then are no sign');
});
