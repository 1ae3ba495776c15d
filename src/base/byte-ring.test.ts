import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runRingBench } from './byte-ring.bench.ts';
import { ByteRing, type Hold, Piece } from './byte-ring.ts';
import { seededRandom } from './random.ts';

function append(ring: ByteRing, text: string): number {
  const bytes = Buffer.from(text);
  const buffer = ring.reserve(bytes.length);
  bytes.copy(buffer, ring.writeOffset);
  return ring.commit(bytes.length);
}

function drain(ring: ByteRing, from: number, limit = ring.head): string {
  const piece = new Piece();
  let text = '';
  for (let cursor = from; cursor < limit; cursor = piece.next) {
    ring.read(cursor, limit, piece);
    assert.equal(piece.from, cursor);
    text += piece.bytes.toString();
  }
  return text;
}

const small = { recordsMax: 8, segmentBytes: 16, bytesMax: 64 };

test('records are numbered from one and read back in order', () => {
  const ring = new ByteRing(small);
  assert.deepEqual([append(ring, 'ab'), append(ring, 'cd'), append(ring, 'ef')], [1, 2, 3]);
  assert.equal(drain(ring, 1), 'abcdef');
  assert.equal(drain(ring, 2, 3), 'cd');
});

test('the oldest record goes when there is one more than recordsMax', () => {
  const ring = new ByteRing(small);
  for (let n = 0; n < 9; n++) append(ring, 'x');
  assert.equal(ring.oldest, 2);
  assert.equal(ring.head, 10);
});

test('the oldest segment goes with all its records when bytes run out', () => {
  const ring = new ByteRing({ ...small, recordsMax: 64 });
  for (let n = 0; n < 9; n++) append(ring, '12345678');
  assert.equal(ring.oldest, 3);
  assert.equal(ring.heldBytes, 64);
});

test('a record that does not fit what is left of a segment starts the next one', () => {
  const ring = new ByteRing(small);
  append(ring, '1234567890');
  append(ring, 'abcdefghij');
  const piece = new Piece();
  ring.read(1, ring.head, piece);
  assert.deepEqual([piece.bytes.toString(), piece.next], ['1234567890', 2]);
});

test('a piece that is held keeps its bytes after the ring has gone round', () => {
  const ring = new ByteRing(small);
  append(ring, 'keep me');
  const piece = new Piece();
  ring.read(1, 2, piece);
  const hold = ring.hold(1);
  const held = piece.bytes;
  for (let n = 0; n < 100; n++) append(ring, '0123456789abcdef');
  assert.equal(held.toString(), 'keep me');
  assert.deepEqual([hold.outside, ring.outsideBytes], [true, 16]);
  ring.release(hold, true);
  assert.equal(ring.outsideBytes, 0);
});

test('memory is used again when the last who held it has read it, and never when somebody has not', () => {
  for (const read of [true, false]) {
    const ring = new ByteRing(small);
    append(ring, 'keep me');
    const piece = new Piece();
    ring.read(1, 2, piece);
    const holds = [ring.hold(1), ring.hold(1)];
    for (let n = 0; n < 4; n++) append(ring, '0123456789abcdef');
    ring.release(holds[0]!, true);
    assert.equal(ring.outsideBytes, 16, 'one still holds it');
    ring.release(holds[1]!, read);
    assert.equal(ring.outsideBytes, 0);
    for (let n = 0; n < 100; n++) append(ring, 'fedcba9876543210');
    assert.equal(piece.bytes.toString() === 'keep me', !read);
    assert.throws(() => ring.release(holds[1]!, true), /once/);
  }
});

test('a stream goes on from the number it is given', () => {
  const ring = new ByteRing({ ...small, firstNumber: 1001 });
  assert.equal(ring.oldest, 1001);
  assert.equal(append(ring, 'a'), 1001);
});

test('reading below oldest or beyond head is a bug and says so', () => {
  const ring = new ByteRing(small);
  for (let n = 0; n < 20; n++) append(ring, 'x');
  const piece = new Piece();
  assert.throws(() => ring.read(1, ring.head, piece), /lagged/);
  assert.throws(() => ring.read(ring.oldest, ring.head + 1, piece), /beyond head/);
});

test('every cursor sees each record once and in order, beside a plain array, for random appends and reads', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const ring = new ByteRing({
      recordsMax: 1 << (1 + random.int(5)),
      segmentBytes: 32,
      bytesMax: 32 * (2 + random.int(4)),
    });
    const model = new Map<number, string>();
    const holds: { readonly hold: Hold; readonly bytes: Buffer; readonly text: string }[] = [];
    for (let step = 0; step < 300; step++) {
      if (random.chance(0.7)) {
        const text = String.fromCharCode(97 + random.int(26)).repeat(1 + random.int(32));
        model.set(append(ring, text), text);
      }
      const from = ring.oldest + random.int(ring.head - ring.oldest + 1);
      const limit = from + random.int(ring.head - from + 1);
      let expected = '';
      for (let n = from; n < limit; n++) expected += model.get(n);
      assert.equal(drain(ring, from, limit), expected, `seed ${seed}, step ${step}`);
      assert.ok(ring.heldBytes <= 32 * 6, `seed ${seed}: memory is bounded`);
      const held = holds.at(-1);
      if (random.chance(0.2) && from < limit) {
        const piece = new Piece();
        ring.read(from, limit, piece);
        holds.push({ hold: ring.hold(from), bytes: piece.bytes, text: piece.bytes.toString() });
      } else if (held !== undefined && random.chance(0.3)) {
        assert.equal(held.bytes.toString(), held.text, `seed ${seed}, step ${step}: what is held stays as it was`);
        ring.release(holds.pop()!.hold, random.chance(0.8));
      }
    }
  }
});

test('the benchmark of the ring runs, and prints its costs', (context) => {
  const cost = runRingBench(2_000, 10);
  assert.equal(cost.check, 2_000 * 10 * 500, 'every reader got all that was ready');
  context.diagnostic(
    `put ${cost.putNs.toFixed(0)} ns, ${cost.putBytes.toFixed(0)} bytes; ` +
      `read ${cost.readNs.toFixed(0)} ns, ${cost.readBytes.toFixed(0)} bytes (toy size)`,
  );
});
