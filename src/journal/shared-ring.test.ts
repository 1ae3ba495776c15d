import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { recordBytesAt, recordHeaderBytes, recordSeqAt } from './record.ts';
import {
  allocateRing,
  awaitWritten,
  RingConsumer,
  type RingMemory,
  RingProducer,
  ringWord,
  SeqMirror,
  wakeSleeper,
} from './shared-ring.ts';

const capacity = 4096;

/** A ring whose positions begin at `position`, as after so many bytes have gone through it. */
function ringAt(position: number): RingMemory {
  const memory = allocateRing(capacity);
  const words = new Int32Array(memory.control);
  words[ringWord.tail] = position | 0;
  words[ringWord.head] = position | 0;
  words[ringWord.floor] = position | 0;
  return memory;
}

/** Takes up to `records` records out, and gives them back as `seq:payload`. */
function take(consumer: RingConsumer, records: number, bytesMax = capacity): string[] {
  const taken: string[] = [];
  if (!consumer.peek(bytesMax)) return taken;
  let at = consumer.start;
  while (at < consumer.end && taken.length < records) {
    const next = at + recordBytesAt(consumer.bytes, at);
    taken.push(`${recordSeqAt(consumer.bytes, at)}:${consumer.bytes.toString('latin1', at + recordHeaderBytes, next)}`);
    at = next;
  }
  consumer.release(at);
  return taken;
}

test('what goes in comes out once and in order, beside a plain queue, across every wrap of place and position', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seededRandom(seed);
    const memory = ringAt(4_294_967_296 - 3 * capacity - random.int(2 * capacity));
    const producer = new RingProducer(memory);
    let consumer = new RingConsumer(memory);
    const model: string[] = [];
    let seq = 1;
    for (let step = 0; step < 2000; step++) {
      if (random.chance(0.55)) {
        const text = 'x'.repeat(random.int(random.chance(0.1) ? 1500 : 60));
        const used = producer.usedBytes;
        if (producer.offer(seq, Buffer.from(text))) model.push(`${seq++}:${text}`);
        // Full is only said when it is: at most one record's worth of the end of the memory may lie idle.
        else assert.ok(used + 2 * (recordHeaderBytes + text.length) > capacity, `seed ${seed} step ${step}`);
      } else {
        const taken = take(consumer, 1 + random.int(8), 1 + random.int(capacity));
        assert.deepEqual(taken, model.splice(0, taken.length), `seed ${seed} step ${step}`);
        assert.equal(consumer.empty, model.length === 0, `seed ${seed} step ${step}`);
      }
      if (random.chance(0.02)) consumer = new RingConsumer(memory);
    }
  }
});

test('a full ring says no and keeps what it has', () => {
  const memory = allocateRing(capacity);
  const producer = new RingProducer(memory);
  const consumer = new RingConsumer(memory);
  let seq = 0;
  while (producer.offer(seq + 1, Buffer.alloc(100))) seq++;
  assert.equal(seq, 32, '32 records of 128 bytes fill 4096');
  assert.equal(take(consumer, 1000).length, 32);
  assert.ok(producer.offer(seq + 1, Buffer.alloc(100)));
});

test('a drained ring starts over at the beginning of its memory', () => {
  const memory = allocateRing(capacity);
  const producer = new RingProducer(memory);
  const consumer = new RingConsumer(memory);
  for (let seq = 1; seq <= 100; seq++) {
    assert.ok(producer.offer(seq, Buffer.from('abc')));
    assert.ok(consumer.peek(capacity));
    assert.equal(consumer.start, 0);
    consumer.release(consumer.end);
    assert.equal(producer.usedBytes, 0);
  }
});

test('a reader that dies between looking and releasing leaves everything to the next one', () => {
  const memory = allocateRing(capacity);
  const producer = new RingProducer(memory);
  const first = new RingConsumer(memory);
  for (let seq = 1; seq <= 20; seq++) producer.offer(seq, Buffer.from('a'));
  take(first, 5);
  first.peek(capacity);
  assert.equal(take(new RingConsumer(memory), 100)[0], '6:a');
});

test('a batch is at most as large as asked for, and one record at least', () => {
  const memory = allocateRing(capacity);
  const producer = new RingProducer(memory);
  const consumer = new RingConsumer(memory);
  for (let seq = 1; seq <= 10; seq++) producer.offer(seq, Buffer.alloc(72));
  assert.ok(consumer.peek(250));
  assert.equal(consumer.end - consumer.start, 200);
  assert.ok(consumer.peek(1));
  assert.equal(consumer.end - consumer.start, 100);
});

test('a mirrored seq follows its lowest bits over 2^32', () => {
  const control = new SharedArrayBuffer(32);
  const words = new Int32Array(control);
  const start = 4_294_967_290;
  words[ringWord.written] = start | 0;
  const mirror = new SeqMirror(control, ringWord.written, start);
  for (const seq of [start, start + 3, start + 6, start + 1000, start + 3_000_000_000]) {
    words[ringWord.written] = seq | 0;
    assert.equal(mirror.read(), seq);
  }
});

test('whoever waits for a seq knows whether it is written, beyond 2^32 too, and leaves no trace of the waiting', () => {
  const clock = new VirtualClock();
  for (const seq of [5, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5]) {
    const words = new Int32Array(allocateRing(capacity).control);
    Atomics.store(words, ringWord.written, seq | 0);
    assert.equal(awaitWritten(words, seq, 1, clock), true, `${seq} is written`);
    assert.equal(awaitWritten(words, seq - 1, 1, clock), true, `and so is what came before it`);
    assert.equal(awaitWritten(words, seq + 1, 1, clock), false, `and ${seq + 1} is not`);
    assert.equal(Atomics.load(words, ringWord.sleeper), 0);
    wakeSleeper(words);
    assert.equal(Atomics.load(words, ringWord.sleeper), 0);
  }
});
