import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textFrame } from '../protocol/websocket-frame.ts';
import { EventStreamText } from './event-stream-text.ts';

const hello = { kind: 'hello', room: 'a"b', epoch: 'eA_-1', seq: 9, resumed: false, serverTime: 1, heartbeatMs: 5000 };
const snapshot = { kind: 'snapshot', epoch: 'eA_-1', seq: 9, view: { text: 'x' } };
const event = { seq: 10, kind: 'chat', text: 'zwei\nZeilen, ä € 𝄞' };

function frames(...objects: object[]): Buffer {
  return Buffer.concat(objects.map((object) => textFrame(JSON.stringify(object))));
}

test('frames become data lines, and those that have a position become resumable', () => {
  const text = new EventStreamText().convert(frames(hello, snapshot, event)).toString();
  assert.equal(
    text,
    `data: ${JSON.stringify(hello)}\n\n` +
      `id: eA_-1:9\ndata: ${JSON.stringify(snapshot)}\n\n` +
      `id: eA_-1:10\ndata: ${JSON.stringify(event)}\n\n`,
  );
});

test('a hello gives no place to resume from, but the epoch of what follows', () => {
  const converter = new EventStreamText();
  assert.ok(!converter.convert(frames(hello)).toString().includes('id:'));
  assert.ok(converter.convert(frames(event)).toString().startsWith('id: eA_-1:10\n'));
});

test('frames of every length are taken apart', () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 100_000]) {
    const objects = [
      { seq: 1, text: 'x'.repeat(length) },
      { kind: 'heartbeat', seq: 1 },
    ];
    const text = new EventStreamText().convert(frames(...objects)).toString();
    assert.equal(text, objects.map((object) => `data: ${JSON.stringify(object)}\n\n`).join(''), `length ${length}`);
  }
});

test('the same bytes are converted once, other bytes anew', () => {
  const converter = new EventStreamText();
  const bytes = frames(hello, event);
  const first = converter.convert(bytes);
  assert.equal(converter.convert(bytes), first);
  const other = converter.convert(Buffer.from(bytes));
  assert.notEqual(other, first);
  assert.deepEqual(other, first);
});

test('bytes in the middle of a larger piece of memory are read where they lie', () => {
  const around = Buffer.concat([Buffer.from('before'), frames(event), Buffer.from('after')]);
  const text = new EventStreamText().convert(around.subarray(6, around.length - 5)).toString();
  assert.equal(text, `data: ${JSON.stringify(event)}\n\n`);
});
