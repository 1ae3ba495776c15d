import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatKept } from '../../src/broker/quarantine-file.ts';
import type { QuarantinedInDetail, QuarantineList } from '../../src/protocol/quarantine.ts';
import { runMeks } from '../support/command.ts';
import { Dashboard } from '../support/dashboard.ts';
import { codeOf, rawRequest } from '../support/http-raw.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';
import { commonOf, giftOf, rawOf } from '../support/webcast-messages.ts';
import { WebcastControlMessageSchema } from '../../src/protocol/webcast/webcast_pb.ts';

// What a broker could not understand: kept over kill -9, listed, shown, exported, and run again by a version that
// understands it.

const folder = mkdtempSync(path.join(tmpdir(), 'meks-set-aside-'));
const token = 'the-push-token-of-this-test';
const tokenFile = path.join(folder, 'token');
writeFileSync(tokenFile, token);
const data = path.join(folder, 'data');
const flags = ['--push', 'main', '--push', 'other', '--push', 'killed', '--push-token-file', tokenFile, '--data', data];
let broker: ServeProcess;

before(async () => {
  broker = await ServeProcess.start(...flags);
});

after(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

async function push(items: readonly object[], room = 'main'): Promise<{ quarantined: number; unknown: number }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await rawRequest(broker.port, `POST /v1/rooms/${room}/push`, headers, JSON.stringify(items));
  assert.equal(answer.status, 200, answer.body.toString());
  return JSON.parse(answer.body.toString());
}

const at = (): string[] => ['--room', 'main', '--url', `http://127.0.0.1:${broker.port}`];
const listed = async (query = ''): Promise<QuarantineList> =>
  (await broker.json(`/v1/rooms/main/quarantine${query}`)) as QuarantineList;

/** A gift whose sender is cut off, and a message that nobody has heard of. */
const torn = { method: 'WebcastGiftMessage', b64: Buffer.from([0x10, 7, 0x3a, 9, 0x68]).toString('base64') };
const strange = { method: 'WebcastFromTheFuture', b64: Buffer.from([0x0a, 2, 0x68, 0x69]).toString('base64') };

test('what cannot be understood is listed with its reason, and shown as far as it can be decoded', async () => {
  const account = await push([torn, strange]);
  assert.deepEqual([account.quarantined, account.unknown], [1, 1]);
  const list = await listed();
  assert.deepEqual(list.reasons, { malformed: 1, 'unknown-method': 1 });
  const [newest] = (await listed('?limit=1')).messages;
  assert.equal(newest?.method, 'WebcastFromTheFuture');
  const shown = (await broker.json(`/v1/rooms/main/quarantine/${newest.id}`)) as QuarantinedInDetail;
  assert.deepEqual([shown.now?.outcome, shown.fields, shown.wire], ['unknown', null, ['1 = "hi"']]);
  const { out, err } = await runMeks('quarantine', 'show', '1', ...at());
  assert.equal(err, '');
  assert.match(out, /WebcastGiftMessage {2}malformed/);
  assert.match(out, /Now: quarantined, malformed/);
  assert.match(out, / {2}2 = 7\n {2}broken at byte 2 of 5: 3a0968\n/);
  assert.match((await runMeks('quarantine', 'list', ...at())).out, /\n2 messages: 1 malformed, 1 unknown-method\n$/);
});

test('what was answered for is there after kill -9, however soon that comes', async () => {
  for (let count = 1; count <= 3; count++) {
    await push([torn], 'killed');
    await broker.stop('SIGKILL');
    broker = await ServeProcess.start(...flags);
    const { count: kept } = (await broker.json('/v1/rooms/killed/quarantine')) as QuarantineList;
    assert.equal(kept, count);
  }
});

test('it is there after kill -9, and an export of it is a recording', async () => {
  const before = await listed();
  await broker.stop('SIGKILL');
  broker = await ServeProcess.start(...flags);
  assert.deepEqual(await listed(), before);
  const out = path.join(folder, 'set-aside.ndjson');
  assert.equal((await runMeks('quarantine', 'export', '--out', out, ...at())).code, 0);
  assert.equal(readFileSync(out, 'utf8').trim().split('\n').length, 2);
  const played = await runMeks('playground', out);
  assert.match(played.out, /1 quarantined, 1 of unknown methods/);
  const again = await runMeks('quarantine', 'export', '--out', out, ...at());
  assert.match(again.err, /^MEKS_FILE_UNWRITABLE/, 'nothing is written over');
});

test('what is still not understood stays when it is run again', async () => {
  const { out } = await runMeks('quarantine', 'retry', ...at());
  assert.equal(
    out,
    '2 messages run again: 0 understood, 0 counted before, 0 of no use any more (they stay), 2 not understood (they stay).\n',
  );
  assert.equal((await listed()).count, 2);
});

test('what this version understands is published late, once; what tells how things stood is not', async () => {
  // As a version that did not understand them would have left them.
  const common = commonOf('9');
  const ended = rawOf(WebcastControlMessageSchema, { common, action: 3 });
  const kept = [giftOf({ msgId: '1', price: 5 }), giftOf({ msgId: '2', price: 7, group: '8' }), ended].map(
    (raw, index) =>
      formatKept({
        raw,
        facts: {
          id: index + 1,
          at: raw.receivedAt,
          method: raw.method,
          msgId: raw.msgId,
          reason: 'type-changed',
          detail: 'field 7',
          byteLength: raw.payload.length,
          kept: true,
        },
        from: { life: 'an earlier version', number: index + 1 },
      }),
  );
  await broker.stop();
  const directory = path.join(data, 'rooms', 'other', 'quarantine');
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, '000000000001.ndjson'), kept.join(''));
  broker = await ServeProcess.start(...flags);
  const screen = new Dashboard({ port: broker.port, room: 'other' });
  await screen.until('it is there', ({ view }) => view !== null);
  const url = `http://127.0.0.1:${broker.port}`;
  const first = await runMeks('quarantine', 'retry', '1', '--room', 'other', '--url', url);
  assert.match(first.out, /^1 message run again: 1 understood/, first.err);
  const twice = await runMeks('quarantine', 'retry', '1', '1', '--room', 'other', '--url', url);
  assert.match(
    twice.out,
    /^0 messages run again: .*\n1 of what was asked for is not in the quarantine: understood before/,
  );
  const rest = await runMeks('quarantine', 'retry', '--room', 'other', '--url', url);
  assert.match(rest.out, /^2 messages run again: 1 understood, 0 counted before, 1 of no use any more/);
  const none = await runMeks('quarantine', 'retry', '--room', 'other', '--url', url);
  assert.match(none.out, /^1 message run again: 0 understood, 0 counted before, 1 of no use any more/);
  await screen.until('both gifts came', ({ view }) => view!.session.diamonds === 12);
  assert.equal(screen.view!.session.status, 'live', 'an end that was long ago ends nothing');
  screen.close();
  const { messages } = (await broker.json('/v1/rooms/other')) as { messages: Record<string, number> };
  const { accepted, understood, duplicates, ignored, quarantined, unknown, queued } = messages;
  assert.equal(accepted, understood! + duplicates! + ignored! + quarantined! + unknown! + queued!, 'the sums hold');
});

test('events that came late say so, in the log too', async () => {
  await broker.stop();
  const exported = await runMeks('export', 'events', '--data', data, '--room', 'other', '--format', 'ndjson');
  const gifts = exported.out
    .split('\n')
    .filter((line) => line.includes('"kind":"gift"'))
    .map((line) => JSON.parse(line));
  broker = await ServeProcess.start(...flags);
  assert.equal(exported.code, 0, exported.err);
  assert.equal(gifts.length, 2, exported.out);
  assert.ok(gifts.every((event) => event.late === true));
});

test('what is not there is told', async () => {
  for (const [address, status, code] of [
    ['GET /v1/rooms/main/quarantine/99', 404, 'MEKS_MESSAGE_UNKNOWN'],
    ['GET /v1/rooms/nobody/quarantine', 404, 'MEKS_ROOM_UNKNOWN'],
    ['GET /v1/rooms/main/quarantine/x', 400, 'MEKS_REQUEST_INVALID'],
    ['GET /v1/rooms/main/quarantine?limit=0', 400, 'MEKS_REQUEST_INVALID'],
  ] as const) {
    const answer = await rawRequest(broker.port, address);
    assert.deepEqual([answer.status, codeOf(answer)], [status, code], address);
  }
});

test('signs of drift are counted by method and field, and an alarm is told once in the log and with the room', async () => {
  const noSender = rawOf(WebcastControlMessageSchema, { common: commonOf('77') });
  const gift = { method: 'WebcastGiftMessage', b64: Buffer.from(noSender.payload).toString('base64') };
  await push([gift, gift, strange, strange]);
  const room = (await broker.json('/v1/rooms/main')) as { driftAlarms: number };
  assert.equal(room.driftAlarms, 1);
  const { out } = await runMeks('drift', ...at());
  assert.match(out, /^1 alarm\n.*method-changed {2}WebcastGiftMessage/);
  assert.match(out, /1 method never heard of\n +2 .*WebcastFromTheFuture\n/);
  assert.match(out, /WebcastGiftMessage 7: a field that used to be there is not/);
  await until('the log tells it', () => /upstream\.changed/.test(broker.output));
  assert.equal(broker.output.match(/upstream\.changed/g)?.length, 1);
  assert.match(
    (await runMeks('rooms', 'list', '--url', `http://127.0.0.1:${broker.port}`)).out,
    /drift \(meks drift\)/,
  );
});
