import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { toBinary, create } from '@bufbuild/protobuf';
import { MeksError } from '../../protocol/errors.ts';
import { WebcastGiftMessageSchema } from '../../protocol/webcast/webcast_pb.ts';
import { jsonPrinter } from './print-json.ts';
import { runOnce } from './run.ts';
import type { Summary } from './summary.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-playground-'));
after(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly summary: Summary;
  /** Every line but the summary, as objects. */
  readonly lines: readonly Record<string, unknown>[];
  readonly complaints: readonly string[];
}

async function run(lines: readonly string[], explain = false, roomsMax = 100): Promise<Ran> {
  const file = path.join(folder, 'run.ndjson');
  writeFileSync(file, lines.join('\n'));
  const printed: Record<string, unknown>[] = [];
  const complaints: string[] = [];
  const summary = await runOnce({
    files: [file],
    printer: jsonPrinter((line) => printed.push(JSON.parse(line) as Record<string, unknown>), explain),
    complain: (message) => complaints.push(message),
    progress: () => {},
    roomsMax,
  });
  assert.deepEqual(printed.pop(), summary, 'the summary is the last line');
  return { summary, lines: printed, complaints };
}

let lastId = 7_000_000_000_000_000_000n;

interface Tick {
  readonly total: number;
  readonly fan?: number;
  readonly end?: boolean;
  readonly group?: string;
  readonly room?: string;
  readonly atMs?: number;
  readonly msgId?: string;
}

/** A line with one tick of alice's roses. */
function tick({ total, fan = 1, end = false, group = '5', room = '71', atMs = 0, msgId }: Tick): string {
  const message = create(WebcastGiftMessageSchema, {
    common: { msgId: msgId ?? String(++lastId), roomId: room },
    giftId: '5655',
    fanTicketCount: end ? 0 : fan,
    repeatCount: total,
    repeatEnd: end ? 1 : 0,
    groupId: group,
    user: { id: '42', displayId: 'alice' },
    gift: { id: '5655', name: 'Rose', diamondCount: 1, type: 1 },
  });
  const b64 = Buffer.from(toBinary(WebcastGiftMessageSchema, message)).toString('base64');
  const recordedAt = 1_700_000_000_000 + atMs;
  return JSON.stringify({ method: 'WebcastGiftMessage', roomId: room, recordedAt, b64 });
}

test('every message is in exactly one place of the summary, and lines that are none are counted beside it', async () => {
  const { summary, complaints } = await run([
    tick({ total: 1, msgId: '7000000000000000001' }),
    tick({ total: 1, msgId: '7000000000000000001' }),
    '{"method":"WebcastNobodyKnowsMessage","recordedAt":5,"b64":""}',
    '{"method":"WebcastGiftMessage","recordedAt":5,"b64":"/////w=="}',
    '{"kind":"share","user":"bob"}',
    'nonsense',
  ]);
  const { messages, understood, duplicates, ignored, quarantined, unknownMethods, malformedLines } = summary;
  assert.deepEqual(
    { messages, understood, duplicates, ignored, quarantined, unknownMethods, malformedLines },
    { messages: 5, understood: 2, duplicates: 1, ignored: 0, quarantined: 1, unknownMethods: 1, malformedLines: 1 },
  );
  assert.equal(complaints.length, 1);
  assert.match(complaints[0]!, /run\.ndjson line 6: not JSON/);
});

test('a streak counts what its ticks add and agrees with what the gifts say themselves', async () => {
  const ticks = [tick({ total: 1 }), tick({ total: 3, fan: 2 }), tick({ total: 4 }), tick({ total: 4, end: true })];
  const { summary, lines } = await run(ticks);
  assert.equal(summary.diamonds, 4);
  assert.deepEqual(summary.fanTicket, { agreed: 4, disagreed: [], more: 0 });
  assert.deepEqual(
    lines.map(({ seq, kind, roomId }) => [seq, kind, roomId]),
    [
      [1, 'room', '71'],
      [2, 'gift', '71'],
      [3, 'gift', '71'],
      [4, 'gift', '71'],
      [5, 'gift', '71'],
      [undefined, 'board', '71'],
    ],
  );
});

test('a gift whose diamonds do not agree with what it says is listed with place and cause', async () => {
  const { summary } = await run([tick({ total: 1 }), tick({ total: 4 }), tick({ total: 3 })]);
  assert.equal(summary.diamonds, 4);
  assert.equal(summary.fanTicket.agreed, 1);
  assert.deepEqual(
    summary.fanTicket.disagreed.map(({ line, told, counted }) => ({ line, told, counted })),
    [
      { line: 2, told: 1, counted: 3 },
      { line: 3, told: 1, counted: 0 },
    ],
  );
  for (const { cause } of summary.fanTicket.disagreed) assert.notEqual(cause, 'not known');
});

test('rooms of one recording have boards of their own', async () => {
  const { summary, lines } = await run([tick({ total: 1, room: '71' }), tick({ total: 1, room: '72' })]);
  assert.equal(summary.rooms, 2);
  const boards = lines.filter(({ kind }) => kind === 'board');
  assert.deepEqual(
    boards.map(({ roomId, diamonds }) => [roomId, diamonds]),
    [
      ['71', 1],
      ['72', 1],
    ],
  );
});

test('a streak without an end mark settles when the time of the recording has passed, and at its end', async () => {
  const { summary, lines } = await run([tick({ total: 2, fan: 2 }), tick({ total: 1, group: '6', atMs: 60_000 })]);
  const streaks = lines.filter(({ kind }) => kind === 'gift').map((event) => event['streak']);
  assert.deepEqual(
    streaks.map((streak) => (streak as { group: string; open: boolean }).group),
    ['5', '5', '6', '6'],
  );
  assert.deepEqual(
    streaks.map((streak) => (streak as { group: string; open: boolean }).open),
    [true, false, true, false],
  );
  assert.deepEqual([summary.messages, summary.events.gift, summary.diamonds], [2, 4, 3]);
});

test('with explain, every message says where it stands and what became of it', async () => {
  const { lines } = await run(
    [tick({ total: 1 }), '{"method":"WebcastNobodyKnowsMessage","recordedAt":5,"b64":""}'],
    true,
  );
  const messages = lines.filter(({ kind }) => kind === 'message');
  assert.deepEqual(
    messages.map(({ line, method, result, seqs }) => [line, method, result, seqs]),
    [
      [1, 'WebcastGiftMessage', 'events', [1, 2]],
      [2, 'WebcastNobodyKnowsMessage', 'unknown', []],
    ],
  );
});

test('a recording of more rooms than the limit ends with a code and a remedy', async () => {
  const lines = ['71', '72', '73'].map((roomId) => `{"kind":"share","user":"a","roomId":"${roomId}"}`);
  assert.equal((await run(lines, false, 3)).summary.rooms, 3);
  await assert.rejects(
    run(lines, false, 2),
    (error) =>
      error instanceof MeksError &&
      error.code === 'MEKS_FILE_MALFORMED' &&
      /line 3 .*room number 3/.test(error.message),
  );
});
