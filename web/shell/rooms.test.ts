import assert from 'node:assert/strict';
import test from 'node:test';
import { parseRooms } from './rooms.ts';

test('a list of rooms is read, whatever else a room says', () => {
  const body = { rooms: [{ id: '1', handle: 'a', source: 'live', viewers: 3 }, { id: '2' }] };
  assert.deepEqual(parseRooms(body), [
    { id: '1', handle: 'a', source: 'live' },
    { id: '2', handle: '', source: '' },
  ]);
});

test('what is no list of rooms is none, and not an empty one', () => {
  for (const body of [null, 'rooms', {}, { rooms: {} }, { rooms: [null] }, { rooms: [{ handle: 'a' }] }])
    assert.equal(parseRooms(body), null, JSON.stringify(body));
});
