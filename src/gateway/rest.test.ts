import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type * as z from 'zod';
import { openRig } from '../../test/support/gateway-rig.ts';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { codeOf, rawRequest } from '../../test/support/http-raw.ts';
import { emptyRoomView } from '../protocol/room-view.ts';
import { errorBody, health, readiness, roomDescription, roomList } from './cold/schemas/answers.ts';
import { snapshotFrame } from './cold/schemas/frames.ts';
import { noteList } from './cold/schemas/operator.ts';

// REST through both halves of the gateway, each answer held to the schema that the documents show.

let ready = true;
/** What was asked of the hot thread. */
const commands: object[] = [];
const rig = await openRig({
  cold: true,
  ready: () => ready,
  allowedOrigins: ['https://dash.example'],
  run: ({ name, input }) => {
    commands.push({ name, ...input });
    return Promise.resolve({ kind: 'done', answer: { notes: [], total: 0 } });
  },
});
const snapshotText = JSON.stringify({
  kind: 'snapshot',
  epoch: 'abc',
  seq: 7,
  view: emptyRoomView({ id: 'main', handle: 'creator' }),
});
rig.room.snapshotBytes = () => Buffer.from(snapshotText);
after(async () => {
  await assertSums(rig.gateway);
  await rig.close();
});

async function answers<Schema extends z.ZodType>(
  path: string,
  status: number,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const answer = await rawRequest(rig.port, `GET ${path}`);
  assert.equal(answer.status, status, path);
  assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
  return schema.parse(JSON.parse(answer.body.toString()));
}

test('health and readiness are told apart', async () => {
  await answers('/healthz', 200, health);
  const rooms = { rooms: 1, mismatched: [], disks: [{ room: 'main', ...rig.room.disk }] };
  assert.deepEqual(await answers('/readyz', 200, readiness), { status: 'ready', ...rooms });
  ready = false;
  assert.deepEqual(await answers('/readyz', 503, readiness), { status: 'starting', ...rooms });
  await answers('/healthz', 200, health);
  ready = true;
});

test('a broker that writes nothing is not ready; one whose disk is slow, or at its quota, is, and says so', async () => {
  const calm = rig.room.disk;
  const told = async (status: number): Promise<unknown[]> => {
    const { status: word, disks } = await answers('/readyz', status, readiness);
    return [word, disks[0]!.state, disks[0]!.refuses, disks[0]!.retention.state];
  };
  const { retention } = calm;
  for (const state of ['disk-full', 'disk-failed'] as const) {
    rig.room.disk = { ...calm, state, waiting: 12 };
    assert.deepEqual(await told(503), ['not-writing', state, false, 'within']);
  }
  rig.room.disk = { ...calm, state: 'behind', refuses: true };
  assert.deepEqual(await told(503), ['not-writing', 'behind', true, 'within']);
  for (const state of ['none', 'behind', 'sync-failed'] as const) {
    rig.room.disk = { ...calm, state };
    assert.deepEqual(await told(200), ['ready', state, false, 'within']);
  }
  for (const state of ['at-quota', 'no-snapshot', 'history', 'open-segment', 'failed'] as const) {
    rig.room.disk = { ...calm, retention: { ...retention, state } };
    assert.deepEqual(await told(200), ['ready', 'ok', false, state]);
  }
  rig.room.disk = calm;
});

test('rooms are listed, and found by id and by handle', async () => {
  const expected = rig.room.describe();
  assert.deepEqual(await answers('/v1/rooms', 200, roomList), { rooms: [expected] });
  for (const name of ['main', 'creator', '@creator', '%40creator'])
    assert.deepEqual(await answers(`/v1/rooms/${name}`, 200, roomDescription), expected, name);
});

test('a room that there is not is answered 404, a name that can be none 400', async () => {
  assert.equal((await answers('/v1/rooms/nobody', 404, errorBody)).error.code, 'MEKS_ROOM_UNKNOWN');
  assert.equal((await answers('/v1/rooms/nobody/snapshot', 404, errorBody)).error.code, 'MEKS_ROOM_UNKNOWN');
  const tooLong = await answers(`/v1/rooms/${'x'.repeat(150)}`, 400, errorBody);
  assert.equal(tooLong.error.code, 'MEKS_REQUEST_INVALID');
  assert.match(tooLong.error.message, /^room: .*openapi\.json$/);
});

test('a snapshot is what a stream would begin with, tagged with its position and its source', async () => {
  const frame = await answers('/v1/rooms/main/snapshot', 200, snapshotFrame);
  assert.equal(JSON.stringify(frame), snapshotText);
  const answer = await rawRequest(rig.port, 'GET /v1/rooms/main/snapshot');
  const etag = answer.headers['etag'] ?? '';
  assert.equal(etag, '"abc:7:live"');
  const again = await rawRequest(rig.port, 'GET /v1/rooms/main/snapshot', { 'if-none-match': etag });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
  rig.room.seq = 8;
  const moved = await rawRequest(rig.port, 'GET /v1/rooms/main/snapshot', { 'if-none-match': etag });
  assert.deepEqual([moved.status, moved.headers['etag']], [200, '"abc:8:live"']);
  rig.room.seq = 7;
});

test('a snapshot whose source has changed is another one, though nothing was published', async (t) => {
  const { etag = '' } = (await rawRequest(rig.port, 'GET /v1/rooms/main/snapshot')).headers;
  rig.room.source = 'silent';
  t.after(() => (rig.room.source = 'live'));
  const silent = await rawRequest(rig.port, 'GET /v1/rooms/main/snapshot', { 'if-none-match': etag });
  assert.deepEqual([silent.status, silent.headers['etag']], [200, '"abc:7:silent"']);
});

test('the note on one person can be asked for, and only by what can be a user’s id', async () => {
  const path = '/v1/rooms/main/operator/notes';
  assert.deepEqual(await answers(`${path}?user=7100000000000000001`, 200, noteList), { notes: [], total: 0 });
  await answers(`${path}?offset=3`, 200, noteList);
  const about = { name: 'operator.notes', room: 'main' };
  assert.deepEqual(commands, [
    { ...about, user: '7100000000000000001', offset: 0, limit: 100 },
    { ...about, user: '', offset: 3, limit: 100 },
  ]);
  assert.equal((await answers(`${path}?user=@mei`, 400, errorBody)).error.code, 'MEKS_REQUEST_INVALID');
});

test('the address of a stream asked for without an upgrade says what to do', async () => {
  const answer = await rawRequest(rig.port, 'GET /v1/rooms/main/stream');
  assert.deepEqual([answer.status, codeOf(answer)], [426, 'MEKS_UPGRADE_REQUIRED']);
  assert.deepEqual([answer.headers['upgrade'], answer.headers['sec-websocket-version']], ['websocket', '13']);
});

test('an address that a forward proxy wrote in full is the same address', async () => {
  for (const host of ['127.0.0.1', '[no-address']) {
    const answer = await rawRequest(rig.port, `GET http://${host}/v1/rooms`);
    assert.equal(answer.status, 200, host);
  }
  const stream = await rawRequest(rig.port, 'GET http://127.0.0.1/v1/rooms/main/stream');
  assert.equal(codeOf(stream), 'MEKS_UPGRADE_REQUIRED');
});

test('JSON that came as something else is answered with how to send it', async () => {
  const body = '{"id":"other","source":{"kind":"push"}}';
  const types = [{}, { 'content-type': 'application/x-www-form-urlencoded' }, { 'content-type': 'text/plain' }];
  for (const type of types) {
    const answer = await rawRequest(rig.port, 'POST /v1/rooms', type, body);
    assert.equal(answer.status, 400);
    assert.match(answer.body.toString(), /send JSON with content-type: application\/json/);
  }
});

test('metrics are Prometheus text, with what the gateway itself counts', async () => {
  const answer = await rawRequest(rig.port, 'GET /metrics');
  assert.match(answer.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(answer.body.toString(), /^meks_gateway_requests_total [1-9]/m);
});

test('a listed origin may read answers, and only that one', async () => {
  const listed = await rawRequest(rig.port, 'GET /v1/rooms', { origin: 'https://dash.example' });
  assert.equal(listed.headers['access-control-allow-origin'], 'https://dash.example');
  const none = await rawRequest(rig.port, 'GET /v1/rooms');
  assert.equal(none.headers['access-control-allow-origin'], undefined);
});

test('an answer of one broker may not be shown by pages of others', async () => {
  const answer = await rawRequest(rig.port, 'GET /v1/rooms');
  assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
  assert.equal(answer.headers['cache-control'], 'no-store');
});
