import { assert } from './assert.ts';

// A ring of byte records in shared memory, numbered as in byte-ring.ts: one thread writes, any number of others read,
// nobody locks and the writer never waits. Bounded by `recordsMax` and `bytes`; full means that the oldest go.
//
// Contract (the tests state it as laws):
//   1. Readers may read records below `limit`, which the writer moves on (`pass`) once a record may be seen.
//   2. Memory of a record is written to again only after `oldest` has moved past it. So a reader copies first and looks
//      at `oldest` then (`intact`): what was overwritten meanwhile is known to be torn, and is never used.
//   3. A record lies in one piece; where it does not fit before the end of the memory, it begins at the start.
//
// Numbers in shared words are their lowest 32 bits: exact for whoever is less than 2^31 records away.

const oldestWord = 0;
/** A cache line of its own: readers look at it far more often than at the other. */
const limitWord = 16;
const words = 32;

/** Plain data, to be sent to the threads that read. */
export interface SharedRingMemory {
  readonly control: SharedArrayBuffer;
  /** By number & mask: where the record starts, and how long it is. */
  readonly index: SharedArrayBuffer;
  /** By number & mask: a number that the writer gave the record. */
  readonly stamps: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}

export interface SharedRingOptions {
  /** Records retained at most; a power of two. */
  readonly recordsMax: number;
  /** Bytes retained at most. Pages that were never written to take no memory. */
  readonly bytesMax: number;
  /** Longest record. */
  readonly recordBytesMax: number;
  /** Number of the first record; above 1 when a stream goes on after a restart. */
  readonly firstNumber?: number;
}

/** The whole number nearest to `reference` whose lowest 32 bits are `low`. */
function near(reference: number, low: number): number {
  return reference + ((low - (reference >>> 0)) | 0);
}

export class SharedRingWriter {
  readonly memory: SharedRingMemory;
  readonly #control: Int32Array;
  readonly #index: Uint32Array;
  readonly #stamps: Float64Array;
  readonly #bytes: Buffer;
  readonly #recordsMax: number;
  readonly #recordBytesMax: number;
  /** By number & mask: bytes written before the record, ever, skipped ones included. */
  readonly #positions: Float64Array;
  #head: number;
  #oldest: number;
  #limit: number;
  /** Bytes written ever, skipped ones included: `% capacity` is the place. */
  #tail = 0;

  constructor(options: SharedRingOptions) {
    const { recordsMax, bytesMax, recordBytesMax, firstNumber = 1 } = options;
    assert(recordsMax > 0 && (recordsMax & (recordsMax - 1)) === 0, 'recordsMax is a power of two');
    assert(recordBytesMax * 2 <= bytesMax, 'a ring holds at least two records');
    this.memory = {
      control: new SharedArrayBuffer(words * 4),
      index: new SharedArrayBuffer(recordsMax * 8),
      stamps: new SharedArrayBuffer(recordsMax * 8),
      bytes: new SharedArrayBuffer(bytesMax),
    };
    this.#control = new Int32Array(this.memory.control);
    this.#index = new Uint32Array(this.memory.index);
    this.#stamps = new Float64Array(this.memory.stamps);
    this.#bytes = Buffer.from(this.memory.bytes);
    this.#recordsMax = recordsMax;
    this.#recordBytesMax = recordBytesMax;
    this.#positions = new Float64Array(recordsMax);
    this.#head = firstNumber;
    this.#oldest = firstNumber;
    this.#limit = firstNumber;
    Atomics.store(this.#control, oldestWord, firstNumber | 0);
    Atomics.store(this.#control, limitWord, firstNumber | 0);
  }

  get recordsMax(): number {
    return this.#recordsMax;
  }

  /** Number that the next record gets. */
  get head(): number {
    return this.#head;
  }

  /** Lowest number still held; equals `head` when nothing is. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Bytes from the start of the oldest record to the end of the newest. */
  get heldBytes(): number {
    return this.#oldest === this.#head ? 0 : this.#tail - this.#positions[this.#oldest & (this.#recordsMax - 1)]!;
  }

  /**
   * Makes room for a record of `length` bytes, at `writeOffset` of the buffer that it gives. Records that lay there are
   * told to be gone first.
   */
  reserve(length: number): Buffer {
    assert(length > 0 && length <= this.#recordBytesMax, 'a record has bytes, and fits its limit');
    const capacity = this.#bytes.length;
    const place = this.#tail % capacity;
    if (place + length > capacity) this.#tail += capacity - place;
    const end = this.#tail + length;
    const mask = this.#recordsMax - 1;
    const before = this.#oldest;
    while (
      this.#oldest < this.#head &&
      (end - this.#positions[this.#oldest & mask]! > capacity || this.#head - this.#oldest === this.#recordsMax)
    )
      this.#oldest++;
    if (this.#oldest !== before) {
      Atomics.store(this.#control, oldestWord, this.#oldest | 0);
      // A fence: no byte of the new record may become visible before the word does. A store that is sequentially
      // consistent keeps what came before it in place, and only a load of the same kind what comes after.
      Atomics.load(this.#control, oldestWord);
    }
    return this.#bytes;
  }

  /** Where in the buffer given by `reserve` the record begins. */
  get writeOffset(): number {
    return this.#tail % this.#bytes.length;
  }

  /** Takes the record written after `reserve` in, and returns its number. Readers see it once it is passed. */
  commit(length: number): number {
    const number = this.#head++;
    const slot = number & (this.#recordsMax - 1);
    this.#positions[slot] = this.#tail;
    this.#index[slot * 2] = this.writeOffset;
    this.#index[slot * 2 + 1] = length;
    this.#tail += length;
    return number;
  }

  /** Gives record `number`, which is not passed yet, a number to go with it. */
  stamp(number: number, value: number): void {
    this.#stamps[number & (this.#recordsMax - 1)] = value;
  }

  /** Lets readers see all records below `limit`. False: nothing is new. */
  pass(limit: number): boolean {
    assert(limit <= this.#head, 'only what was committed is passed');
    if (limit <= this.#limit) return false;
    this.#limit = limit;
    Atomics.store(this.#control, limitWord, limit | 0);
    return true;
  }
}

export class SharedRingReader {
  /** All of the ring's memory: `start` and `length` of the record found last are places in it. */
  readonly bytes: Buffer;
  start = 0;
  length = 0;
  readonly #control: Int32Array;
  readonly #index: Uint32Array;
  readonly #stamps: Float64Array;
  readonly #mask: number;
  readonly #recordBytesMax: number;
  /** A number that the reader has been near: what the lowest 32 bits are completed by. */
  #near: number;

  /** `number`: any that is less than 2^31 away from what the ring holds. */
  constructor(memory: SharedRingMemory, number: number, recordBytesMax: number) {
    this.bytes = Buffer.from(memory.bytes);
    this.#control = new Int32Array(memory.control);
    this.#index = new Uint32Array(memory.index);
    this.#stamps = new Float64Array(memory.stamps);
    this.#mask = this.#index.length / 2 - 1;
    this.#recordBytesMax = recordBytesMax;
    this.#near = number;
  }

  /** Records below this may be read. */
  get limit(): number {
    this.#near = near(this.#near, Atomics.load(this.#control, limitWord));
    return this.#near;
  }

  /** Lowest number that is still whole. */
  get oldest(): number {
    return near(this.#near, Atomics.load(this.#control, oldestWord));
  }

  /** Finds record `number`, which is below `limit`: sets `start` and `length`. False: it is gone. */
  find(number: number): boolean {
    const slot = number & this.#mask;
    this.start = this.#index[slot * 2]!;
    this.length = this.#index[slot * 2 + 1]!;
    return this.intact(number) && this.length <= this.#recordBytesMax;
  }

  /** Whether all that was read of record `number` until now was whole. To be asked after copying, before use. */
  intact(number: number): boolean {
    // A read that also writes (nothing): the reads before it cannot be put off until after it.
    return near(number, Atomics.add(this.#control, oldestWord, 0)) <= number;
  }

  /** What the writer gave record `number` along: read it between `find` and `intact`. */
  stampOf(number: number): number {
    return this.#stamps[number & this.#mask]!;
  }
}
