import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { FrameReader } from './frame-reader.ts';
import { eventId } from './world.ts';

type Seen =
  | { kind: 'event'; dashboard: number; index: number; seq: number; at: number }
  | { kind: 'message'; head: string; bytes: number }
  | { kind: 'control'; opcode: number; text: string };

function reader(eventOffset = 0): { reader: FrameReader; seen: Seen[] } {
  const seen: Seen[] = [];
  const text = (bytes: Uint8Array, start: number, end: number): string =>
    Buffer.from(bytes.subarray(start, end)).toString();
  const made = new FrameReader(
    3,
    {
      event: (dashboard, index, seq, at) => seen.push({ kind: 'event', dashboard, index, seq, at }),
      message: (_dashboard, bytes, start, end, whole) =>
        seen.push({ kind: 'message', head: text(bytes, start, end), bytes: whole }),
      control: (_dashboard, opcode, bytes, start, end) =>
        seen.push({ kind: 'control', opcode, text: text(bytes, start, end) }),
    },
    eventOffset,
  );
  return { reader: made, seen };
}

function frame(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  if (payload.length < 126) header[1] = payload.length;
  else if (payload.length < 65_536) header.writeUInt16BE(payload.length, header.writeUInt8(126, 1));
  else header.writeBigUInt64BE(BigInt(payload.length), header.writeUInt8(127, 1));
  return Buffer.concat([header, payload]);
}

const gift = (index: number, seq: number, filler = 500): string =>
  `{"seq":${seq},"kind":"gift","id":"${eventId(index)}","at":1,"filler":"${'x'.repeat(filler)}"}`;

const stream = Buffer.concat([
  frame('{"kind":"hello","room":"r","epoch":"e1","seq":4}'),
  frame(`{"kind":"snapshot","epoch":"e1","seq":4,"view":"${'v'.repeat(70_000)}"}`),
  frame(gift(0, 5)),
  frame(gift(1, 6, 0)),
  frame('are you there', 9),
  frame(`{"seq":7,"kind":"viewers","id":"${eventId(5)}","at":1}`),
  frame('{"seq":8,"kind":"gift","id":"streak-settled:1"}'),
  frame(gift(123_456_789, 1_000_000, 3)),
  frame('', 1),
  frame('\u0003\u00e8bye', 8),
]);

const expected = [
  'hello',
  'snapshot',
  'event 0 5',
  'event 1 6',
  'control 9',
  'event -1 7',
  'event -1 8',
  'event 123456789 1000000',
  '',
  'control 8',
];

function brief(seen: readonly Seen[]): string[] {
  return seen.map((one) => {
    if (one.kind === 'event') return `event ${one.index} ${one.seq}`;
    if (one.kind === 'control') return `control ${one.opcode}`;
    return /"kind":"(\w+)"/.exec(one.head)?.[1] ?? one.head;
  });
}

test('a stream read at once gives every event, message and control frame in order', () => {
  const { reader: made, seen } = reader();
  made.read(1, stream, 0, stream.length, 12.5);
  assert.deepEqual(brief(seen), expected);
  assert.deepEqual(seen[2], { kind: 'event', dashboard: 1, index: 0, seq: 5, at: 12.5 });
  assert.equal(
    seen[1]!.kind === 'message' && seen[1]!.bytes,
    70_000 + '{"kind":"snapshot","epoch":"e1","seq":4,"view":""}'.length,
  );
});

test('the same stream fed one byte at a time gives the same', () => {
  const { reader: made, seen } = reader();
  for (let at = 0; at < stream.length; at++) made.read(2, stream, at, at + 1, at);
  assert.deepEqual(brief(seen), expected);
});

test('an event counts when its last byte is read, not its first', () => {
  const { reader: made, seen } = reader();
  const bytes = frame(gift(9, 1, 2_000));
  made.read(0, bytes, 0, 300, 1);
  made.read(0, bytes, 300, bytes.length - 1, 2);
  assert.deepEqual(seen, []);
  made.read(0, bytes, bytes.length - 1, bytes.length, 3);
  assert.deepEqual(seen, [{ kind: 'event', dashboard: 0, index: 9, seq: 1, at: 3 }]);
});

test('cut anywhere and mixed between dashboards, nothing is lost or invented', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seededRandom(seed);
    const { reader: made, seen } = reader();
    const at = [0, 0, 0];
    while (at.some((offset) => offset < stream.length)) {
      const dashboard = random.int(3);
      const from = at[dashboard]!;
      const to = Math.min(stream.length, from + 1 + random.int(random.chance(0.5) ? 12 : 30_000));
      made.read(dashboard, stream, from, to, 0);
      at[dashboard] = to;
    }
    const events = seen.filter((one) => one.kind === 'event').length;
    assert.equal(events, 3 * expected.filter((line) => line.startsWith('event')).length, `seed ${seed}`);
    assert.equal(seen.length, 3 * expected.length, `seed ${seed}`);
  }
});

test('an event wrapped by another protocol is found at its offset', () => {
  const { reader: made, seen } = reader('42["event",'.length);
  const bytes = Buffer.concat([frame('0{"sid":"a"}'), frame(`42["event",${gift(3, 4)}]`), frame('2')]);
  made.read(0, bytes, 0, bytes.length, 0);
  assert.deepEqual(brief(seen), ['0{"sid":"a"}', 'event 3 4', '2']);
});

test('a new connection starts with a clean head', () => {
  const { reader: made, seen } = reader();
  const bytes = frame(gift(3, 4));
  made.read(0, bytes, 0, 20, 0);
  made.reset(0);
  made.read(0, bytes, 0, bytes.length, 0);
  assert.deepEqual(brief(seen), ['event 3 4']);
});

test('masked and compressed frames are refused: they were not negotiated', () => {
  const masked = frame('{}');
  masked[1] = 0x82;
  assert.throws(() => reader().reader.read(0, Buffer.concat([masked, Buffer.alloc(20)]), 0, 24, 0), /masked/);
  const compressed = frame('{}');
  compressed[0] = 0xc1;
  assert.throws(() => reader().reader.read(0, compressed, 0, 4, 0), /compressed/);
});
