import { assert } from '../base/assert.ts';
import { MeksError } from '../protocol/errors.ts';
import { Board } from './board.ts';
import { Roster } from './roster.ts';

// The ranking's state as bytes: numbers in rows of 64 or 32 bits, texts as UTF-8 JSON, a checksum at the end. The same
// state gives the same bytes, whatever its history: boards are written in their order, gifters in the order of their
// first appearance. Rows begin at multiples of 8 bytes, so that writing and reading them is copying.

const magic = 'MEKSRNK3';
const headBytes = magic.length;
const tailBytes = 8;

/** Bytes that a row of `bytes` bytes takes. */
export function aligned(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** Writes into one buffer whose size is known before. */
export class ByteWriter {
  readonly #bytes: Buffer;
  #at = headBytes;

  /** `payloadBytes` is the sum of what will be written. */
  constructor(payloadBytes: number) {
    // Zeroed: what alignment leaves free is part of the bytes too.
    this.#bytes = Buffer.from(new ArrayBuffer(headBytes + payloadBytes + tailBytes));
    this.#bytes.write(magic, 'latin1');
  }

  float64(value: number): void {
    this.#bytes.writeDoubleLE(value, this.#take(8));
  }

  /** Room for so many 64-bit floats, to be filled by the caller. */
  float64s(count: number): Float64Array {
    return new Float64Array(this.#bytes.buffer, this.#take(8 * count), count);
  }

  int32s(count: number): Int32Array {
    return new Int32Array(this.#bytes.buffer, this.#take(4 * count), count);
  }

  /** A length and the text, which takes `bytes` bytes. */
  text(value: string, bytes: number): void {
    this.float64(bytes);
    this.#bytes.write(value, this.#take(bytes), 'utf8');
  }

  /** A length and all profiles, which take `bytes` bytes. */
  roster(roster: Roster, bytes: number): void {
    this.float64(bytes);
    roster.save(this.#bytes, this.#take(bytes));
  }

  /** All of it, with its checksum. */
  finish(): Uint8Array {
    const at = this.#at;
    assert(at + tailBytes === this.#bytes.length, 'as many bytes were written as were asked for');
    writeChecksum(this.#bytes, at, this.#bytes, at);
    return this.#bytes;
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += aligned(bytes);
    return at;
  }
}

/**
 * Reads what a ByteWriter wrote. Throws MEKS_JOURNAL_CORRUPT where it was not one, or not this version, or was damaged.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = headBytes;
  readonly #end: number;

  constructor(bytes: Uint8Array) {
    // Rows are read where they lie, which must be a multiple of 8.
    const lying = (bytes.byteOffset & 7) === 0 ? bytes : new Uint8Array(bytes);
    this.#bytes = Buffer.from(lying.buffer, lying.byteOffset, lying.byteLength);
    this.#end = bytes.byteLength - tailBytes;
    if (this.#end < headBytes || this.#bytes.toString('latin1', 0, headBytes) !== magic) {
      throw corrupt(`it does not begin with ${magic}`);
    }
    if ((lying.byteLength & 7) !== 0) throw corrupt(`${lying.byteLength} bytes are no whole number of rows`);
    const expected = Buffer.alloc(tailBytes);
    writeChecksum(this.#bytes, this.#end, expected, 0);
    if (expected.compare(this.#bytes, this.#end) !== 0) throw corrupt('its checksum does not fit');
  }

  float64(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  float64s(count: number): Float64Array {
    const at = this.#take(8 * count);
    return new Float64Array(this.#bytes.buffer, this.#bytes.byteOffset + at, count);
  }

  int32s(count: number): Int32Array {
    const at = this.#take(4 * count);
    return new Int32Array(this.#bytes.buffer, this.#bytes.byteOffset + at, count);
  }

  text(): string {
    const length = this.float64();
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  roster(giftersMax: number): Roster {
    const length = this.float64();
    const at = this.#take(length);
    const roster = new Roster(giftersMax);
    if (!roster.load(this.#bytes, at, at + length)) throw corrupt('its roster is no roster');
    return roster;
  }

  finish(): void {
    if (this.#at !== this.#end) throw corrupt(`${this.#end - this.#at} bytes are left over`);
  }

  #take(length: number): number {
    const at = this.#at;
    if (!Number.isSafeInteger(length) || length < 0 || at + length > this.#end) throw corrupt('it ends in the middle');
    this.#at += aligned(length);
    return at;
  }
}

/** Whether Ranking.restore knows the format of these bytes, and finds them whole. */
export function isSavedRanking(bytes: Uint8Array): boolean {
  try {
    return new ByteReader(bytes) instanceof ByteReader;
  } catch (error) {
    if (error instanceof MeksError) return false;
    throw error;
  }
}

/**
 * 64 bits over the first `length` bytes: each word in, multiplied by an odd number, so that no single change is lost.
 */
function writeChecksum(bytes: Buffer, length: number, into: Buffer, at: number): void {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, length >> 2);
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let index = 0; index < words.length; index++) {
    low = Math.imul(low ^ words[index]!, 0x01000193);
    high = Math.imul(high ^ words[index]!, 0x5bd1e995) ^ (high >>> 15);
  }
  into.writeInt32LE(low | 0, at);
  into.writeInt32LE(high | 0, at + 4);
}

export function corrupt(why: string): MeksError {
  return new MeksError(
    'MEKS_JOURNAL_CORRUPT',
    `the saved ranking cannot be used: ${why}. Remove that snapshot; the log before it brings the state back.`,
  );
}

/** Bytes that `saveBoard` writes. */
export function boardBytes(board: Board): number {
  return 8 + aligned(4 * board.size) + 16 * board.size;
}

export function saveBoard(writer: ByteWriter, board: Board): void {
  const { size } = board;
  writer.float64(size);
  const gifters = board.gifters(1, size);
  writer.int32s(size).set(gifters);
  const diamonds = writer.float64s(size);
  const seqs = writer.float64s(size);
  for (let row = 0; row < size; row++) {
    diamonds[row] = board.diamondsOf(gifters[row]!);
    seqs[row] = board.seqOf(gifters[row]!);
  }
}

/** `known` is the size of the roster. */
export function loadBoard(reader: ByteReader, known: number): Board {
  const board = new Board();
  const size = reader.float64();
  const gifters = reader.int32s(size);
  if (gifters.some((gifter) => gifter >= known)) throw corrupt('a board ranks a gifter who is not in the roster');
  if (!board.load(gifters, reader.float64s(size), reader.float64s(size))) throw corrupt('a board is out of order');
  return board;
}
