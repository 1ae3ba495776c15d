import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import { systemClock } from '../../base/clock.ts';
import { RecordingWriter } from '../../feed/recording.ts';
import { MeksError } from '../../protocol/errors.ts';
import { WebcastGiftMessageSchema } from '../../protocol/webcast/webcast_pb.ts';
import type { Input } from './input.ts';
import { readInputs } from './input.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-playground-'));
after(() => rmSync(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array): Promise<Input[]> {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return Array.fromAsync(readInputs(file));
}

const message = (extra = ''): string => `{"method":"WebcastLikeMessage","recordedAt":5,"b64":"CgA="${extra}}`;
const event = '{"kind":"gift","user":"alice","gift":"Rose"}';

test('a recording gives one input a line, plain or compressed, with its line number', async () => {
  const text = `${message()}\n\n${event}\r\n{"gap":{"reason":"silence","at":1,"lengthMs":2,"missed":3}}\n`;
  const contents = { 'a.ndjson': text, 'a.ndjson.gz': gzipSync(text), 'a.ndjson.zst': zstdCompressSync(text) };
  for (const [name, content] of Object.entries(contents)) {
    const inputs = await read(name, content);
    assert.deepEqual(
      inputs.map(({ kind, place }) => [kind, place.line]),
      [
        ['raw', 1],
        ['event', 3],
        ['gap', 4],
      ],
      name,
    );
  }
});

test('a text of Windows is read from its first line on, by its byte order mark and its line ends', async () => {
  const texts = { 'w.ndjson': `\uFEFF${message()}\r\n${event}\r\n`, 'w.json': `\uFEFF[${event},\r\n${event}]\r\n` };
  const kinds = async (name: 'w.ndjson' | 'w.json'): Promise<string[]> =>
    (await read(name, texts[name])).map(({ kind }) => kind);
  assert.deepEqual(
    [await kinds('w.ndjson'), await kinds('w.json')],
    [
      ['raw', 'event'],
      ['event', 'event'],
    ],
  );
});

test('lines belong to the room that they name, by id or by host, else to the recording', async () => {
  const lines = ['"roomId":"71"', '"roomId":"0","uniqueId":"host"', '"uniqueId":"host"'].map((key) =>
    message(`,${key}`),
  );
  const inputs = await read('rooms.ndjson', [...lines, message()].join('\n'));
  assert.deepEqual(
    inputs.map(({ place }) => place.room),
    ['71', '@host', '@host', 'rooms.ndjson'],
  );
});

test('a .json file is one input over many lines, or an array of them, in the room of all hand-written files', async () => {
  const [one] = await read('one.json', '{\n  "kind": "share",\n  "user": "alice"\n}\n');
  assert.deepEqual([one?.kind, one?.place.line, one?.place.room], ['event', 0, 'playground']);
  const many = await read('many.json', `[${event}, ${message()}]`);
  assert.deepEqual(
    many.map(({ kind }) => kind),
    ['event', 'raw'],
  );
});

test('a message in the JSON form of protobuf becomes the bytes that upstream would send', async () => {
  const written = { method: 'WebcastGiftMessage', message: { giftId: '5655', repeat_count: 3, user: { id: '9' } } };
  const [input] = await read('gift.json', JSON.stringify(written));
  assert.ok(input?.kind === 'raw');
  const { giftId, repeatCount, user } = fromBinary(WebcastGiftMessageSchema, input.raw.payload);
  assert.deepEqual([input.raw.method, giftId, repeatCount, user?.id], ['WebcastGiftMessage', '5655', 3, '9']);
});

test('what is no input is told with its reason, and what follows is still read', async () => {
  const bad = ['{', '[1]', '5', '{"a":1}', '{"kind":"gft"}', '{"method":"Nope","message":{}}'];
  const wrongField = '{"method":"WebcastGiftMessage","message":{"giftIdd":1}}';
  const inputs = await read('bad.ndjson', [...bad, wrongField, event].join('\n'));
  const reasons = inputs.map((input) => (input.kind === 'malformed' ? input.reason : input.kind));
  for (const [index, expected] of [/^not JSON: /, /^not a JSON object/, /^not a JSON object/, /`method`/].entries())
    assert.match(reasons[index]!, expected);
  assert.match(reasons[4]!, /"gft"/);
  assert.match(reasons[5]!, /"Nope" is none that can be written by hand/);
  assert.match(reasons[6]!, /"giftIdd" is unknown/);
  assert.equal(reasons[7], 'event');
});

test('a compressed file that stops in the middle gives what came before, and says that it is torn', async () => {
  const whole = gzipSync(Array.from({ length: 5000 }, (_, index) => message(`,"n":${index * 7919}`)).join('\n'));
  const inputs = await read('torn.gz', whole.subarray(0, whole.length - 20));
  assert.equal(inputs.at(-1)?.kind, 'torn');
  assert.ok(inputs.length > 1);
});

test('a folder of .json files is all of them, in the order of their names', async () => {
  const events = path.join(folder, 'events');
  mkdirSync(events);
  for (const [name, user] of [
    ['b.json', 'bert'],
    ['a.json', 'anna'],
  ] as const)
    writeFileSync(path.join(events, name), `{"kind":"share","user":"${user}"}`);
  const inputs = await Array.fromAsync(readInputs(events));
  assert.deepEqual(
    inputs.map((input) => (input.kind === 'event' && input.event.kind === 'share' ? input.event.user.handle : '')),
    ['anna', 'bert'],
  );
});

test('the parent of recordings names those below it, the newest first', async () => {
  const parent = path.join(folder, 'recorded');
  for (const stamp of ['2026-01-01T10-00-00', '2026-01-02T10-00-00'])
    await new RecordingWriter({ folder: path.join(parent, 'ana', stamp), room: 'ana', clock: systemClock }).close();
  const [older, newer] = ['2026-01-01T10-00-00', '2026-01-02T10-00-00'].map((stamp) => path.join(parent, 'ana', stamp));
  await assert.rejects(
    Array.fromAsync(readInputs(parent)),
    (error) => error instanceof MeksError && error.message.endsWith(`below it: name one of ${newer}, ${older}`),
  );
});

test('files that cannot be read are named with the reason', async () => {
  mkdirSync(path.join(folder, 'empty'));
  for (const name of ['none.ndjson', 'none.json', 'empty'])
    await assert.rejects(
      Array.fromAsync(readInputs(path.join(folder, name))),
      (error) => error instanceof MeksError && error.code === 'MEKS_FILE_UNREADABLE' && error.message.includes(folder),
      name,
    );
});
