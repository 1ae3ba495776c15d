import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { beginRecord, recordBytesAt, recordHeaderBytes } from './record.ts';

// The way from the hot thread to the journal's thread: a ring of bytes in shared memory, one writer, one reader, no
// lock. The producer puts records in the form that they have on disk, so that the consumer writes them from here,
// without a copy. Bounded by its capacity; full is an answer. Survives the death of the consumer's thread.
//
// Positions count bytes and wrap at 2^32; the capacity is a power of two, so `position & mask` is the place. A record
// never wraps: where it does not fit, a skip mark sends the consumer to the start. A ring that is drained starts over
// at its beginning, so that a quiet room touches a few pages of its memory and not all of it.

/** Words of the control block, shared by both sides. */
export const ringWord = {
  /** Position behind the last record put in: the producer's. */
  tail: 0,
  /** Position behind the last record taken out: the consumer's. */
  head: 1,
  /** Seq written, modulo 2^32: the consumer's. The producer waits on it. */
  written: 2,
  /** Seq synced, modulo 2^32: the consumer's. */
  durable: 3,
  /** Index in writerStates: the consumer's. */
  state: 4,
  /** Position at which the producer started over when the ring was drained: what lies before it holds nothing. */
  floor: 5,
  /**
   * Moment until which the producer need not be told of what is written (`momentWord`), 0 = it must: the producer's.
   */
  restUntil: 6,
  /** 1 = the producer's thread sleeps until `written` moves (`awaitWritten`): the consumer wakes it. */
  sleeper: 7,
  /** 1 = a sync of the log has failed: nothing of it is called synced any more, by nobody: see `followSyncs`. */
  syncFailed: 8,
} as const;

/** How many words the control block has. */
export const ringWords = 9;
const skipMark = 0xffff_ffff;
/** Rests that are longer are none: the word is of a time long ago, and has come round. */
const restUsMax = 20_000;

/** A moment of the process's clock as a word: microseconds, modulo 2^32, and never 0. */
export function momentWord(atMs: number): number {
  return (atMs * 1_000) | 1;
}

/** Whether the producer rests at `nowMs`, and will look by itself when that is over. */
export function rests(words: Int32Array, nowMs: number): boolean {
  const until = Atomics.load(words, ringWord.restUntil);
  const restUs = (until - momentWord(nowMs)) | 0;
  return until !== 0 && restUs > 0 && restUs <= restUsMax;
}

/**
 * For the producer's thread: sleeps until everything up to `seq` is written, or `withinMs` are over. Whether it is. Its
 * core is free meanwhile, for the consumer's thread if need be.
 */
export function awaitWritten(words: Int32Array, seq: number, withinMs: number, clock: Clock): boolean {
  const untilMs = clock.nowMs() + withinMs;
  for (let leftMs = withinMs; ; leftMs = untilMs - clock.nowMs()) {
    Atomics.store(words, ringWord.sleeper, 1);
    if (((Atomics.load(words, ringWord.written) - seq) | 0) >= 0) break;
    if (leftMs <= 0 || Atomics.wait(words, ringWord.sleeper, 1, leftMs) === 'timed-out') break;
  }
  Atomics.store(words, ringWord.sleeper, 0);
  return ((Atomics.load(words, ringWord.written) - seq) | 0) >= 0;
}

/** For the consumer's thread, once `written` has moved. */
export function wakeSleeper(words: Int32Array): void {
  if (Atomics.exchange(words, ringWord.sleeper, 0) === 1) Atomics.notify(words, ringWord.sleeper);
}

export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
}

export function allocateRing(capacity: number): RingMemory {
  assert((capacity & (capacity - 1)) === 0, `a ring's capacity is a power of two, not ${capacity}`);
  return { control: new SharedArrayBuffer(ringWords * 4), data: new SharedArrayBuffer(capacity) };
}

export class RingProducer {
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #capacity: number;
  #tail: number;
  /**
   * As in the shared word. Follows the head, so that it is never more than a lap behind and differences keep their
   * sign.
   */
  #floor: number;

  constructor(memory: RingMemory) {
    this.#words = new Int32Array(memory.control);
    this.#bytes = Buffer.from(memory.data);
    this.#capacity = this.#bytes.length;
    this.#tail = Atomics.load(this.#words, ringWord.tail) >>> 0;
    this.#floor = this.#tail;
  }

  /** Bytes that are in use. */
  get usedBytes(): number {
    return (this.#tail - this.#start()) >>> 0;
  }

  /** Puts an event's record in. False, and nothing happens, when there is no room for it. */
  offer(seq: number, payload: Uint8Array): boolean {
    const length = recordHeaderBytes + payload.length;
    const start = this.#start();
    const place = this.#tail & (this.#capacity - 1);
    if (start === this.#tail && place !== 0) {
      this.#startOver(place);
    } else if (place + length > this.#capacity) {
      const skipped = this.#capacity - place;
      if (((this.#tail - start) >>> 0) + skipped + length > this.#capacity) return false;
      if (skipped >= 4) this.#bytes.writeUInt32LE(skipMark, place);
      this.#tail = (this.#tail + skipped) >>> 0;
    } else if (((this.#tail - start) >>> 0) + length > this.#capacity) {
      return false;
    }
    const at = this.#tail & (this.#capacity - 1);
    beginRecord(this.#bytes, at, 0, seq, payload.length);
    this.#bytes.set(payload, at + recordHeaderBytes);
    this.#tail = (this.#tail + length) >>> 0;
    Atomics.store(this.#words, ringWord.tail, this.#tail | 0);
    return true;
  }

  /**
   * The ring is drained: the next record goes to the beginning of its memory. The floor is told before the tail
   * moves.
   */
  #startOver(place: number): void {
    this.#tail = (this.#tail + this.#capacity - place) >>> 0;
    this.#floor = this.#tail;
    Atomics.store(this.#words, ringWord.floor, this.#floor | 0);
  }

  /** Where the bytes in use begin: the consumer's head, or the floor while the consumer is not there yet. */
  #start(): number {
    const head = Atomics.load(this.#words, ringWord.head) >>> 0;
    if (((this.#floor - head) | 0) < 0) {
      this.#floor = head;
      Atomics.store(this.#words, ringWord.floor, head | 0);
    }
    return this.#floor;
  }
}

export class RingConsumer {
  /** All of the ring's memory: `start` and `end` are places in it. */
  readonly bytes: Buffer;
  /** Whole records found by the last `peek`. */
  start = 0;
  end = 0;
  readonly #words: Int32Array;
  #head: number;

  constructor(memory: RingMemory) {
    this.#words = new Int32Array(memory.control);
    this.bytes = Buffer.from(memory.data);
    this.#head = Atomics.load(this.#words, ringWord.head) >>> 0;
  }

  get empty(): boolean {
    return Atomics.load(this.#words, ringWord.tail) >>> 0 === this.#head;
  }

  /**
   * Sets `start` and `end` to records that lie together, `bytesMax` at most (but one at least). False when there is
   * none.
   */
  peek(bytesMax: number): boolean {
    const tail = Atomics.load(this.#words, ringWord.tail) >>> 0;
    if (tail === this.#head) return false;
    const floor = Atomics.load(this.#words, ringWord.floor) >>> 0;
    if (((floor - this.#head) | 0) > 0) this.#head = floor;
    const capacity = this.bytes.length;
    const mask = capacity - 1;
    if (this.#skips(this.#head & mask)) this.#head = (this.#head - (this.#head & mask) + capacity) >>> 0;
    this.start = this.#head & mask;
    const limit = Math.min(this.start + ((tail - this.#head) >>> 0), capacity);
    let end = this.start;
    while (end < limit && !this.#skips(end)) {
      const next = end + recordBytesAt(this.bytes, end);
      if (next - this.start > bytesMax && end > this.start) break;
      end = next;
    }
    assert(end > this.start && end <= limit, 'the ring holds whole records');
    this.end = end;
    return true;
  }

  /** Gives the memory of the records up to `place` back to the producer. */
  release(place: number): void {
    this.#head = (this.#head + place - this.start) >>> 0;
    Atomics.store(this.#words, ringWord.head, this.#head | 0);
  }

  #skips(place: number): boolean {
    return place + recordHeaderBytes > this.bytes.length || this.bytes.readUInt32LE(place) === skipMark;
  }
}

/**
 * Follows a seq whose lowest 32 bits are in shared memory: exact as long as it moves by less than 2^32 between two
 * looks.
 */
export class SeqMirror {
  readonly #words: Int32Array;
  readonly #word: number;
  #seq: number;
  #low: number;

  constructor(control: SharedArrayBuffer, word: number, seq: number) {
    this.#words = new Int32Array(control);
    this.#word = word;
    this.#seq = seq;
    this.#low = seq >>> 0;
  }

  read(): number {
    const low = Atomics.load(this.#words, this.#word) >>> 0;
    if (low !== this.#low) {
      this.#seq += (low - this.#low) >>> 0;
      this.#low = low;
    }
    return this.#seq;
  }
}
