// Bytes of a protobuf message as lines for people, without a schema: which fields there are, and what each may be. For
// messages that MEKS cannot read, or not any more. A length-delimited value is shown as text where it reads as text, as
// a message where it parses as one to its end, and as hexadecimal digits else; which of these upstream means, nobody
// can tell from the bytes. Bounded by lines, depth and characters; what is left out is said.

const linesMax = 400;
const depthMax = 8;
const textCharsMax = 120;
const hexBytesMax = 24;

interface Field {
  readonly number: number;
  readonly wire: number;
  readonly value: bigint | Uint8Array;
}

/** One line a field, nested ones indented: `7 {`, `  1 = 42`, `}`. Never throws. */
export function wireDump(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  dump(bytes, 0, lines);
  if (lines.length < linesMax) return lines;
  return [...lines.slice(0, linesMax), '… and more'];
}

function dump(bytes: Uint8Array, depth: number, lines: string[]): void {
  const indent = '  '.repeat(depth);
  const { fields, brokenAt } = fieldsOf(bytes);
  for (const { number, wire, value } of fields) {
    if (lines.length >= linesMax) return;
    if (typeof value === 'bigint') lines.push(`${indent}${number} = ${scalar(value, wire)}`);
    else dumpBytes(`${indent}${number}`, value, depth, lines);
  }
  if (brokenAt >= 0)
    lines.push(`${indent}broken at byte ${brokenAt} of ${bytes.length}: ${hex(bytes.subarray(brokenAt))}`);
}

function dumpBytes(name: string, value: Uint8Array, depth: number, lines: string[]): void {
  const text = textOf(value);
  if (text !== null) lines.push(`${name} = ${text}`);
  else if (depth < depthMax && value.length > 0 && fieldsOf(value).brokenAt < 0) {
    lines.push(`${name} {`);
    dump(value, depth + 1, lines);
    lines.push(`${'  '.repeat(depth)}}`);
  } else lines.push(`${name} = ${value.length} bytes: ${hex(value)}`);
}

/** Fields in order, up to the first byte that cannot be read as one; -1 = all could. */
function fieldsOf(bytes: Uint8Array): { readonly fields: Field[]; readonly brokenAt: number } {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = varint(bytes, at);
    const number = tag === null ? 0 : Number(tag.value >> 3n);
    const field =
      tag === null || number < 1 || number > 536_870_911 ? null : valueAt(bytes, tag.end, Number(tag.value & 7n));
    if (field === null) return { fields, brokenAt: at };
    fields.push({ number, wire: field.wire, value: field.value });
    at = field.end;
  }
  return { fields, brokenAt: -1 };
}

function valueAt(
  bytes: Uint8Array,
  at: number,
  wire: number,
): { readonly wire: number; readonly value: bigint | Uint8Array; readonly end: number } | null {
  if (wire === 0) {
    const read = varint(bytes, at);
    return read === null ? null : { wire, ...read };
  }
  if (wire === 1 || wire === 5) {
    const length = wire === 1 ? 8 : 4;
    if (at + length > bytes.length) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
    const value = wire === 1 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true));
    return { wire, value, end: at + length };
  }
  if (wire !== 2) return null;
  const length = varint(bytes, at);
  if (length === null || length.value > BigInt(bytes.length - length.end)) return null;
  const end = length.end + Number(length.value);
  return { wire, value: bytes.subarray(length.end, end), end };
}

function varint(bytes: Uint8Array, from: number): { readonly value: bigint; readonly end: number } | null {
  let value = 0n;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[from + index];
    if (byte === undefined) return null;
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value, end: from + index + 1 };
  }
  return null;
}

/** A number as an unsigned one, and as what else it may be: negative, or a fraction. */
function scalar(value: bigint, wire: number): string {
  if (wire === 0) return value > 0x7fff_ffff_ffff_ffffn ? String(BigInt.asIntN(64, value)) : String(value);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value, true);
  return wire === 1
    ? `${value} (as double ${view.getFloat64(0, true)})`
    : `${value} (as float ${view.getFloat32(0, true)})`;
}

/** Quoted, when the bytes are text that somebody may have written; null otherwise. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return '""';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
  if (/[\p{Cc}\p{Cn}\p{Co}\ufffd]/u.test(text.replaceAll(/[\n\r\t]/g, ' '))) return null;
  return text.length > textCharsMax
    ? `${JSON.stringify(text.slice(0, textCharsMax).toWellFormed())}…`
    : JSON.stringify(text);
}

function hex(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, hexBytesMax)).toString('hex');
  return bytes.length > hexBytesMax ? `${shown}…` : shown;
}
