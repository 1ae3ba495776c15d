// Protobuf fields by number, for the few messages that a simulated LIVE sends: small, so that a world spends its time
// in the broker. Independent of the reader, as everything that tests it. Numbers up to 2^53.

const varint = 0;
const lengthDelimited = 2;
/** One message under construction at a time, and the parts nested in it: each has its own stretch of the scratch. */
const scratch = Buffer.allocUnsafeSlow(65_536);
let used = 0;

export class Wire {
  readonly #start = used;

  /** A whole number from 0; 0 is left out, as proto3 does. */
  int(field: number, value: number): this {
    if (value === 0) return this;
    this.#varint(field * 8 + varint);
    this.#varint(value);
    return this;
  }

  /** The same, but a 0 is written. */
  present(field: number, value: number): this {
    this.#varint(field * 8 + varint);
    this.#varint(value);
    return this;
  }

  text(field: number, value: string): this {
    if (value === '') return this;
    this.#varint(field * 8 + lengthDelimited);
    this.#varint(Buffer.byteLength(value));
    used += scratch.write(value, used);
    return this;
  }

  part(field: number, bytes: Uint8Array): this {
    this.#varint(field * 8 + lengthDelimited);
    this.#varint(bytes.length);
    scratch.set(bytes, used);
    used += bytes.length;
    return this;
  }

  /** All that was written, as bytes of their own. The writer is spent. */
  bytes(): Uint8Array {
    const bytes = Uint8Array.prototype.slice.call(scratch, this.#start, used);
    used = this.#start;
    return bytes;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      scratch[used++] = 128 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    scratch[used++] = rest;
  }
}
