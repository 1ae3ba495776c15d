// Protobuf, field by field, without a schema: for tools that change recordings. Cold code: it favours being plain.

/** Reads the fields of one message. After `next` said false, `ended` tells its end from bytes that are no message. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #fieldAt = 0;
  #broken = false;
  /** Of the field at hand. */
  number = 0;
  wire = 0;
  /** For wire type 0. */
  varint = 0n;
  /** For the others, without its length. */
  value: Uint8Array = new Uint8Array(0);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return !this.#broken;
  }

  /** All bytes of the field at hand, its tag included. */
  get field(): Uint8Array {
    return this.#bytes.subarray(this.#fieldAt, this.#at);
  }

  /** Moves to the next field; false at the end, or where no field begins. */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    this.#fieldAt = this.#at;
    const tag = this.#readVarint();
    if (tag < 8n || tag > 0xffff_ffffn) return this.#stop();
    this.number = Number(tag >> 3n);
    this.wire = Number(tag & 7n);
    if (this.wire === 0) {
      this.varint = this.#readVarint();
      return this.varint >= 0n || this.#stop();
    }
    const length = this.wire === 2 ? this.#readVarint() : BigInt({ 1: 8, 5: 4 }[this.wire] ?? -1);
    if (length < 0n || length > BigInt(this.#bytes.length - this.#at)) return this.#stop();
    this.value = this.#bytes.subarray(this.#at, this.#at + Number(length));
    this.#at += Number(length);
    return true;
  }

  /** Moves to the next number of a packed list. */
  nextVarint(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    this.varint = this.#readVarint();
    return this.varint >= 0n || this.#stop();
  }

  #stop(): false {
    this.#broken = true;
    this.#at = this.#bytes.length;
    return false;
  }

  /** -1 = none. */
  #readVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return -1n;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    return -1n;
  }
}

export class WireWriter {
  readonly #parts: Uint8Array[] = [];

  varint(number: number, value: bigint): void {
    this.#tag(number, 0);
    this.bareVarint(value);
  }

  /** Without a tag: an element of a packed list. */
  bareVarint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    this.#parts.push(Uint8Array.from(bytes));
  }

  fixed(number: number, wire: number, value: Uint8Array): void {
    this.#tag(number, wire);
    this.#parts.push(value);
  }

  text(number: number, text: string): void {
    this.lengthed(number, Buffer.from(text));
  }

  /** What another writer has written, as a field. */
  part(number: number, inner: WireWriter): void {
    this.lengthed(number, inner.bytes());
  }

  /** A text, a message or bytes. */
  lengthed(number: number, bytes: Uint8Array): void {
    this.#tag(number, 2);
    this.bareVarint(BigInt(bytes.length));
    this.#parts.push(bytes);
  }

  /** A field as a reader has found it. */
  copy(field: Uint8Array): void {
    this.#parts.push(field);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #tag(number: number, wire: number): void {
    this.bareVarint(BigInt(number * 8 + wire));
  }
}
