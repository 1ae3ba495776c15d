import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpOutcome } from './http.ts';
import { readLivePage, readRoomInfo, readSignedRoom, readUserRoom } from './room-lookup.ts';

function answer(body: string, status = 200): HttpOutcome {
  return { kind: 'answer', status, headers: new Headers(), body: Buffer.from(body) };
}

function page(state: string): HttpOutcome {
  return answer(
    `<html><script id="SIGI_STATE" type="application/json">${state}</script><script>other()</script></html>`,
  );
}

function pageOf(user: unknown): HttpOutcome {
  return page(JSON.stringify({ LiveRoom: { liveRoomUserInfo: { user } } }));
}

test('the LIVE page names the room, or says that there is none', () => {
  assert.deepEqual(readLivePage(pageOf({ roomId: '7300000000000000001', status: 2 })), {
    kind: 'room',
    roomId: '7300000000000000001',
  });
  assert.deepEqual(readLivePage(pageOf({ roomId: '7300000000000000001', status: 4 })), { kind: 'offline' });
  assert.deepEqual(readLivePage(pageOf({ roomId: '', status: 1 })), { kind: 'offline' });
});

test('what is no answer is a failure with its reason, never an exception and never "offline"', () => {
  const cases: [HttpOutcome, RegExp][] = [
    [answer('<html>please verify</html>'), /captcha/],
    [page('{"cut'), /names no user/],
    [page('[]'), /names no user/],
    [pageOf(7), /names no user/],
    [pageOf({}), /no room id/],
    [pageOf({ roomId: 'javascript:1', status: 2 }), /none/],
    [pageOf({ roomId: 2 ** 60 }), /no room id/],
    [answer('', 403), /status 403/],
    [{ kind: 'failed', reason: 'ECONNRESET' }, /ECONNRESET/],
  ];
  for (const [outcome, reason] of cases) {
    const lookup = readLivePage(outcome);
    assert.ok(lookup.kind === 'failed', JSON.stringify(lookup));
    assert.match(lookup.reason, reason);
  }
});

test('an API that knows no such user is no proof: live users are not found, too', () => {
  const lookup = readUserRoom(answer('{"statusCode":19881007,"message":"user_not_found"}'));
  assert.deepEqual(lookup, { kind: 'failed', reason: 'the API says user_not_found' });
});

test('the API names the room, and its LIVE tells whether it is over', () => {
  const body = (status: number) =>
    answer(JSON.stringify({ data: { user: { roomId: '7300000000000000001' }, liveRoom: { status } } }));
  assert.equal(readUserRoom(body(2)).kind, 'room');
  assert.equal(readUserRoom(body(4)).kind, 'offline');
});

test('the sign service tells room and liveness', () => {
  assert.equal(readSignedRoom(answer('{"ok":true,"room_id":"7300000000000000001","is_live":true}')).kind, 'room');
  assert.equal(readSignedRoom(answer('{"ok":true,"room_id":"7300000000000000001","is_live":false}')).kind, 'offline');
  assert.equal(readSignedRoom(answer('{"message":"no"}')).kind, 'failed');
  assert.equal(readSignedRoom(answer('no json')).kind, 'failed');
});

test('room info tells on, paused and over, and counts only where it is clear', () => {
  const told = [2, 3, 4].map((status) => readRoomInfo(answer(JSON.stringify({ data: { status } }))));
  assert.deepEqual(told, ['on', 'paused', 'over']);
  for (const body of ['{"data":{"status":1}}', '{"data":{"status":"4"}}', '{"data":{}}', '{}', 'null', 'x'])
    assert.equal(readRoomInfo(answer(body)), 'unclear');
  assert.equal(readRoomInfo(answer('{"data":{"status":4}}', 500)), 'unclear');
});
