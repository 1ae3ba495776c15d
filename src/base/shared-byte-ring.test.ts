import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { RingWriterData } from '../../test/support/ring-writer-thread.ts';
import { seededRandom } from './random.ts';
import { type SharedRingMemory, SharedRingReader, SharedRingWriter } from './shared-byte-ring.ts';

const small = { recordsMax: 8, bytesMax: 64, recordBytesMax: 32 };

function append(ring: SharedRingWriter, text: string): number {
  const bytes = Buffer.from(text);
  const buffer = ring.reserve(bytes.length);
  bytes.copy(buffer, ring.writeOffset);
  const number = ring.commit(bytes.length);
  ring.stamp(number, number * 10);
  return number;
}

/** Text of a record, or null when it is gone. */
function read(reader: SharedRingReader, number: number): string | null {
  if (!reader.find(number)) return null;
  const text = reader.bytes.toString('latin1', reader.start, reader.start + reader.length);
  return reader.intact(number) ? text : null;
}

test('readers see what was passed, with the stamp that it was given', () => {
  const writer = new SharedRingWriter(small);
  const reader = new SharedRingReader(writer.memory, 1, 32);
  append(writer, 'ab');
  append(writer, 'cde');
  assert.equal(reader.limit, 1);
  assert.equal(writer.pass(2), true);
  assert.equal(writer.pass(2), false);
  assert.deepEqual([reader.limit, read(reader, 1), reader.stampOf(1)], [2, 'ab', 10]);
  writer.pass(3);
  assert.deepEqual([reader.limit, read(reader, 2)], [3, 'cde']);
});

test('the oldest record goes by count and by bytes, and a reader is told so', () => {
  const writer = new SharedRingWriter(small);
  const reader = new SharedRingReader(writer.memory, 1, 32);
  for (let n = 0; n < 9; n++) append(writer, 'x');
  assert.deepEqual([writer.oldest, writer.head, reader.oldest, read(reader, 1)], [2, 10, 2, null]);
  for (let n = 0; n < 3; n++) append(writer, 'y'.repeat(30));
  assert.equal(writer.oldest, 11);
  assert.equal(read(reader, 12), 'y'.repeat(30));
});

test('numbers beyond 2^32 are told apart by their lowest 32 bits', () => {
  const firstNumber = 2 ** 32 - 3;
  const writer = new SharedRingWriter({ ...small, firstNumber });
  const reader = new SharedRingReader(writer.memory, firstNumber, 32);
  for (let n = 0; n < 6; n++) append(writer, String(n));
  writer.pass(writer.head);
  assert.equal(reader.limit, firstNumber + 6);
  assert.equal(read(reader, firstNumber + 5), '5');
  for (let n = 6; n < 12; n++) append(writer, 'x');
  assert.equal(read(reader, firstNumber), null);
  assert.equal(reader.oldest, writer.oldest);
});

test('what is held reads back whole and in order, beside a plain array, for random appends', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const recordBytesMax = 1 + random.int(40);
    const bytesMax = recordBytesMax * (2 + random.int(5)) + random.int(7);
    const writer = new SharedRingWriter({ recordsMax: 1 << (1 + random.int(5)), bytesMax, recordBytesMax });
    const reader = new SharedRingReader(writer.memory, 1, recordBytesMax);
    const model = new Map<number, string>();
    for (let step = 0; step < 300; step++) {
      const text = String.fromCharCode(97 + random.int(26)).repeat(1 + random.int(recordBytesMax));
      const number = append(writer, text);
      assert.equal(number, step + 1);
      model.set(number, text);
      assert.ok(writer.oldest <= number, `seed ${seed}: the newest is held`);
      assert.ok(writer.heldBytes <= bytesMax, `seed ${seed}: memory is bounded`);
      for (let n = writer.oldest; n < writer.head; n++)
        assert.equal(read(reader, n), model.get(n), `seed ${seed}, step ${step}, record ${n}`);
      if (writer.oldest > 1) assert.equal(read(reader, writer.oldest - 1), null);
    }
  }
});

/**
 * Reads a ring that another thread writes at full speed: how many copies were whole, torn and known to be, and torn.
 */
async function race(looksMax: number): Promise<{ whole: number; tornKnown: number; tornUnknown: number }> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const options = { recordsMax: 16, bytesMax: 65_536, recordBytesMax: 16_384 };
  const workerData: RingWriterData = { stop, ...options };
  const worker = new Worker(new URL('../../test/support/ring-writer-thread.ts', import.meta.url), { workerData });
  const [memory] = (await once(worker, 'message')) as [SharedRingMemory];
  const reader = new SharedRingReader(memory, 1, options.recordBytesMax);
  const copy = Buffer.alloc(options.recordBytesMax);
  const outcome = { whole: 0, tornKnown: 0, tornUnknown: 0 };
  // Until both have been seen: one core may give the threads their turns in any way.
  for (let look = 0; look < looksMax && (outcome.whole < 1000 || outcome.tornKnown < 3); look++) {
    // The oldest is what is overwritten next: the most dangerous place to read.
    const number = look % 2 === 0 ? reader.oldest : reader.limit - 1;
    if (number < 1 || number >= reader.limit || !reader.find(number)) continue;
    const { start, length } = reader;
    reader.bytes.copy(copy, 0, start, start + length);
    const stamp = reader.stampOf(number);
    const intact = reader.intact(number);
    const torn = stamp !== number || copy.subarray(0, length).some((byte) => byte !== (number & 0xff));
    if (torn && intact) outcome.tornUnknown++;
    else if (torn) outcome.tornKnown++;
    else if (intact) outcome.whole++;
  }
  Atomics.store(stop, 0, 1);
  await once(worker, 'exit');
  return outcome;
}

test('a copy that is torn by the writer is always known to be, while it writes at full speed', async (t) => {
  const { whole, tornKnown, tornUnknown } = await race(3_000_000);
  t.diagnostic(`${whole} whole, ${tornKnown} torn and known to be, ${tornUnknown} torn and not known`);
  assert.equal(tornUnknown, 0);
  assert.ok(whole > 0, 'some are whole');
  assert.ok(tornKnown > 0, 'without the look behind the copy, torn records would have been taken for whole ones');
});
