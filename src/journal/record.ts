import { crc32 } from 'node:zlib';

// The record codec: pure functions over bytes. A log is a row of records, each a header of 28 bytes and its payload:
//
//   0  u32  payload bytes          12 u32+u16  wall clock when it was written, Unix ms
//   4  u32+u16  seq                18 u16      reserved, 0
//   10 u16  kind                   20 u32      CRC-32 of the payload
//                                  24 u32      CRC-32 of the 24 bytes before
//
// All little endian. The header has a checksum of its own, so that a damaged payload costs one record and not the
// rest of the file. Both checksums start from the segment's seed: a record that strays into another segment is not
// valid there.

export const recordHeaderBytes = 28;
/** Highest seq (and time) that a record can hold: 48 bits. */
export const recordNumberMax = 2 ** 48 - 1;

/** An event's frame, as broadcast. */
export const eventRecord = 0;
/** No payload: "when this was written, everything up to my seq had been synced". */
export const markRecord = 1;
/** No payload: a clean stop. My seq is the log's last. Always the segment's last record. */
export const closeRecord = 2;

/** A record's header as read. Reused by its reader. */
export class RecordHeader {
  kind = 0;
  seq = 0;
  /** Wall clock at which it was handed to the operating system, Unix ms. */
  atMs = 0;
  payloadBytes = 0;
  payloadCrc = 0;
}

/** Writes what the producer knows of a header. `finishRecord` adds time and checksums. */
export function beginRecord(bytes: Buffer, at: number, kind: number, seq: number, payloadBytes: number): void {
  bytes.writeUInt32LE(payloadBytes, at);
  bytes.writeUInt32LE(seq >>> 0, at + 4);
  bytes.writeUInt16LE(Math.floor(seq / 4_294_967_296), at + 8);
  bytes.writeUInt16LE(kind, at + 10);
}

/** Whole bytes of the record at `at`, of which only the length is read. */
export function recordBytesAt(bytes: Buffer, at: number): number {
  return recordHeaderBytes + bytes.readUInt32LE(at);
}

/** The seq of the record at `at`. */
export function recordSeqAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) + bytes.readUInt16LE(at + 8) * 4_294_967_296;
}

/** Adds time and checksums to a record whose payload is in place. May be repeated. */
export function finishRecord(bytes: Buffer, at: number, atMs: number, seed: number): void {
  const payloadAt = at + recordHeaderBytes;
  const payloadCrc = crc32(bytes.subarray(payloadAt, payloadAt + bytes.readUInt32LE(at)), seed);
  bytes.writeUInt32LE(atMs >>> 0, at + 12);
  bytes.writeUInt16LE(Math.floor(atMs / 4_294_967_296), at + 16);
  bytes.writeUInt16LE(0, at + 18);
  bytes.writeUInt32LE(payloadCrc, at + 20);
  bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 24), seed), at + 24);
}

/** A whole record in a buffer of its own: for marks, the close record and tests. */
export function encodeRecord(
  record: { readonly kind: number; readonly seq: number; readonly atMs: number },
  payload: Uint8Array,
  seed: number,
): Buffer {
  const bytes = Buffer.alloc(recordHeaderBytes + payload.length);
  bytes.set(payload, recordHeaderBytes);
  beginRecord(bytes, 0, record.kind, record.seq, payload.length);
  finishRecord(bytes, 0, record.atMs, seed);
  return bytes;
}

/**
 * Reads the header at `at` into `header`. False when the 28 bytes are no header of this segment.
 * The cheap comparisons stand first: a search for the next good header calls this at every offset.
 */
export function readRecordHeader(
  bytes: Buffer,
  at: number,
  seed: number,
  payloadBytesMax: number,
  header: RecordHeader,
): boolean {
  if (bytes.readUInt16LE(at + 18) !== 0) return false;
  const kind = bytes.readUInt16LE(at + 10);
  if (kind > closeRecord) return false;
  const payloadBytes = bytes.readUInt32LE(at);
  if (payloadBytes > payloadBytesMax) return false;
  // Zeros, of which there may be megabytes where a file has grown and its bytes have not come: seqs begin at 1.
  if (kind + payloadBytes === 0 && recordSeqAt(bytes, at) === 0) return false;
  if (crc32(bytes.subarray(at, at + 24), seed) !== bytes.readUInt32LE(at + 24)) return false;
  header.kind = kind;
  header.seq = recordSeqAt(bytes, at);
  header.atMs = bytes.readUInt32LE(at + 12) + bytes.readUInt16LE(at + 16) * 4_294_967_296;
  header.payloadBytes = payloadBytes;
  header.payloadCrc = bytes.readUInt32LE(at + 20);
  return true;
}

/** True when the payload in `bytes` from `start` to `end` has the checksum that its header gives. */
export function payloadIsWhole(bytes: Buffer, start: number, end: number, seed: number, header: RecordHeader): boolean {
  return crc32(bytes.subarray(start, end), seed) === header.payloadCrc;
}
