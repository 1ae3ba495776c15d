import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gap, room, viewers } from './fixture.ts';
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

test('time goes on in a room where something happens every few minutes', () => {
  const minute = 60_000;
  assert.equal(after(start, start + 2 * minute), 0, 'nobody else has said so yet');
  assert.equal(after(start, start + 2 * minute, start + 5 * minute), 2 * minute, 'that late it is at least');
  const times = Array.from({ length: 30 }, (_, index) => start + index * 20 * minute);
  assert.equal(after(...times), 28 * 20 * minute, 'one event behind');
  const wrong = [start + 40 * minute, start + 3 * minute, start + 50 * minute, start + 6 * minute];
  assert.equal(after(start, ...wrong), 6 * minute, 'a wrong one brings time no further than those around it say');
});

test('what is run again out of the quarantine does not bring time back, however much it is', () => {
  const time = new RoomTime();
  time.hear({ ...viewers(5), at: start });
  for (let index = 0; index < 1_000; index++) time.hear({ ...viewers(5), at: start - 7_200_000 + index, late: true });
  assert.equal(time.now, start);
});

test('time goes on by the word of the broker as well, and what comes late then does not bring it back', () => {
  const time = new RoomTime();
  const tell = (topic: 'time' | 'notice', sec: number): number => {
    time.hear(room(topic, { at: start + sec * 1_000 }));
    return (time.now - start) / 1_000;
  };
  assert.equal(tell('notice', 0), 0);
  assert.equal(tell('time', 300), 300);
  assert.equal(tell('time', 290), 300);
  for (let late = 0; late < 100; late++) assert.equal(tell('notice', late), 300);
  assert.equal(tell('notice', 350), 350);
  for (const at of [start + 500_000, start + 500_000]) time.hear(gap({ at }));
  assert.equal((time.now - start) / 1_000, 350, 'a gap is dated by the clock of the broker');
  time.hear({ ...viewers(5), at: start + 360_000 });
  const again = new RoomTime();
  again.restore(time.save());
  assert.deepEqual([again.now, again.save()], [start + 360_000, time.save()]);
});

test('a first time that was wrong is healed by those that follow', () => {
  const wrong = start + 86_400_000;
  assert.equal(after(wrong, ...Array.from({ length: 63 }, () => start)), 86_400_000);
  assert.equal(after(wrong, ...Array.from({ length: 64 }, () => start)), 0);
  const broken = [wrong, ...Array.from({ length: 63 }, () => start), wrong, ...Array.from({ length: 63 }, () => start)];
  assert.equal(after(...broken), 86_400_000, 'old ones now and then are no sign');
});
