import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import type { PushFrame } from '../../src/protocol/push.ts';
import { runMeks } from '../support/command.ts';
import { codeOf, rawRequest } from '../support/http-raw.ts';
import { ServeProcess } from '../support/serve-process.ts';

// Events of another program: over HTTP and over a WebSocket into the real broker, acknowledged when the log has them.

const folder = mkdtempSync(path.join(tmpdir(), 'meks-push-'));
const tokenFile = path.join(folder, 'token');
const token = 'the-push-token-of-this-test';
writeFileSync(tokenFile, token);
const flags = ['--push', '@ana', '--push-token-file', tokenFile, '--demo', '--data', path.join(folder, 'data')];
let broker: ServeProcess;

before(async () => {
  broker = await ServeProcess.start(...flags);
});

after(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

const rose = (id: string, count = 1): object => ({
  event: 'gift',
  id,
  data: { userId: '7', uniqueId: 'bo', giftId: 5655, giftName: 'Rose', diamondCount: 1, repeatCount: count },
});

const asLines = (items: readonly object[]): string => items.map((item) => JSON.stringify(item)).join('\n');

async function post(body: string, bearer = token, room = 'ana', more = {}): ReturnType<typeof rawRequest> {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/x-ndjson', ...more };
  return await rawRequest(broker.port, `POST /v1/rooms/${room}/push`, headers, body);
}

async function diamonds(): Promise<number> {
  return ((await broker.json('/v1/rooms/ana')) as { diamonds: number }).diamonds;
}

test('what is pushed over HTTP is on the board when it is answered; pushed again, it is told as a duplicate', async () => {
  const body = asLines([rose('a-1', 3), rose('a-2', 2)]);
  const first = await post(body);
  assert.equal(first.status, 200, first.body.toString());
  const account = { taken: 2, ignored: 0, quarantined: 0, unknown: 0, malformed: [], malformedCount: 0 };
  assert.deepEqual(JSON.parse(first.body.toString()), { ...account, understood: 2, duplicates: 0 });
  const counted = await diamonds();
  assert.equal(counted, 5);
  const again = await post(body);
  assert.deepEqual(JSON.parse(again.body.toString()), { ...account, understood: 0, duplicates: 2 });
  assert.equal(await diamonds(), counted);
});

test('items without ids, pushed again under the same Idempotency-Key, count once', async () => {
  const anonymous = { ...rose(''), id: undefined };
  const push = async (key: string): Promise<unknown> => {
    const answer = await post(asLines([anonymous, anonymous]), token, 'ana', { 'idempotency-key': key });
    return answer.status === 200 ? JSON.parse(answer.body.toString()).understood : answer.body.toString();
  };
  assert.equal(await push('night-1'), 2);
  assert.equal(await push('"night-1"'), 0, 'as structured headers are written');
  assert.equal(await push('night-2'), 2);
  assert.match(String(await push('a b')), /MEKS_REQUEST_INVALID.*another for each push/);
});

test('items without ids are new events, however equal they are', async () => {
  const anonymous = { ...rose(''), id: undefined };
  const items = asLines(Array.from({ length: 5 }, () => anonymous));
  for (const push of [1, 2])
    assert.equal(JSON.parse((await post(items)).body.toString()).understood, 5, `push ${push}`);
});

test('a JSON array does as well, and what cannot be read is told by its number', async () => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify([{ event: 'lottery', data: {} }, rose('b-1'), 7]);
  const answer = await rawRequest(broker.port, 'POST /v1/rooms/@ana/push', headers, body);
  const told = JSON.parse(answer.body.toString());
  assert.deepEqual(
    [told.taken, told.understood, told.malformedCount, told.malformed.map(({ item }: { item: number }) => item)],
    [1, 1, 2, [1, 3]],
  );
});

test('ids that are bare numbers keep their digits, whatever the body calls itself', async () => {
  const gift = '"userId":6900000000000000777,"giftId":5655,"diamondCount":1,"repeatCount":1';
  for (const [last, type] of [
    ['01', 'application/json'],
    ['02', 'application/x-ndjson'],
  ] as const) {
    const body = `{"event":"gift","data":{"msgId":73640000000000001${last},${gift}}}`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const answer = await rawRequest(broker.port, 'POST /v1/rooms/@ana/push', headers, body);
    const { understood, quarantined } = JSON.parse(answer.body.toString());
    assert.deepEqual([understood, quarantined], [1, 0], type);
  }
  const { rows } = (await broker.json('/v1/rooms/ana/boards/session')) as { rows: { user: { id: string } }[] };
  assert.ok(rows.some(({ user }) => user.id === '6900000000000000777'));
});

test('only the room’s own token pushes, only to a room that is pushed to, and not too much at once', async () => {
  const wrong = await post('', 'another-token-altogether');
  assert.deepEqual([wrong.status, codeOf(wrong)], [401, 'MEKS_UNAUTHORIZED']);
  const elsewhere = await post('', token, 'demo');
  assert.deepEqual([elsewhere.status, codeOf(elsewhere)], [409, 'MEKS_ROOM_NOT_PUSHED']);
  const unknown = await post('', token, 'nobody');
  assert.deepEqual([unknown.status, codeOf(unknown)], [404, 'MEKS_ROOM_UNKNOWN']);
  const many = await post(asLines(Array.from({ length: 5_001 }, () => ({ b64: '', method: 'X' }))));
  assert.deepEqual([many.status, codeOf(many)], [413, 'MEKS_REQUEST_TOO_LARGE']);
});

interface Opened {
  readonly frames: PushFrame[];
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
}

async function open(protocols: string[], room = 'ana', headers = {}): Promise<Opened> {
  const socket = new WebSocket(`ws://127.0.0.1:${broker.port}/v1/rooms/${room}/push`, protocols, { headers });
  const frames: PushFrame[] = [];
  const closed = once(socket, 'close').then(([code]) => code as number);
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())));
  await once(socket, 'message');
  return { frames, closed, socket };
}

test('over a WebSocket each message is acknowledged in order; the token comes in a header or as a subprotocol', async () => {
  const byHeader = await open(['meks.push.v1'], 'ana', { authorization: `Bearer ${token}` });
  assert.deepEqual(byHeader.frames, [{ kind: 'welcome', room: 'ana', window: 8 }]);
  byHeader.socket.close(1000);
  const { socket, frames } = await open(['meks.push.v1', token]);
  for (let push = 0; push < 40; push++) socket.send(asLines([rose(`c-${push}`), rose(`c-${push}`)]));
  while (frames.length < 41) await once(socket, 'message');
  for (const [index, frame] of frames.slice(1).entries()) {
    assert.ok(frame.kind === 'ack');
    assert.deepEqual([frame.push, frame.taken, frame.understood, frame.duplicates], [index + 1, 2, 1, 1]);
  }
  socket.close(1000);
});

test('a pusher that may not come in is told why, and whether to come back', async () => {
  for (const [protocols, room, code, name] of [
    [['meks.push.v1'], 'ana', 4506, 'MEKS_UNAUTHORIZED'],
    [['meks.push.v1', token], 'nobody', 4501, 'MEKS_ROOM_UNKNOWN'],
    [['meks.push.v1', token], 'demo', 4507, 'MEKS_ROOM_NOT_PUSHED'],
    [['meks.v1', token], 'ana', 4508, 'MEKS_SUBPROTOCOL_INVALID'],
  ] as const) {
    const { frames, closed } = await open([...protocols], room);
    assert.equal(await closed, code);
    assert.ok(frames[0]?.kind === 'error');
    assert.equal(frames[0].code, name);
  }
});

test('a pusher that vanishes becomes a gap in the stream as soon as somebody pushes again', async () => {
  const { socket } = await open(['meks.push.v1', token]);
  socket.send(JSON.stringify(rose('d-1')));
  await once(socket, 'message');
  socket.terminate();
  const lost = async (): Promise<boolean> => {
    const room = (await broker.json('/v1/rooms/ana')) as { source: string };
    return room.source === 'connecting';
  };
  while (!(await lost()));
  await post(asLines([rose('d-2')]));
  const { view } = (await broker.json('/v1/rooms/ana/snapshot')) as { view: { gaps: { count: number } } };
  assert.equal(view.gaps.count, 1);
});

test('what was acknowledged survives kill -9, and is a duplicate after the restart', async () => {
  const body = asLines(Array.from({ length: 50 }, (_, index) => rose(`e-${index}`)));
  assert.equal((await post(body)).status, 200);
  const before = await diamonds();
  await broker.stop('SIGKILL');
  broker = await ServeProcess.start(...flags);
  assert.equal(await diamonds(), before);
  assert.equal(JSON.parse((await post(body)).body.toString()).duplicates, 50);
  assert.equal(await diamonds(), before);
});

test('the example program pushes lines and says what became of them', async () => {
  const url = `http://127.0.0.1:${broker.port}`;
  const example = spawn(process.execPath, ['examples/push.mjs', url, 'ana', token], { stdio: 'pipe' });
  example.stdin.end(`${asLines(Array.from({ length: 20 }, (_, index) => rose(`f-${index % 19}`)))}\n`);
  const [out, err] = await Promise.all([text(example.stdout), text(example.stderr)]);
  assert.equal(err, '');
  assert.equal(out.split('\n').filter((line) => /^push \d+: 1 understood, 0 duplicates$/.test(line)).length, 19);
  assert.match(out, /^push 20: 0 understood, 1 duplicates$/m);
});

test('a room to push to is made while the broker runs, and its token shown once', async () => {
  const added = await runMeks('rooms', 'add', '@cleo', '--push', '--url', `http://127.0.0.1:${broker.port}`);
  assert.equal(added.code, 0, added.err);
  const shown = /^Its push token, shown this once: (\S+)$/m.exec(added.out)?.[1];
  assert.ok(shown !== undefined, added.out);
  assert.equal((await post(asLines([rose('1')]), shown, 'cleo')).status, 200);
  assert.equal((await post(asLines([rose('1')]), token, 'cleo')).status, 401);
});
