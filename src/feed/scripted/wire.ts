import { assert } from '../../base/assert.ts';

// Writes protobuf fields by number. The scripted LIVE writes far more fields than MEKS reads (webcast.proto names only
// those), because real messages do: avatars, badges and display texts are nine tenths of their bytes. Writing by
// number also keeps the writer independent of the reader: that both agree is a test, not a tautology.
// Not the writer of @bufbuild/protobuf: that one took 80 % of the scripted LIVE's time in growing its buffers. This one
// borrows a buffer until `bytes` and copies once.

const varint = 0;
const lengthDelimited = 2;

/** Buffers not in use; as many as messages were ever nested. */
const spare: Buffer[] = [];
const scratchBytes = 16_384;

export class Fields {
  #buffer: Buffer | null = spare.pop() ?? Buffer.allocUnsafe(scratchBytes);
  #length = 0;

  /** int32, int64 within 2^53, bool as 0 or 1; the default 0 is left out, as proto3 does. Never negative. */
  int(field: number, value: number): this {
    if (value === 0) return this;
    assert(Number.isSafeInteger(value) && value > 0, `field ${field} must be a whole number from 0, not ${value}`);
    this.#tag(field, varint);
    this.#varint(value);
    return this;
  }

  /** A 64-bit id as a decimal string; '0' is left out. */
  id(field: number, value: string): this {
    if (value === '0' || value === '') return this;
    this.#tag(field, varint);
    const whole = BigInt(value);
    // The low 49 bits are whole groups of seven; what is left of 64 fits a number as well.
    const low = Number(whole & 0x1_ffff_ffff_ffffn);
    const high = Number(whole >> 49n);
    if (high === 0) {
      this.#varint(low);
      return this;
    }
    const buffer = this.#room(10);
    let rest = low;
    for (let group = 0; group < 7; group++) {
      buffer[this.#length++] = 128 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    this.#varint(high);
    return this;
  }

  text(field: number, value: string): this {
    if (value === '') return this;
    const bytes = Buffer.byteLength(value);
    this.#tag(field, lengthDelimited);
    this.#varint(bytes);
    const buffer = this.#room(bytes);
    this.#length += buffer.write(value, this.#length);
    return this;
  }

  /** A nested message that is encoded already; written even when empty. */
  part(field: number, message: Uint8Array): this {
    this.#tag(field, lengthDelimited);
    this.#varint(message.length);
    return this.fields(message);
  }

  /** Fields that are encoded already, with their tags. */
  fields(encoded: Uint8Array): this {
    this.#room(encoded.length).set(encoded, this.#length);
    this.#length += encoded.length;
    return this;
  }

  /** The message. Ends this writer: nothing can be added afterwards. */
  bytes(): Uint8Array {
    const buffer = this.#room(0);
    const message = Buffer.allocUnsafe(this.#length);
    buffer.copy(message, 0, 0, this.#length);
    this.#buffer = null;
    spare.push(buffer);
    return message;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    const buffer = this.#room(8);
    let rest = value;
    while (rest >= 128) {
      buffer[this.#length++] = 128 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    buffer[this.#length++] = rest;
  }

  #room(bytes: number): Buffer {
    const buffer = this.#buffer;
    assert(buffer !== null, 'a message that was taken is not written to');
    if (this.#length + bytes <= buffer.length) return buffer;
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes));
    buffer.copy(larger, 0, 0, this.#length);
    return (this.#buffer = larger);
  }
}

/** One image of upstream: addresses of the same picture on several hosts, and its name there. */
export function image(urls: readonly string[], uri: string, color = ''): Uint8Array {
  const fields = new Fields();
  for (const url of urls) fields.text(1, url);
  return fields.text(2, uri).text(5, color).bytes();
}

export const empty = new Uint8Array(0);
