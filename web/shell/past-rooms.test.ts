import assert from 'node:assert/strict';
import test from 'node:test';
import { noLongerFollowed, parsePastRooms } from './past-rooms.ts';

const room = { room: 'a', handle: 'anna', sessions: 2, seq: 9, at: 100 };

test('rooms of the past are read; none kept is told from none to be had', () => {
  assert.deepEqual(parsePastRooms(true, { rooms: [room] }), { kind: 'rooms', rooms: [room] });
  assert.deepEqual(parsePastRooms(false, { error: { code: 'MEKS_HISTORY_OFF' } }), { kind: 'off' });
  assert.deepEqual(parsePastRooms(false, { error: { code: 'MEKS_HISTORY_BUSY' } }), { kind: 'failed' });
  for (const body of [null, [], { rooms: {} }]) assert.deepEqual(parsePastRooms(true, body), { kind: 'failed' });
});

test('no longer followed is what has a past and is not in the list, the newest LIVE first', () => {
  const past = [room, { ...room, room: 'b', at: 300 }, { ...room, room: 'c' }, { ...room, room: 'd', sessions: 0 }];
  const ids = (followed: readonly string[]): readonly string[] =>
    noLongerFollowed(
      past,
      followed.map((id) => ({ id })),
    ).map((one) => one.room);
  assert.deepEqual(ids(['c']), ['b', 'a']);
  assert.deepEqual(ids(['a', 'b', 'c']), []);
});
