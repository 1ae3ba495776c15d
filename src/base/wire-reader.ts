import { decimal64 } from './decimal.ts';

// Reads protobuf's wire format where it lies, field by field, for the few places that see every message: one object for
// all of them, nothing made per field but the texts that are asked for. Bytes are not trusted: whatever does not fit
// throws RangeError, and no read goes beyond the part that was opened.

/** How a field's value is written: the lowest three bits of its tag. */
export const wireType = { varint: 0, bytes8: 1, lengthed: 2, bytes4: 5 } as const;

const empty = Buffer.alloc(0);

export class WireReader {
  /** Number of the field at hand, set by `next`. */
  field = 0;
  /** Wire type of the field at hand. */
  wire = 0;
  /** Where the value of the field at hand lies in `bytes` (lengthed ones); set by `open`. */
  start = 0;
  end = 0;
  #bytes: Buffer = empty;
  #at = 0;
  #stop = 0;
  /** The two halves of the last varint, 32 bits each. */
  #low = 0;
  #high = 0;

  /** Begins with `bytes`. Keeps them until `release`. */
  reset(bytes: Uint8Array): void {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#stop = bytes.length;
  }

  /** Lets go of the bytes. */
  release(): void {
    this.#bytes = empty;
    this.#at = this.#stop = 0;
  }

  /** Goes to the next field of the part at hand. False: there is none. */
  next(): boolean {
    if (this.#at === this.#stop) return false;
    this.#varint();
    this.field = this.#low >>> 3;
    this.wire = this.#low & 7;
    if (this.#high !== 0 || this.field === 0) throw new RangeError('a tag that is none');
    return true;
  }

  /** Passes over the value at hand. */
  skip(): void {
    switch (this.wire) {
      case wireType.varint:
        this.#varint();
        break;
      case wireType.lengthed:
        this.open();
        this.#at = this.end;
        break;
      case wireType.bytes8:
        this.#pass(8);
        break;
      case wireType.bytes4:
        this.#pass(4);
        break;
      default:
        throw new RangeError(`wire type ${this.wire} is none of proto3`);
    }
  }

  /** Notes where the lengthed value at hand lies, in `start` and `end`, and stands at its beginning. */
  open(): void {
    this.#varint();
    const start = this.#at;
    if (this.#high !== 0 || start + this.#low > this.#stop || this.#low < 0)
      throw new RangeError('a field longer than its message');
    this.start = start;
    this.end = start + this.#low;
  }

  /** True while the part at hand has bytes left: for lists of numbers, which are written without tags. */
  get more(): boolean {
    return this.#at < this.#stop;
  }

  /** Goes into the message at hand: `next` gives its fields. Returns what `leave` needs to come back. */
  enter(): number {
    const outer = this.#stop;
    this.open();
    this.#stop = this.end;
    return outer;
  }

  /** Comes back out of a message, behind it. */
  leave(outer: number): void {
    this.#at = this.#stop;
    this.#stop = outer;
  }

  /** The lengthed value at hand, as a view. */
  view(): Buffer {
    this.open();
    this.#at = this.end;
    return this.#bytes.subarray(this.start, this.end);
  }

  /** The lengthed value at hand as text. */
  text(): string {
    this.open();
    this.#at = this.end;
    return this.#bytes.toString('utf8', this.start, this.end);
  }

  /** The lengthed value at hand as text: `known` itself where it is that. */
  textLike(known: string): string {
    this.open();
    this.#at = this.end;
    return this.#isAscii(known) ? known : this.#bytes.toString('utf8', this.start, this.end);
  }

  /** The lengthed value at hand as text: the same string as in `known` where it is one of those. */
  textOf(known: readonly string[]): string {
    this.open();
    this.#at = this.end;
    for (let index = 0; index < known.length; index++) if (this.#isAscii(known[index]!)) return known[index]!;
    return this.#bytes.toString('utf8', this.start, this.end);
  }

  /** The varint at hand as a signed 64-bit integer in decimal. */
  int64(): string {
    this.#varint();
    return decimal64(this.#high, this.#low);
  }

  /** The varint at hand as a signed 32-bit integer: higher bits are cut off. */
  int32(): number {
    this.#varint();
    return this.#low;
  }

  /** The varint at hand as a boolean. */
  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  /** Whether the value opened last is `text`, where that has one byte for each character. */
  #isAscii(text: string): boolean {
    const { length } = text;
    const { start } = this;
    if (length !== this.end - start) return false;
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80 || bytes[start + index] !== unit) return false;
    }
    return true;
  }

  #pass(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#stop) throw new RangeError('a field longer than its message');
  }

  #varint(): void {
    const at = this.#at;
    if (at < this.#stop) {
      const byte = this.#bytes[at]!;
      if (byte < 0x80) {
        this.#low = byte;
        this.#high = 0;
        this.#at = at + 1;
        return;
      }
    }
    this.#longVarint(at);
  }

  #longVarint(from: number): void {
    const bytes = this.#bytes;
    const stop = Math.min(this.#stop, from + 10);
    let low = 0;
    let high = 0;
    let shift = 0;
    for (let at = from; at < stop; at++) {
      const byte = bytes[at]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#low = low;
        this.#high = high;
        this.#at = at + 1;
        return;
      }
      shift += 7;
    }
    throw new RangeError('a number that does not end');
  }
}
