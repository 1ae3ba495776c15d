import assert from 'node:assert/strict';
import test from 'node:test';
import { parseRooms } from './rooms.ts';

test('a list of rooms is read, whatever else a room says', () => {
  const body = {
    rooms: [{ id: '1', handle: 'a', source: 'live', viewers: 3, driftAlarms: 2, sumsAgree: false }, { id: '2' }],
  };
  assert.deepEqual(parseRooms(body), [
    { id: '1', handle: 'a', source: 'live', disk: null, sumsAgree: false, driftAlarms: 2 },
    { id: '2', handle: '', source: '', disk: null, sumsAgree: true, driftAlarms: 0 },
  ]);
});

test('what is no list of rooms is none, and not an empty one', () => {
  for (const body of [null, 'rooms', {}, { rooms: {} }, { rooms: [null] }, { rooms: [{ handle: 'a' }] }])
    assert.equal(parseRooms(body), null, JSON.stringify(body));
});

test('a disk in words that this page does not know is not told', () => {
  const retention = { state: 'within', since: 0, bytes: null, bytesMax: null, detail: '' };
  const disk = { state: 'disk-full', since: 1, refuses: false, waiting: 0, unsynced: null, retention };
  const diskOf = (said: unknown): unknown => parseRooms({ rooms: [{ id: '1', disk: said }] })![0]!.disk;
  assert.deepEqual(diskOf(disk), disk);
  for (const said of [null, 'full', {}, { ...disk, state: 'melted' }, { ...disk, retention: { state: 'moved' } }])
    assert.equal(diskOf(said), null, JSON.stringify(said));
});
