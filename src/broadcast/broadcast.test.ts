import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Piece } from '../base/byte-ring.ts';
import type { MeksEvent } from '../protocol/events.ts';
import { FrameReader } from '../../test/support/frame-reader.ts';
import { runBroadcastBench } from './broadcast.bench.ts';
import { Broadcast } from './broadcast.ts';

class FakeLog {
  readonly payloads: string[] = [];
  append(seq: number, payload: Uint8Array): 'taken' {
    assert.equal(seq, this.payloads.length + 1, 'the log sees every number once');
    this.payloads.push(Buffer.from(payload).toString());
    return 'taken';
  }
}

function share(id: string, name = 'Ann'): MeksEvent {
  return { kind: 'share', id, at: 1, user: { id: '7', handle: 'ann', name, avatar: '' } };
}

function publish(broadcast: Broadcast, event: MeksEvent): number {
  const text = broadcast.encode(event);
  return broadcast.publish(text, Broadcast.bytesOf(text));
}

function readAll(broadcast: Broadcast, from: number): Record<string, unknown>[] {
  const reader = new FrameReader();
  const piece = new Piece();
  const frames: Record<string, unknown>[] = [];
  for (let cursor = from; cursor < broadcast.head; cursor = piece.next) {
    broadcast.read(cursor, broadcast.head, piece);
    frames.push(...reader.push(piece.bytes));
  }
  return frames;
}

test('an event is encoded once, and readers and the log get the same text', () => {
  const log = new FakeLog();
  const broadcast = new Broadcast({ log });
  assert.equal(publish(broadcast, share('a')), 1);
  const frames = readAll(broadcast, 1);
  assert.deepEqual(frames, [{ seq: 1, ...share('a') }]);
  assert.deepEqual(
    log.payloads.map((text) => JSON.parse(text) as unknown),
    frames,
  );
});

for (const [what, name] of [
  ['short', 'A'],
  ['longer than 125 bytes', 'A'.repeat(300)],
  ['in many scripts', 'Zoë 明日香 🦁 עדי'.repeat(9)],
  ['with a lone surrogate', 'x\ud800y'],
] as const)
  test(`a name ${what} survives the frame`, () => {
    const broadcast = new Broadcast({ log: new FakeLog() });
    publish(broadcast, share('a', name));
    publish(broadcast, share('b', name));
    const users = readAll(broadcast, 1).map((frame) => (frame['user'] as { name: string }).name);
    assert.deepEqual(users, [name, name]);
  });

test('two streams never share an epoch, and a resumed one goes on where it was', () => {
  const first = new Broadcast({ log: new FakeLog() });
  assert.notEqual(first.epoch, new Broadcast({ log: new FakeLog() }).epoch);
  const resume = { epoch: first.epoch, seq: 41, tail: [] };
  const resumed = new Broadcast({ log: { append: () => 'taken' }, resume });
  assert.equal(resumed.epoch, first.epoch);
  assert.equal(publish(resumed, share('a')), 42);
});

test('events of an earlier life that are put back can be read and resumed from', () => {
  const tail = [Buffer.from('{"seq":9,"kind":"share"}'), Buffer.from('{"seq":10,"kind":"share"}')];
  const broadcast = new Broadcast({ log: new FakeLog(), resume: { epoch: 'e', seq: 10, tail } });
  assert.deepEqual(readAll(broadcast, 9), [
    { seq: 9, kind: 'share' },
    { seq: 10, kind: 'share' },
  ]);
  assert.deepEqual([broadcast.oldest, broadcast.head], [9, 11]);
});

test('the benchmark of publishing runs, and prints its costs', () => {
  const cost = runBroadcastBench(2000, 100);
  assert.ok(cost.check > 0 && cost.frameBytes > 300, 'frames were read');
  console.log(`publish ${cost.publishNs.toFixed(0)} ns, ${cost.publishBytes.toFixed(0)} bytes an event (toy size)`);
});
