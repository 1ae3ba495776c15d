import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runMeks } from '../support/command.ts';
import { codeOf, rawRequest } from '../support/http-raw.ts';
import { ServeProcess } from '../support/serve-process.ts';

// Rooms that come and go while the broker runs, by the command line and by HTTP, and who may do that.

const folder = mkdtempSync(join(tmpdir(), 'meks-rooms-'));
const tokenFile = join(folder, 'token');
const recording = join(folder, 'empty.ndjson');
const token = 'a-token-for-this-test-alone';
writeFileSync(tokenFile, `${token}\n`);
writeFileSync(recording, '');
let broker: ServeProcess;
let url: string;

before(async () => {
  broker = await ServeProcess.start('--demo', '--no-journal', '--token-file', tokenFile);
  url = `http://127.0.0.1:${broker.port}`;
});

after(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

test('a room is added, listed and removed from the command line', async () => {
  const flags = ['--url', url, '--token-file', tokenFile];
  const added = await runMeks('rooms', 'add', '@somebody', '--replay', recording, ...flags);
  assert.equal(added.code, 0, added.err);
  assert.match(added.out, /^Room somebody is followed until the broker stops: it has no data folder/);
  const listed = await runMeks('rooms', 'list', ...flags);
  assert.match(listed.out, /^demo +@demo +scripted, live .*\nsomebody +@somebody +replay, /);
  const twice = await runMeks('rooms', 'add', '@somebody', '--replay', recording, ...flags);
  assert.match(twice.err, /^MEKS_CONFIG_INVALID: there is a room somebody already: give another id/);
  const removed = await runMeks('rooms', 'remove', '@somebody', ...flags);
  assert.deepEqual([removed.code, removed.out], [0, 'Room @somebody is let go of. Its log stays.\n'], removed.err);
  assert.doesNotMatch((await runMeks('rooms', 'list', ...flags)).out, /somebody/);
  const gone = await runMeks('rooms', 'remove', 'somebody', ...flags);
  assert.match(gone.err, /^MEKS_ROOM_UNKNOWN: no room "somebody"/);
});

test('without the token nothing changes, and reading stays open', async () => {
  const body = JSON.stringify({ id: 'x', handle: 'x', feed: { kind: 'webcast', url: 'ws://127.0.0.1:9' } });
  const headers = { 'content-type': 'application/json' };
  for (const authorization of [{}, { authorization: 'Bearer wrong' }, { authorization: token }]) {
    const answer = await rawRequest(broker.port, 'POST /v1/rooms', { ...headers, ...authorization }, body);
    assert.deepEqual([answer.status, codeOf(answer)], [401, 'MEKS_UNAUTHORIZED']);
  }
  const right = { ...headers, authorization: `Bearer ${token}` };
  assert.equal((await rawRequest(broker.port, 'POST /v1/rooms', right, body)).status, 201);
  assert.equal((await rawRequest(broker.port, 'GET /v1/rooms/x')).status, 200);
});

test('a room that is not described as it should be is refused with what is wrong', async () => {
  const body = JSON.stringify({ id: '../x', handle: 'x', feed: { kind: 'webcast', url: 'http://127.0.0.1' } });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await rawRequest(broker.port, 'POST /v1/rooms', headers, body);
  assert.deepEqual([answer.status, codeOf(answer)], [400, 'MEKS_REQUEST_INVALID']);
  assert.match(answer.body.toString(), /id: use letters.*feed\.url/);
});

test('a room that cannot be opened is refused with the reason, and nothing of it is left', async () => {
  const flags = ['--url', url, '--token-file', tokenFile];
  for (let attempt = 0; attempt < 2; attempt++) {
    const { err, code } = await runMeks('rooms', 'add', '@gone', '--replay', join(folder, 'nowhere.ndjson'), ...flags);
    assert.equal(code, 1);
    assert.match(err, /^MEKS_FILE_UNREADABLE: .*nowhere\.ndjson/);
  }
  assert.doesNotMatch((await runMeks('rooms', 'list', ...flags)).out, /gone/);
});

test('a command without a broker says so', async () => {
  const { err, code } = await runMeks('rooms', 'list', '--url', 'http://127.0.0.1:9');
  assert.equal(code, 1);
  assert.match(err, /^MEKS_BROKER_UNREACHABLE: no broker answers at http:\/\/127\.0\.0\.1:9/);
});

test('a demo that is started again with the same seed brings new events, not duplicates of those in its log', async () => {
  const flags = ['--demo', '--seed', '5', '--data', join(folder, 'demo-data')];
  const seen: { published: number; duplicates: number }[] = [];
  for (let start = 0; start < 2; start++) {
    const demo = await ServeProcess.start(...flags);
    let room: { seq: number; messages: { understood: number; duplicates: number } };
    do room = (await demo.json('/v1/rooms/demo')) as typeof room;
    while (room.messages.understood < 20);
    seen.push({ published: room.seq, duplicates: room.messages.duplicates });
    await demo.stop();
  }
  assert.ok(seen[1]!.published >= seen[0]!.published + 20, JSON.stringify(seen));
  assert.ok(seen[1]!.duplicates < 10, JSON.stringify(seen));
});
