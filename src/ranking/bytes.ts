import { crc32 } from 'node:zlib';
import { MeksError } from '../protocol/errors.ts';
import { Board } from './board.ts';
import { Roster } from './roster.ts';

// The ranking's state as bytes: numbers little-endian, texts as UTF-8 JSON, a checksum at the end. The same state gives the
// same bytes, whatever its history: boards are written in their order, gifters in the order of their first appearance.

const magic = 'MEKSRNK1';
const headBytes = magic.length;
const crcBytes = 4;

/** Writes into one buffer whose size is known before. */
export class ByteWriter {
  readonly #bytes: Buffer;
  #at = headBytes;

  /** `payloadBytes` is the sum of what will be written. */
  constructor(payloadBytes: number) {
    this.#bytes = Buffer.allocUnsafe(headBytes + payloadBytes + crcBytes);
    this.#bytes.write(magic, 'latin1');
  }

  float64(value: number): void {
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  int32(value: number): void {
    this.#at = this.#bytes.writeInt32LE(value, this.#at);
  }

  /** A length and the text, which takes `bytes` bytes. */
  text(value: string, bytes: number): void {
    this.int32(bytes);
    this.#at += this.#bytes.write(value, this.#at, 'utf8');
  }

  /** A length and all profiles, which take `bytes` bytes. */
  roster(roster: Roster, bytes: number): void {
    this.float64(bytes);
    this.#at = roster.save(this.#bytes, this.#at);
  }

  /** All of it, with its checksum. */
  finish(): Uint8Array {
    this.#bytes.writeUInt32LE(crc32(this.#bytes.subarray(0, this.#at)), this.#at);
    return this.#bytes;
  }
}

/** Reads what a ByteWriter wrote. Throws MEKS_JOURNAL_CORRUPT where it was not one, or not this version, or was damaged. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = headBytes;
  readonly #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.byteLength - crcBytes;
    if (this.#end < headBytes || this.#bytes.toString('latin1', 0, headBytes) !== magic) {
      throw corrupt(`it does not begin with ${magic}`);
    }
    const found = this.#bytes.readUInt32LE(this.#end);
    const expected = crc32(this.#bytes.subarray(0, this.#end));
    if (found !== expected) throw corrupt(`its checksum is ${expected}, not ${found}`);
  }

  float64(): number {
    const at = this.#take(8);
    return this.#bytes.readDoubleLE(at);
  }

  int32(): number {
    const at = this.#take(4);
    return this.#bytes.readInt32LE(at);
  }

  text(): string {
    const length = this.int32();
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
    if (!(length >= 0 && at + length <= this.#end)) throw corrupt('it ends in the middle');
    this.#at += length;
    return at;
  }
}

export function corrupt(why: string): MeksError {
  return new MeksError(
    'MEKS_JOURNAL_CORRUPT',
    `the saved ranking cannot be used: ${why}. Remove that snapshot; the log before it brings the state back.`,
  );
}

/** Bytes that `saveBoard` writes. */
export function boardBytes(board: Board): number {
  return 4 + 20 * board.size;
}

export function saveBoard(writer: ByteWriter, board: Board): void {
  writer.int32(board.size);
  for (const gifter of board.gifters(1, board.size)) {
    writer.int32(gifter);
    writer.float64(board.diamondsOf(gifter));
    writer.float64(board.seqOf(gifter));
  }
}

/** Rows come in order, so that each goes to the end of the board. `gifters` is the size of the roster. */
export function loadBoard(reader: ByteReader, gifters: number): Board {
  const board = new Board();
  const size = reader.int32();
  for (let rank = 1; rank <= size; rank++) {
    const gifter = reader.int32();
    const diamonds = reader.float64();
    const seq = reader.float64();
    const unusable = gifter < 0 || gifter >= gifters || !(diamonds > 0) || board.rankOf(gifter) !== 0;
    if (unusable || board.add(gifter, diamonds, seq) !== rank) throw corrupt(`its row ${rank} is out of order`);
  }
  return board;
}
