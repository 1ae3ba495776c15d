import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { defaultSignUrl } from '../protocol/room-definition.ts';
import { parseJsonc, placeOf } from './jsonc.ts';
import { roomsFileOf, saveRoomsFile } from './rooms-file.ts';
import { configJsonSchema, readConfigFile, readRoomsFile } from './settings.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-settings-'));
after(() => rmSync(folder, { recursive: true }));

const file = path.join(folder, 'meks.json');
const read = (text: string): ReturnType<typeof readConfigFile> => {
  writeFileSync(file, text);
  return readConfigFile(file);
};
const refused = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    assert.equal(code, 'MEKS_CONFIG_INVALID');
    assert.ok(message.startsWith(file), message);
    return message.slice(file.length);
  }
  return assert.fail('it was read');
};

test('a config file may have comments and trailing commas, and names files from where it is', () => {
  const config = read(
    `{
    // where it listens
    "host": "0.0.0.0", "port": 5000, /* a proxy's */ "allowHosts": ["meks.example.org",],
    "data": "logs", "fsync": 20, "tokenFile": "/etc/token",
    "rooms": [
      { "handle": "ana", "feed": { "kind": "push", "token": "a//token/*-no" } },
    ],
  }`.replace('a//token/*-no', '0123456789abcdef'),
  );
  assert.deepEqual(config, {
    host: '0.0.0.0',
    port: 5000,
    allowHosts: ['meks.example.org'],
    data: path.join(folder, 'logs'),
    sync: { kind: 'interval', ms: 20 },
    tokenFile: '/etc/token',
    rooms: [{ id: 'ana', handle: 'ana', feed: { kind: 'push', token: '0123456789abcdef' } }],
  });
  const replay = '{"id":"r","handle":"r","feed":{"kind":"replay","path":"a.ndjson","speed":1,"loop":false}}';
  const { rooms, data } = read(`{"data":null,"rooms":[${replay}]}`);
  assert.equal(data, null);
  assert.ok(rooms[0]?.feed.kind === 'replay');
  assert.equal(rooms[0].feed.path, path.join(folder, 'a.ndjson'));
});

test('what is wrong with a config file is told with its place', () => {
  const room = (feed: string): string => `{"handle":"ana","feed":${feed}}`;
  const twins = `{"rooms":[${room('{"kind":"euler","apiKey":""}')},${room('{"kind":"euler","apiKey":""}')}]}`;
  for (const [text, place] of [
    ['{"rooms":[],"port":70000}', /^:1:20: port: /],
    ['{"rooms":[],\n "prot":1}', /^:2:2: prot: there is no such setting: did you mean "port"\?$/],
    ['{"rooms":[],"weather":1}', /^:1:13: weather: there is no such setting: `meks config schema` has them all$/],
    ['{}', /^:1:1: rooms: is missing: give a list: \[ … \]$/],
    ['{"rooms":[],\n"port":-1,\n"host":""}', /^:2:8: port: .*\n.*:3:8: host: /],
    [
      `{"rooms":[${room('{"kind":"euler","apikey":""}')}]}`,
      /: rooms\[0\]\.feed\.apikey: there .* did you mean "apiKey"/,
    ],
    ['{"rooms":[{"handle":"@ana","feed":{"kind":"euler","apiKey":""}}]}', /^:1:21: rooms\[0\]\.handle: give a handle/],
    [`{"rooms":[${room('{"kind":"webcast","url":"http://x"}')}]}`, /^:1:\d+: rooms\[0\]\.feed\.url: /],
    [`{"rooms":[${room('{"kind":"push","token":"short"}')}]}`, /^:1:\d+: rooms\[0\]\.feed\.token: use 16/],
    [`{"rooms":[${room('{"kind":"carrier-pigeon"}')}]}`, /^:1:\d+: rooms\[0\]\.feed\.kind: /],
    ['{"rooms":[],"allowOrigins":["http://a/b"]}', /: allowOrigins\[0\]: give an origin such as https:/],
    ['{"rooms":[],"port":"4820"}', /^:1:20: port: give a number, without quotes$/],
    ['[]', /^:1:1: the file: give an object: \{ … \}$/],
    ['{"rooms":[],"compress":"yes"}', /^:1:24: compress: give "never", "remote" or "always"$/],
    [
      '{"rooms":[],"senders":1.5,"host":""}',
      /senders: give a whole number\n.* host: is empty: give a text, or leave it/,
    ],
    ['{"rooms":[],"fsync":"50"}', /^:1:21: fsync: give "os", "always", or milliseconds from 1 to 60000$/],
    ['{"rooms":[],"port":1,"port":2}', /^:1:22: "port" stands there twice: leave one$/],
    [`{"rooms":[${room('{"kind":"carrier-pigeon"}')}]}`, /: give "scripted", "replay", .* or "tiktok"$/],
    ['{"rooms":[],"ring":1000}', /^:1:20: ring: give a power of two/],
    [twins, /^:1:64: rooms\[1\]: id ana is that of rooms\[0\] too/],
    ['{\n  "rooms": [],\n  oops\n}', /^:3:3: not JSON/],
    ['', /^:1:1: not JSON/],
  ] as const)
    assert.match(refused(text), place);
  assert.throws(() => readConfigFile(path.join(folder, 'nowhere.json')), { code: 'MEKS_FILE_UNREADABLE' });
});

test('what a feed has by default on the command line may be left out in the file as well', () => {
  const feeds = ['{"kind":"tiktok"}', '{"kind":"replay","path":"/a.ndjson"}'];
  const { rooms } = read(`{"rooms":[${feeds.map((feed, at) => `{"handle":"room${at}","feed":${feed}}`).join(',')}]}`);
  assert.deepEqual(
    rooms.map(({ feed }) => feed),
    [
      { kind: 'tiktok', signUrl: defaultSignUrl, signKeys: [] },
      { kind: 'replay', path: '/a.ndjson', speed: 1, loop: false },
    ],
  );
});

test('the schema for editors knows every setting', () => {
  const { properties } = configJsonSchema() as { properties: Record<string, { description?: string }> };
  assert.ok('port' in properties && 'rooms' in properties);
  for (const [name, { description }] of Object.entries(properties)) assert.ok(description !== undefined, name);
});

test('comments are told from strings that look like them, and mistakes keep their place', () => {
  const value = { url: 'ws://a/*b*/', text: 'a "// b", ]', list: [1, 2] };
  const text = JSON.stringify(value).replace('{', '{ // "x": 1,\n /* ,] */').replace('2]', '2, /* last */ ]');
  assert.deepEqual(parseJsonc(text), { kind: 'value', value });
  for (const [broken, line, column, reason] of [
    ['[1,,2]', 1, 4, 'a value'],
    ['/* a\n b */ [1 2]', 2, 10, '"," or "]"'],
    ['{"a":1', 1, 7, '"," or "}"'],
    ['{a:1}', 1, 2, 'a name in quotes'],
    ['{"a" 1}', 1, 6, '":"'],
    ['["a\nb"]', 1, 2, 'a string that ends'],
    ['[01]', 1, 3, '"," or "]"'],
    ['[1] 2', 1, 5, 'the end'],
    ['['.repeat(100), 1, 66, 'less nesting'],
  ] as const)
    assert.deepEqual(parseJsonc(broken), { kind: 'malformed', line, column, reason: `not JSON: expected ${reason}` });
});

test('every value and every name is found where it stands; what is not there, where it would be', () => {
  const text = '\uFEFF{ // "b": 0\n  "a": [1, {"b": "x"}],\n  "c": null }';
  for (const [keys, named, line, column] of [
    [[], false, 1, 2],
    [['a'], false, 2, 8],
    [['a'], true, 2, 3],
    [['a', 0], false, 2, 9],
    [['a', 1, 'b'], false, 2, 18],
    [['a', 1, 'b'], true, 2, 13],
    [['c'], false, 3, 8],
    [['a', 1, 'd', 'e'], false, 2, 12],
    [['d'], true, 1, 2],
  ] as const)
    assert.deepEqual(placeOf(text, keys, named), { line, column }, keys.join('.'));
});

test('what JSON.parse reads, this reads as well', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 3 }), (value, indent) => {
      assert.deepEqual(parseJsonc(JSON.stringify(value, null, indent)), {
        kind: 'value',
        value: JSON.parse(JSON.stringify(value)),
      });
    }),
  );
});

test('whatever text comes, it is read or told where it is wrong', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '1',
    '-',
    'true',
    ' ',
    '//',
    '/*',
    '*/',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join('');
      const read = parseJsonc(text);
      assert.ok(read.kind === 'value' || read.column >= 1);
      if (read.kind === 'malformed') assert.throws(() => JSON.parse(text));
    }),
  );
});

test('rooms that were added are written whole, for nobody else to read, and come back as they were', async () => {
  const rooms = [{ id: 'a', handle: 'ana', feed: { kind: 'push', token: '0123456789abcdef' } }] as const;
  const kept = roomsFileOf(path.join(folder, 'not', 'yet', 'there'));
  assert.deepEqual(readRoomsFile(kept), []);
  await saveRoomsFile(kept, rooms);
  assert.deepEqual(readRoomsFile(kept), rooms);
  chmodSync(kept, 0o644);
  await saveRoomsFile(kept, []);
  assert.deepEqual(readRoomsFile(kept), []);
  if (process.platform !== 'win32') assert.equal(statSync(kept).mode & 0o777, 0o600);
  assert.equal(JSON.parse(readFileSync(kept, 'utf8')).version, 1);
});

test('a file of rooms that is damaged, or of a later version, is told instead of being taken for empty', () => {
  for (const text of ['{"version":1,"rooms":[{}]}', '{"version":2,"rooms":[]}', '']) {
    const kept = path.join(folder, 'rooms.json');
    writeFileSync(kept, text);
    assert.throws(() => readRoomsFile(kept), { code: 'MEKS_CONFIG_INVALID', message: /move the file away/ });
  }
});

test('a file of rooms that may not be read is told with what to do', () => {
  // A link to itself is what nobody may read, root included.
  const loop = path.join(folder, 'loop.json');
  symlinkSync(loop, loop);
  assert.throws(() => readRoomsFile(loop), {
    code: 'MEKS_FILE_UNREADABLE',
    message: /loop\.json cannot be read \(ELOOP.*\): give `--data` a folder that this user may read and write$/,
  });
});

test('a data folder that is a file is told as that', () => {
  const taken = path.join(folder, 'no-folder');
  writeFileSync(taken, 'a file');
  const refused = { code: 'MEKS_FILE_UNREADABLE', message: /no-folder is a file: give `--data` a folder/ };
  assert.throws(() => readRoomsFile(roomsFileOf(taken)), refused);
});

test('a folder that cannot be written is told, and what was written before stays', async () => {
  const kept = path.join(folder, 'taken');
  writeFileSync(kept, 'a file');
  await assert.rejects(saveRoomsFile(path.join(kept, 'rooms.json'), []), { code: 'MEKS_FILE_UNWRITABLE' });
});

test('a room has a time zone by its name, and one that is none is told', () => {
  const of = (zone: string): string =>
    `{ "rooms": [{ "handle": "ana", "timeZone": ${JSON.stringify(zone)}, "feed": { "kind": "euler", "apiKey": "k" } }] }`;
  assert.equal(read(of('Europe/Berlin')).rooms[0]!.timeZone, 'Europe/Berlin');
  for (const none of ['Europe/Nowhere', '+02:00', ''])
    assert.match(refused(of(none)), /rooms\[0\]\.timeZone.*give a time zone such as Europe\/Berlin/s);
});
