// Owns one growing buffer into which protobuf fields are written. The benchmark encodes Webcast messages with it rather
// than with the product's codec: what is measured must not be made by what measures it. Encoding rules: protobuf.dev.

export class ProtobufWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = 4_096) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** An int32, int64, bool or enum that is not negative. */
  varint(field: number, value: number | bigint): this {
    this.#tag(field, 0);
    this.#varint(BigInt(value));
    return this;
  }

  /** An int64 given as a decimal string. */
  long(field: number, value: string): this {
    return this.varint(field, BigInt(value));
  }

  text(field: number, value: string): this {
    const bytes = Buffer.byteLength(value);
    this.#tag(field, 2);
    this.#varint(BigInt(bytes));
    this.#reserve(bytes);
    this.#length += this.#bytes.write(value, this.#length);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2);
    this.#varint(BigInt(value.length));
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  message(field: number, write: (inner: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter(512);
    write(inner);
    return this.bytes(field, inner.finish());
  }

  /** All that was written. The writer is spent. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(BigInt(field * 8 + wireType));
  }

  #varint(value: bigint): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(2 * (this.#length + bytes));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
