import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf';

// Looks over the bytes of a message before they are decoded, without making an object: every part within its whole,
// every field that the schema names of the type that it names, and not more fields than a real message ever has (each
// would become an object). The decoder trusts types: a field that changed its type upstream would be read as nonsense.
// On the way it notes which top-level fields are there, for the drift counts.

/** Why a message cannot be decoded; '' = it can. */
export type WireProblem = '' | 'malformed' | 'type-changed' | 'too-many-fields';

/** What a list of numbers or booleans may come as: one by one, or packed. */
const packable = 9;
const varint = 0;
const bytes8 = 1;
const lengthed = 2;
const bytes4 = 5;

/** Field numbers of which each presence is noted; none of the messages has a higher one at its top. */
export const notedFieldsMax = 256;
/** Fields outside of what the schema's makers knew, noted of one message. */
const newFieldsMax = 16;

/** Wire types of the fields of a message, by number, as the schema has them. */
export class Shape {
  /** Wire type + 1; 0 = not in the schema: skipped. */
  readonly wires: Uint8Array;
  readonly children: readonly (Shape | undefined)[];

  constructor(message: DescMessage) {
    const numbers = message.fields.map((field) => field.number);
    this.wires = new Uint8Array(Math.max(0, ...numbers) + 1);
    const children: (Shape | undefined)[] = Array.from({ length: this.wires.length });
    for (const field of message.fields) {
      this.wires[field.number] = wireOf(field) + 1;
      if (field.fieldKind === 'message' || (field.fieldKind === 'list' && field.listKind === 'message'))
        children[field.number] = new Shape(field.message);
    }
    this.children = children;
  }
}

function wireOf(field: DescField): number {
  if (field.fieldKind === 'scalar') return wireOfScalar(field.scalar);
  if (field.fieldKind === 'enum') return varint;
  if (field.fieldKind === 'list' && field.listKind !== 'message')
    return field.listKind === 'scalar' && wireOfScalar(field.scalar) !== varint ? wireOfScalar(field.scalar) : packable;
  return lengthed;
}

function wireOfScalar(scalar: ScalarType): number {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return lengthed;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return bytes8;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return bytes4;
    default:
      return varint;
  }
}

export class WireCheck {
  readonly #fieldsMax: number;
  /** Top-level fields of the message looked at last: those whose stamp is `stamp`. */
  readonly #seen = new Uint32Array(notedFieldsMax);
  #stamp = 0;
  /** Top-level field numbers that `known` did not have, of the message looked at last. */
  readonly newFields = new Int32Array(newFieldsMax);
  newFieldsCount = 0;
  /** Where the last check stopped, as field numbers from the top: `7.3`; '' = it did not. */
  badPath = '';
  #buffer: Uint8Array = new Uint8Array(0);
  #at = 0;
  #fields = 0;
  #problem: WireProblem = '';

  constructor(fieldsMax: number) {
    this.#fieldsMax = fieldsMax;
  }

  /** Looks over `buffer`, a message of `shape` whose makers knew the top-level fields marked in `known`. */
  check(shape: Shape, known: Uint8Array, buffer: Uint8Array): WireProblem {
    this.#buffer = buffer;
    this.#at = 0;
    this.#fields = 0;
    this.#problem = '';
    this.#stamp = (this.#stamp + 1) >>> 0;
    this.newFieldsCount = 0;
    this.badPath = '';
    this.#walk(shape, known, buffer.length);
    return this.#problem;
  }

  /** True when the message looked at last has the top-level field `number`. */
  has(number: number): boolean {
    return this.#seen[number] === this.#stamp;
  }

  /** Reads fields up to `end`; false once there is a problem. `known` is null below the top. */
  #walk(shape: Shape, known: Uint8Array | null, end: number): boolean {
    while (this.#at < end) {
      const tag = this.#varint32(end);
      const number = tag >>> 3;
      const wire = tag & 7;
      if (tag < 0 || number === 0) return this.#stop('malformed', number);
      if (++this.#fields > this.#fieldsMax) return this.#stop('too-many-fields', number);
      if (known !== null) this.#note(number, known);
      const expected = number < shape.wires.length ? shape.wires[number]! : 0;
      if (
        expected !== 0 &&
        expected !== wire + 1 &&
        !(expected === packable + 1 && (wire === varint || wire === lengthed))
      )
        return this.#stop('type-changed', number);
      if (!this.#skip(shape, number, wire, expected, end))
        return this.#stop(this.#fields > this.#fieldsMax ? 'too-many-fields' : 'malformed', number);
    }
    return this.#at === end || this.#stop('malformed', 0);
  }

  /** Moves past one field's value, looking into it where the schema does. */
  #skip(shape: Shape, number: number, wire: number, expected: number, end: number): boolean {
    if (wire === lengthed) {
      const length = this.#varint32(end);
      if (length < 0 || this.#at + length > end) return false;
      const child = expected === 0 ? undefined : shape.children[number];
      if (child !== undefined) return this.#walk(child, null, this.#at + length);
      // A packed list makes a number of each of its bytes at worst.
      if (expected === packable + 1 && (this.#fields += length) > this.#fieldsMax) return false;
      this.#at += length;
      return true;
    }
    if (wire === varint) return this.#skipVarint(end);
    // Groups (3, 4) are no part of proto3: whoever sends one sends something else.
    if (wire !== bytes8 && wire !== bytes4) return false;
    this.#at += wire === bytes8 ? 8 : 4;
    return this.#at <= end;
  }

  /** A tag or length: at most five bytes and 31 bits; -1 when it is not one. */
  #varint32(end: number): number {
    const buffer = this.#buffer;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= end) return -1;
      const byte = buffer[this.#at++]!;
      if (shift === 28 && byte > 7) return -1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return -1;
  }

  #skipVarint(end: number): boolean {
    for (let count = 0; count < 10; count++) {
      if (this.#at >= end) return false;
      if (this.#buffer[this.#at++]! < 0x80) return true;
    }
    return false;
  }

  #note(number: number, known: Uint8Array): void {
    if (number < notedFieldsMax) this.#seen[number] = this.#stamp;
    if (number < known.length && known[number] !== 0) return;
    if (this.newFieldsCount < newFieldsMax) this.newFields[this.newFieldsCount++] = number;
  }

  /** Keeps the first problem, the innermost one; on the way out each level says where it was. */
  #stop(problem: WireProblem, field: number): false {
    if (this.#problem === '') {
      this.#problem = problem;
      this.badPath = String(field);
    } else this.badPath = `${field}.${this.badPath}`;
    return false;
  }
}
