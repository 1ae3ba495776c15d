import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { seededRandom } from '../../src/base/random.ts';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import { ServeProcess } from '../support/serve-process.ts';

// What users and strangers get wrong, against the real process: each has its documented answer, and the process lives.

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'meks-edges-'));
const seed = 77;
let broker: ServeProcess;

/** A recording of good messages among every kind of bad one. */
function writeBadRecording(): { path: string; lines: number; malformed: number } {
  const random = seededRandom(seed);
  const world = new ScriptedWorld({ seed, startAt: 1_790_000_000_000 });
  const lines: string[] = [];
  const add = (method: unknown, payload: Uint8Array, msgId: unknown): void => {
    lines.push(
      JSON.stringify({
        method,
        recordedAt: '2026-09-01T00:00:00Z',
        msgId,
        b64: Buffer.from(payload).toString('base64'),
      }),
    );
  };
  for (let index = 0; index < 300; index++) {
    const { raw } = world.next()!;
    const bytes = Buffer.from(raw.payload);
    add(raw.method, bytes, raw.msgId);
    add(raw.method, bytes.subarray(0, random.int(bytes.length)), `cut-${index}`);
    for (let flips = 1 + random.int(8); flips > 0; flips--) bytes[random.int(bytes.length)]! ^= 1 << random.int(8);
    add(raw.method, bytes, `flipped-${index}`);
    add(raw.method, randomBytes(random.int(200)), `noise-${index}`);
    add('WebcastNobodyKnowsMessage', bytes, `unknown-${index}`);
  }
  const good = lines.length;
  add('WebcastGiftMessage', Buffer.alloc(10_000_000, 0x0a), 'ten-megabytes');
  lines.push('{"method":', '[]', '{"method":7,"b64":"AA=="}', '{"method":"WebcastGiftMessage","b64":"*"}');
  const path = join(folder, 'bad.ndjson');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return { path, lines: good, malformed: 5 };
}

const recording = writeBadRecording();

before(async () => {
  broker = await ServeProcess.start('--replay', recording.path, '--speed', 'max', '--no-journal');
});

after(async () => {
  assert.equal(await broker.stop(), 0, 'it lived until it was told to stop, and ended well');
  rmSync(folder, { recursive: true });
});

interface RoomFacts {
  readonly source: string;
  readonly messages: Readonly<
    Record<
      'offered' | 'accepted' | 'lost' | 'understood' | 'duplicates' | 'ignored' | 'quarantined' | 'unknown',
      number
    >
  >;
}

async function facts(): Promise<RoomFacts> {
  const { rooms } = (await broker.json('/v1/rooms')) as { rooms: RoomFacts[] };
  return rooms[0]!;
}

test('bad messages are counted, each in one place, and the good ones among them are understood', async (t) => {
  let now = await facts();
  while (now.source !== 'ended') now = await facts();
  const { messages } = now;
  assert.equal(messages.offered, recording.lines);
  assert.equal(messages.offered, messages.accepted + messages.lost);
  assert.equal(
    messages.accepted,
    messages.understood + messages.duplicates + messages.ignored + messages.quarantined + messages.unknown,
  );
  assert.ok(messages.quarantined > 100, 'what is cut or noise is put aside');
  assert.ok(messages.unknown >= 300, 'methods that nobody knows are counted');
  assert.ok(messages.understood >= 200, 'what is good is understood');
  const reported = broker.output.split('feed.malformed-line').length - 1;
  assert.equal(
    reported,
    recording.malformed,
    'lines that are none, and the one of ten megabytes, are told with their numbers',
  );
  t.diagnostic(JSON.stringify(messages));
});

/** Opens a stream and tells how it ended: the frames that came and the close code, or the HTTP status of a refusal. */
function attempt(path: string, subprotocol: string | undefined): Promise<{ frames: unknown[]; end: number | string }> {
  return new Promise((resolve) => {
    const frames: unknown[] = [];
    const socket = new WebSocket(
      `ws://127.0.0.1:${broker.port}${path}`,
      subprotocol === undefined ? [] : [subprotocol],
    );
    socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())));
    socket.on('unexpected-response', (_request, response) => resolve({ frames, end: `HTTP ${response.statusCode}` }));
    socket.on('close', (code) => resolve({ frames, end: code }));
    socket.on('error', () => {});
  });
}

for (const [what, path, subprotocol, end, code] of [
  ['a malformed resume', '/v1/rooms/replay/stream?since=yesterday', 'meks.v1', 4502, 'MEKS_POSITION_INVALID'],
  ['an unknown room', '/v1/rooms/nowhere/stream', 'meks.v1', 4501, 'MEKS_ROOM_UNKNOWN'],
  ['a wrong subprotocol', '/v1/rooms/replay/stream', 'meks.v0', 4503, 'MEKS_SUBPROTOCOL_INVALID'],
] as const)
  test(`${what} is answered by an error frame and close code ${end}`, async () => {
    const { frames, end: ended } = await attempt(path, subprotocol);
    assert.deepEqual([ended, (frames.at(-1) as { code: string }).code], [end, code]);
  });

test('an unknown room and an unknown route answer 404 with a code', async () => {
  for (const [path, code] of [
    ['/v1/rooms/nowhere/snapshot', 'MEKS_ROOM_UNKNOWN'],
    ['/v1/nothing', 'MEKS_ROUTE_UNKNOWN'],
  ] as const) {
    const response = await fetch(`http://127.0.0.1:${broker.port}${path}`);
    const body = (await response.json()) as { error: { code: string } };
    assert.deepEqual([response.status, body.error.code], [404, code]);
  }
});

for (const [what, flags, code, says] of [
  ['a port in use', () => ['--demo', '--port', String(broker.port)], 'MEKS_PORT_IN_USE', /--port/],
  ['an unreadable file', () => ['--replay', join(folder, 'absent.ndjson')], 'MEKS_FILE_UNREADABLE', /absent\.ndjson/],
  ['a speed that is none', () => ['--replay', 'x.ndjson', '--speed', 'fast'], 'MEKS_OPTION_INVALID', /"fast"/],
  ['a flag that is none', () => ['--dmeo'], 'MEKS_OPTION_INVALID', /--dmeo/],
  ['nothing to serve', () => [], 'MEKS_OPTION_INVALID', /--demo/],
] as const)
  test(`${what} ends with its code, the value and a remedy, never with a stack`, () => {
    const args = ['bin/meks.js', 'serve', '--no-open', '--no-journal', ...flags()];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 20_000 });
    assert.ok(status === 1 || status === 2, `exit code ${status}: ${stderr}`);
    assert.match(stderr, new RegExp(`^${code}: `, 'm'));
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });
