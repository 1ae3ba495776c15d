// Hostile bytes out of good ones: what files and networks do to bytes, and what enemies who know protobuf would.

import type { Random } from '../../src/base/random.ts';

/** One to four changes, of the kinds that files and networks make and that enemies would. */
export function mutate(payload: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(payload);
  for (let change = random.int(4); change >= 0; change--) {
    const at = random.int(bytes.length + 1);
    const length = random.int(20);
    switch (random.int(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.int(256);
        break;
      case 1:
        if (at < bytes.length) bytes[at]! ^= 1 << random.int(8);
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = join(bytes.subarray(0, at), bytes.subarray(at + length));
        break;
      case 4:
        bytes = join(bytes.subarray(0, at), other.subarray(random.int(other.length + 1)));
        break;
      case 5:
        bytes = join(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - length)));
        break;
      default:
        bytes = join(
          bytes.subarray(0, at),
          Uint8Array.from({ length }, () => 0xff),
          bytes.subarray(at),
        );
    }
  }
  return bytes;
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A message taken apart: fields in order, and inside of each what looks like a message itself. */
export interface WireField {
  readonly number: number;
  readonly wire: number;
  /** The value without its tag and length. */
  readonly value: Uint8Array;
  /** null = not a message. */
  readonly parts: readonly WireField[] | null;
}

const depthMax = 6;

/** The fields of `bytes`; null when they are no message. */
export function fieldsOf(bytes: Uint8Array, depth = 0): WireField[] | null {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return -1;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag < 8 || number > 536_870_911) return null;
    const wire = tag % 8;
    let from = at;
    if (wire === 0) {
      if (varint() < 0) return null;
    } else if (wire === 2) {
      const length = varint();
      from = at;
      if (length < 0 || length > bytes.length - at) return null;
      at += length;
    } else if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4;
    else return null;
    if (at > bytes.length) return null;
    const value = bytes.subarray(from, at);
    const parts = wire === 2 && value.length > 1 && depth < depthMax ? fieldsOf(value, depth + 1) : null;
    fields.push({ number, wire, value, parts });
  }
  return fields;
}

const extremes: readonly (readonly number[])[] = [
  [0],
  [1],
  [0x7f],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
];

const texts: readonly string[] = [
  '',
  '0',
  '\u0000',
  '\u202e\u2066',
  '\ufeff',
  'x'.repeat(3_000),
  '\u{1f600}'.repeat(700),
];

/** The bytes of a message of these fields. */
export function joinFields(fields: readonly WireField[]): Uint8Array {
  const out: Uint8Array[] = [];
  for (const { number, wire, value } of fields) put(out, number, wire, value);
  return join(...out);
}

/** A message with one of its fields, at any depth, changed into something legal that nobody expects. */
export function mutateField(fields: readonly WireField[], random: Random): Uint8Array {
  const out: Uint8Array[] = [];
  const chosen = random.int(Math.max(1, fields.length));
  for (const [index, field] of fields.entries()) {
    if (index !== chosen) put(out, field.number, field.wire, field.value);
    else if (field.parts !== null && field.parts.length > 0 && random.chance(0.75))
      put(out, field.number, field.wire, mutateField(field.parts, random));
    else change(out, field, random);
  }
  return join(...out);
}

function change(out: Uint8Array[], field: WireField, random: Random): void {
  const { number, wire, value } = field;
  switch (random.int(6)) {
    case 0:
      return;
    case 1:
      for (let times = 2 + random.int(30); times > 0; times--) put(out, number, wire, value);
      return;
    case 2:
      put(out, 1 + random.int(120), wire, value);
      return;
    case 3:
      if (wire === 0) put(out, number, 2, value);
      else put(out, number, 0, Uint8Array.from([random.int(128)]));
      return;
    default:
      if (wire === 0) put(out, number, 0, Uint8Array.from(random.pick(extremes)));
      else if (wire === 2) put(out, number, 2, Buffer.from(random.pick(texts)));
      else put(out, number, wire, new Uint8Array(value.length).fill(random.int(256)));
  }
}

function put(out: Uint8Array[], number: number, wire: number, value: Uint8Array): void {
  const head = [...varintOf(number * 8 + wire), ...(wire === 2 ? varintOf(value.length) : [])];
  out.push(Uint8Array.from(head), value);
}

function varintOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
