import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Rig, withRig } from '../../test/support/gateway-rig.ts';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { RawSocket, request } from '../../test/support/raw-socket.ts';
import { until } from '../../test/support/until.ts';
import { codeOf, rawRequest } from '../../test/support/http-raw.ts';
import { battleDescription, battleList } from './cold/schemas/battles.ts';
import { opcodes, WireClient } from '../../test/support/websocket-wire.ts';

const path = '/v1/rooms/main/boards/session/stream';
const boardProtocol = { 'sec-websocket-protocol': 'meks.board.v1' };

async function refused(rig: Rig, address: string, headers: Record<string, string>): Promise<[unknown, number]> {
  const client = await WireClient.open(rig.port, address, headers);
  const close = await client.expectClose();
  const [error] = client.messages();
  client.close();
  return [error?.['code'], close.code];
}

test('a subscription to a board is opened with either subprotocol, and says what it shows', async () => {
  await withRig({}, async (rig) => {
    for (const protocol of ['meks.board.v1', 'meks.v1', 'other, meks.board.v1']) {
      const address = '/v1/rooms/%40creator/boards/5m/stream?rows=7&around=42&each=2';
      const client = await WireClient.open(rig.port, address, { 'sec-websocket-protocol': protocol });
      await client.expect(opcodes.text);
      client.close();
    }
    const request = { scope: { kind: 'window', minutes: 5 }, rows: 7, around: '42', each: 2 };
    assert.deepEqual(rig.room.boardsAsked, [request, request, request]);
  });
});

test('what is wrong with a subscription is told in an error frame and by the close code', async () => {
  await withRig({}, async (rig) => {
    const none = await refused(rig, '/v1/rooms/main/boards/best/stream', boardProtocol);
    assert.deepEqual(none, ['MEKS_BOARD_INVALID', 4509]);
    assert.deepEqual(await refused(rig, `${path}?rows=500`, boardProtocol), ['MEKS_BOARD_INVALID', 4509]);
    const nobody = await refused(rig, '/v1/rooms/nobody/boards/session/stream', boardProtocol);
    assert.deepEqual(nobody, ['MEKS_ROOM_UNKNOWN', 4501]);
    const room = await refused(rig, '/v1/rooms/main/stream', boardProtocol);
    assert.deepEqual(room, ['MEKS_SUBPROTOCOL_INVALID', 4503]);
    rig.room.boardsFull = true;
    assert.deepEqual(await refused(rig, path, boardProtocol), ['MEKS_BOARDS_FULL', 4003]);
    assert.equal(rig.gateway.counters.get('closedBoard'), 3);
    assert.deepEqual(rig.room.seats, []);
    await assertSums(rig.gateway);
  });
});

test('a board comes as server-sent events, and its errors as HTTP', async () => {
  await withRig({}, async (rig) => {
    const bad = await rawRequest(rig.port, 'GET /v1/rooms/main/boards/best/events');
    assert.deepEqual([bad.status, codeOf(bad)], [400, 'MEKS_BOARD_INVALID']);
    const unknown = await rawRequest(rig.port, 'GET /v1/rooms/nobody/boards/day/events');
    assert.deepEqual([unknown.status, codeOf(unknown)], [404, 'MEKS_ROOM_UNKNOWN']);
    rig.room.boardsFull = true;
    const raw = await RawSocket.open(rig.port);
    raw.send(request(rig.port, 'GET /v1/rooms/main/boards/day/events', {}));
    await until('it is closed', () => raw.ended || raw.closed);
    assert.match(raw.text, /"code":"MEKS_BOARDS_FULL".*\n\nevent: close\ndata: \{"code":4003,.*true\}/s);
    raw.close();
  });
});

test('a part of a board is asked for over REST', async () => {
  await withRig({ cold: true }, async (rig) => {
    const ask = async (query: string): Promise<unknown> => {
      const answer = await rawRequest(rig.port, `GET /v1/rooms/main/boards/${query}`);
      return answer.status === 200 ? JSON.parse(answer.body.toString()).question : [answer.status, codeOf(answer)];
    };
    const session = { scope: { kind: 'session' }, page: 0, pageRows: 20, around: '', each: 0 };
    assert.deepEqual(await ask('session'), session);
    const paged = { scope: { kind: 'window', minutes: 60 }, page: 3, pageRows: 50, around: '42', each: 3 };
    assert.deepEqual(await ask('1h?rows=50&page=3&around=42'), paged);
    assert.deepEqual(await ask('best'), [400, 'MEKS_BOARD_INVALID']);
    for (const query of ['rows=101', 'rows=x', 'page=-1', 'each=11', 'around=a/b'])
      assert.deepEqual(await ask(`session?${query}`), [400, 'MEKS_REQUEST_INVALID'], query);
    const hint = await rawRequest(rig.port, `GET ${path}`);
    assert.deepEqual([hint.status, codeOf(hint)], [426, 'MEKS_UPGRADE_REQUIRED']);
  });
});

test('battles are listed over REST, and one that no room holds is said to be unknown', async () => {
  await withRig({ cold: true }, async (rig) => {
    const list = await rawRequest(rig.port, 'GET /v1/battles');
    const { battles } = battleList.parse(JSON.parse(list.body.toString()));
    const one = await rawRequest(rig.port, 'GET /v1/battles/x');
    assert.deepEqual(battles, [battleDescription.parse(JSON.parse(one.body.toString()))]);
    const none = await rawRequest(rig.port, 'GET /v1/battles/y');
    assert.deepEqual([none.status, codeOf(none)], [404, 'MEKS_BATTLE_UNKNOWN']);
  });
});
