import { crc32 } from 'node:zlib';
import { HuffmanCode } from './huffman.ts';

// Inflates the gzip payloads of frames (RFC 1951, 1952) without making anything but a view of what came out: one frame
// in each message's way, five thousand bytes each, hundreds a second. Node's zlib inflates faster, but makes an object
// with a destructor, a stream's state and 16 KB of buffer for each call, which the collector then has to find its way
// through in the middle of a burst (docs/PERFORMANCE.md).
//
// It never says that something is wrong: what is not a plain, small member whose checksum and size are right gives
// null, and Node's zlib decides. So a mistake here can cost time, but never a wrong byte.
//
// Owns the slab that is written to next. What was given away keeps its slab alive; memory is used once.

const slabBytes = 262_144;
/**
 * What inflates to more than this (three gifts) is left to zlib: what a call costs it weighs less there than its speed.
 */
const outputBytesMax = 16_384;
const inputBytesMax = 16_384;
/** How far beyond its end the input is read. */
const readAheadBytes = 16;
/** Longest match: what is written beyond the expected end before that is noticed. */
const matchBytesMax = 258;
/** Deflate cannot do better than this. */
const ratioMax = 1_032;
/** How a member begins that is deflate and has no flags: no name, no extra field, no comment. */
const plainGzip = 0x0008_8b1f;
const headerBytes = 10;
const trailerBytes = 8;

const lengthBase = new Uint16Array([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
const lengthBits = new Uint8Array([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const distanceBase = new Uint16Array([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12_289, 16_385, 24_577,
]);
const distanceBits = new Uint8Array([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
/** The order in which the lengths of the code for code lengths come. */
const lengthOrder = new Uint8Array([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
const endOfBlock = 256;
/** A match at least as long as this is copied by the system. */
const copyBytesMin = 32;

export class Inflater {
  readonly #literals = new HuffmanCode(10, 288);
  readonly #distances = new HuffmanCode(8, 32);
  readonly #codeLengths = new HuffmanCode(7, 19);
  readonly #lengths = new Uint8Array(288 + 32);
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;
  /** A copy of the input: deflate's bits lie in [#at, #end), the trailer and more behind them. */
  readonly #input = new Uint8Array(inputBytesMax + readAheadBytes);
  readonly #view = new DataView(this.#input.buffer);
  #at = 0;
  #end = 0;
  /** Bits taken from the input and not used yet, the next one lowest; 31 at most. */
  #hold = 0;
  #have = 0;
  /** Where the output begins, where the next byte goes, and where the last one has to end. */
  #start = 0;
  #to = 0;
  #stop = 0;

  /** What `gzip` inflates to; null where it is anything but one plain and sound member. */
  gunzip(gzip: Uint8Array): Buffer | null {
    const end = gzip.length - trailerBytes;
    if (end < headerBytes || gzip.length > inputBytesMax || wordAt(gzip, 0) !== plainGzip) return null;
    const size = wordAt(gzip, end + 4);
    if (size > outputBytesMax || size > gzip.length * ratioMax) return null;
    if (this.#used + size + matchBytesMax > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
    }
    this.#input.set(gzip);
    this.#at = headerBytes;
    this.#end = end;
    this.#hold = this.#have = 0;
    this.#start = this.#to = this.#used;
    this.#stop = this.#start + size;
    const sound = this.#blocks() && this.#to === this.#stop && this.#at - (this.#have >> 3) === end;
    if (!sound) return null;
    const output = this.#slab.subarray(this.#start, this.#stop);
    if (crc32(output) !== wordAt(gzip, end)) return null;
    this.#used = this.#stop;
    return output;
  }

  #blocks(): boolean {
    for (;;) {
      this.#need(3);
      const last = this.#take(1) === 1;
      const kind = this.#take(2);
      let sound = false;
      if (kind === 0) sound = this.#stored();
      else if (kind === 1) sound = this.#fixedCodes() && this.#symbols();
      else if (kind === 2) sound = this.#ownCodes() && this.#symbols();
      if (!sound || last) return sound;
    }
  }

  #stored(): boolean {
    // Back to the first whole byte that was not used.
    let at = this.#at - (this.#have >> 3);
    this.#hold = this.#have = 0;
    const input = this.#input;
    if (at + 4 > this.#end) return false;
    const length = input[at]! | (input[at + 1]! << 8);
    if ((length ^ 0xffff) !== (input[at + 2]! | (input[at + 3]! << 8))) return false;
    at += 4;
    if (at + length > this.#end || this.#to + length > this.#stop) return false;
    for (let index = 0; index < length; index++) this.#slab[this.#to++] = input[at++]!;
    this.#at = at;
    return true;
  }

  #fixedCodes(): boolean {
    const lengths = this.#lengths;
    lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288).fill(5, 288, 320);
    return this.#literals.build(lengths, 0, 288) && this.#distances.build(lengths, 288, 32);
  }

  /** Reads the lengths of the two codes of a block, which are written in a code of their own. */
  #ownCodes(): boolean {
    const lengths = this.#lengths;
    this.#need(14);
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const written = this.#take(4) + 4;
    if (literals > 286 || distances > 30) return false;
    lengths.fill(0, 0, 19);
    for (let index = 0; index < written; index++) {
      this.#need(3);
      lengths[lengthOrder[index]!] = this.#take(3);
    }
    if (!this.#codeLengths.build(lengths, 0, 19)) return false;
    const { table } = this.#codeLengths;
    const count = literals + distances;
    for (let index = 0; index < count;) {
      this.#need(14);
      const entry = table[this.#hold & 127]!;
      if (entry === 0 || this.#at > this.#end + 4) return false;
      this.#take(entry & 15);
      const symbol = entry >> 4;
      if (symbol < 16) {
        lengths[index++] = symbol;
        continue;
      }
      const repeats = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (index + repeats > count || (symbol === 16 && index === 0)) return false;
      lengths.fill(symbol === 16 ? lengths[index - 1]! : 0, index, index + repeats);
      index += repeats;
    }
    return this.#literals.build(lengths, 0, literals) && this.#distances.build(lengths, literals, distances);
  }

  /**
   * The literals and matches of a block. All state in locals: this loop is what inflating costs. Bits are taken in four
   * bytes at a time without asking how many are missing: what is above the `have` lowest ones is there already, and
   * or-ing it in again changes nothing.
   */
  #symbols(): boolean {
    const view = this.#view;
    const output = this.#slab;
    const literals = this.#literals.table;
    const distances = this.#distances.table;
    const inputStop = this.#end + 4;
    const outputStop = this.#stop;
    let at = this.#at;
    let to = this.#to;
    let hold = this.#hold;
    let have = this.#have;
    let ended = false;
    while (at <= inputStop && to <= outputStop) {
      hold |= view.getInt32(at, true) << have;
      at += (31 - have) >> 3;
      have |= 24;
      let entry = literals[hold & 1023]!;
      if (entry === 0 && (entry = this.#literals.long(hold | 0)) === 0) break;
      hold >>>= entry & 15;
      have -= entry & 15;
      const symbol = entry >> 4;
      if (symbol < endOfBlock) {
        output[to++] = symbol;
        continue;
      }
      ended = symbol === endOfBlock;
      const kind = symbol - 257;
      if (ended || kind >= lengthBase.length) break;
      const length = lengthBase[kind]! + (hold & ((1 << lengthBits[kind]!) - 1));
      hold >>>= lengthBits[kind]!;
      have -= lengthBits[kind]!;
      hold |= view.getInt32(at, true) << have;
      at += (31 - have) >> 3;
      have |= 24;
      entry = distances[hold & 255]!;
      if (entry === 0 && (entry = this.#distances.long(hold | 0)) === 0) break;
      hold >>>= entry & 15;
      have -= entry & 15;
      hold |= view.getInt32(at, true) << have;
      at += (31 - have) >> 3;
      have |= 24;
      const far = entry >> 4;
      if (far >= distanceBase.length) break;
      let from = to - distanceBase[far]! - (hold & ((1 << distanceBits[far]!) - 1));
      hold >>>= distanceBits[far]!;
      have -= distanceBits[far]!;
      if (from < this.#start) break;
      const copied = to + length;
      if (length >= copyBytesMin && from + length <= to) {
        output.copyWithin(to, from, from + length);
        to = copied;
      } else while (to < copied) output[to++] = output[from++]!;
    }
    this.#at = at;
    this.#to = to;
    this.#hold = hold & ((1 << have) - 1);
    this.#have = have;
    return ended;
  }

  /** Sees to it that so many bits (24 at most) are held; beyond the input they are 0. */
  #need(bits: number): void {
    while (this.#have < bits) {
      this.#hold |= this.#input[this.#at]! << this.#have;
      this.#at++;
      this.#have += 8;
    }
  }

  #take(bits: number): number {
    const taken = this.#hold & ((1 << bits) - 1);
    this.#hold >>= bits;
    this.#have -= bits;
    return taken;
  }
}

/** The 32 bits at `at`, lowest byte first, as a whole number from 0. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
