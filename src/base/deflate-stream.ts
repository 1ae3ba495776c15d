import { assert } from './assert.ts';

// Compresses messages one after the other as one deflate stream (RFC 1951), each ended so that it can be read at once
// (an empty stored block, without its last four bytes: RFC 7692 §7.2.1), and each finding its repetitions in all of
// those before it. Node's zlib does this well, but only in calls that end later or that begin a stream of their own,
// which for a message of 500 bytes costs more than compressing it. What is gained here comes from repetitions, so that
// the fixed Huffman code is enough.
//
// Owns a window of `capacity` bytes: everything since `restart`. When a message does not fit any more, the stream has
// to be started again. No allocation but what it is given to write to. The tests read everything back with zlib.

const hashBits = 13;
const matchMin = 4;
const matchMax = 258;
const distanceMax = 32_768;
/** Inside a match, no more than so many places are remembered: long repetitions repeat as a whole. */
const insertedMax = 16;

const [lengthCodes, lengthBits] = lengthTables();
const distanceCodes = distanceTable();
const [literalCodes, literalLengths] = literalTable();

export class DeflateStream {
  readonly #window: Buffer;
  readonly #latest = new Int32Array(1 << hashBits);
  #used = 0;
  #out: Buffer = Buffer.alloc(0);
  #at = 0;
  #bits = 0;
  #bitCount = 0;

  constructor(capacity: number) {
    this.#window = Buffer.allocUnsafeSlow(capacity + 8);
    this.restart();
  }

  /** Most bytes that a message of `length` bytes can take. */
  static bytesMax(length: number): number {
    return Math.ceil((length * 9 + 64) / 8);
  }

  /** Forgets what was before: the next message stands for itself. */
  restart(): void {
    this.#used = 0;
    this.#latest.fill(-1);
  }

  /** Whether a message of `length` bytes still fits. */
  fits(length: number): boolean {
    return this.#used + length <= this.#window.length - 8;
  }

  /** Compresses `source` from `from` to `to` into `out` at `at`; returns where it ends. It must fit. */
  write(source: Buffer, range: { readonly from: number; readonly to: number }, out: Buffer, at: number): number {
    const length = range.to - range.from;
    assert(this.fits(length), 'the stream was started again in time');
    const start = this.#used;
    source.copy(this.#window, start, range.from, range.to);
    this.#used += length;
    this.#out = out;
    this.#at = at;
    this.#put(0b010, 3);
    this.#compress(start, this.#used);
    this.#put(literalCodes[256]!, literalLengths[256]!);
    // The empty stored block: three bits, then up to the next byte.
    this.#put(0, 3);
    if (this.#bitCount > 0) this.#out[this.#at++] = this.#bits & 0xff;
    this.#bits = 0;
    this.#bitCount = 0;
    return this.#at;
  }

  #compress(start: number, end: number): void {
    const window = this.#window;
    const latest = this.#latest;
    let at = start;
    while (at < end) {
      const slot = at + matchMin <= end ? this.#slot(at) : -1;
      const candidate = slot < 0 ? -1 : latest[slot]!;
      if (slot >= 0) latest[slot] = at;
      let length = 0;
      if (candidate >= 0 && at - candidate <= distanceMax) {
        const lengthMax = Math.min(matchMax, end - at);
        while (length < lengthMax && window[candidate + length] === window[at + length]) length++;
      }
      if (length < matchMin) {
        const literal = window[at++]!;
        this.#put(literalCodes[literal]!, literalLengths[literal]!);
        continue;
      }
      this.#putMatch(length, at - candidate);
      const inserted = Math.min(at + Math.min(length, insertedMax), end - matchMin + 1);
      for (let place = at + 1; place < inserted; place++) latest[this.#slot(place)] = place;
      at += length;
    }
  }

  #slot(at: number): number {
    const window = this.#window;
    const four = window[at]! | (window[at + 1]! << 8) | (window[at + 2]! << 16) | (window[at + 3]! << 24);
    return Math.imul(four, 0x9e37_79b1) >>> (32 - hashBits);
  }

  #putMatch(length: number, distance: number): void {
    const code = lengthCodes[length]!;
    this.#put(literalCodes[code]!, literalLengths[code]!);
    const extra = lengthBits[length]!;
    this.#put(extra >>> 4, extra & 15);
    // Above four, a code's extra bits are all but the two highest of the distance less one.
    const place = distance - 1;
    if (place < 4) {
      this.#put(distanceCodes[place]!, 5);
      return;
    }
    const extraBits = 30 - Math.clz32(place);
    this.#put(distanceCodes[2 * extraBits + (place >>> extraBits)]!, 5);
    this.#put(place & ((1 << extraBits) - 1), extraBits);
  }

  #put(bits: number, count: number): void {
    this.#bits |= bits << this.#bitCount;
    this.#bitCount += count;
    while (this.#bitCount >= 8) {
      this.#out[this.#at++] = this.#bits & 0xff;
      this.#bits >>>= 8;
      this.#bitCount -= 8;
    }
  }
}

function reversed(value: number, count: number): number {
  let result = 0;
  for (let bit = 0; bit < count; bit++) result |= ((value >>> bit) & 1) << (count - 1 - bit);
  return result;
}

/** The fixed Huffman code of literals and lengths (RFC 1951 §3.2.6), reversed as it is written. */
function literalTable(): [Uint16Array, Uint8Array] {
  const codes = new Uint16Array(288);
  const lengths = new Uint8Array(288);
  const ranges = [
    { from: 0, to: 144, first: 0x30, length: 8 },
    { from: 144, to: 256, first: 0x190, length: 9 },
    { from: 256, to: 280, first: 0, length: 7 },
    { from: 280, to: 288, first: 0xc0, length: 8 },
  ];
  for (const { from, to, first, length } of ranges)
    for (let symbol = from; symbol < to; symbol++) {
      codes[symbol] = reversed(first + symbol - from, length);
      lengths[symbol] = length;
    }
  return [codes, lengths];
}

/** By length of a match: its code, and its extra bits as value << 4 | count (RFC 1951 §3.2.5). */
function lengthTables(): [Uint16Array, Uint16Array] {
  const codes = new Uint16Array(matchMax + 1);
  const bits = new Uint16Array(matchMax + 1);
  let length = 3;
  for (let code = 257; code < 285; code++) {
    const count = code < 265 ? 0 : (code - 261) >>> 2;
    for (let value = 0; value < 1 << count; value++, length++) {
      codes[length] = code;
      bits[length] = (value << 4) | count;
    }
  }
  codes[matchMax] = 285;
  bits[matchMax] = 0;
  return [codes, bits];
}

function distanceTable(): Uint8Array {
  return Uint8Array.from({ length: 30 }, (_, code) => reversed(code, 5));
}
