import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { limits } from '../protocol/limits.ts';
import { type Disk, DiskError, readFully, syncForGood, writeFully } from './disk.ts';
import { listSegments, segmentName } from './segment.ts';

// A snapshot is one file: the state of a room's ranking at one seq, as bytes that only the ranking understands. It
// saves replaying the log before that seq, and lets retention remove it. Rule: a snapshot at S is only made once the
// log is synced through S, so that it never knows more than the log. Written under another name, synced, then
// renamed: a file with a snapshot's name is whole, or was damaged later (its checksum tells).
//
//   512 bytes: magic, u32 length and u32 CRC of the JSON header · payload · u32 CRC and u48 length of the payload

const headerBytes = 512;
const trailerBytes = 16;
const magic = Buffer.from('MEKSSNP1', 'latin1');
const namePattern = /^snapshot-([0-9]{15})\.state$/;
/** Suffix of a file that is being made. Recovery removes such files. */
export const unfinishedSuffix = '.unfinished';

export interface SnapshotMeta {
  readonly room: string;
  readonly epoch: string;
  /** The state holds every event up to this one, and none after it. */
  readonly seq: number;
  /** Unix ms. */
  readonly createdAt: number;
}

export interface Snapshot extends SnapshotMeta {
  readonly payload: Buffer;
}

export function snapshotName(seq: number): string {
  return `snapshot-${String(seq).padStart(15, '0')}.state`;
}

/** Seqs of the snapshots in a directory, falling: newest first. */
export function listSnapshots(disk: Disk, directory: string): number[] {
  const seqs: number[] = [];
  for (const name of disk.list(directory)) {
    const match = namePattern.exec(name);
    if (match !== null) seqs.push(Number(match[1]));
  }
  return seqs.sort((a, b) => b - a);
}

/**
 * Writes the snapshot at `meta.seq` from pieces of its payload: nothing is held whole. Blocks for as long as the disk
 * takes: for cold threads only. Replaces a snapshot of the same seq. Throws DiskError, and then leaves nothing
 * behind; of kind `unsynced` where the log before it cannot be vouched for any more.
 */
export function saveSnapshot(disk: Disk, directory: string, meta: SnapshotMeta, pieces: Iterable<Uint8Array>): void {
  // A snapshot vouches for the log before it. Not only the last segments: a slow disk owes the syncs of several.
  const syncedSeq = listSnapshots(disk, directory).find((seq) => seq < meta.seq) ?? 0;
  syncLogThrough(disk, directory, syncedSeq, meta.seq);
  const path = `${directory}/${snapshotName(meta.seq)}`;
  const unfinished = path + unfinishedSuffix;
  if (disk.list(directory).includes(snapshotName(meta.seq) + unfinishedSuffix)) disk.remove(unfinished);
  const file = disk.open(unfinished, 'create');
  try {
    writeSnapshot(disk, file, meta, pieces);
    disk.sync(file);
  } catch (error) {
    disk.close(file);
    disk.remove(unfinished);
    throw error;
  }
  disk.close(file);
  disk.rename(unfinished, path);
  syncDirectory(disk, directory);
}

function writeSnapshot(disk: Disk, file: number, meta: SnapshotMeta, pieces: Iterable<Uint8Array>): void {
  writeFully(disk, file, encodeHeader(meta), 0);
  let at = headerBytes;
  let crc = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    assert(at + bytes.length - headerBytes <= limits.journalSnapshotBytesMax.value, 'a snapshot fits its limit');
    crc = crc32(bytes, crc);
    writeFully(disk, file, bytes, at);
    at += bytes.length;
  }
  const trailer = Buffer.alloc(trailerBytes);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUIntLE(at - headerBytes, 4, 6);
  trailer.writeUInt32LE(crc32(trailer.subarray(0, 10)), 12);
  writeFully(disk, file, trailer, at);
}

/** The snapshot at `seq`, or in words why it cannot be used: one bad sector must not keep an older one from use. */
export function loadSnapshot(disk: Disk, directory: string, seq: number): Snapshot | string {
  try {
    return readSnapshot(disk, directory, seq);
  } catch (error) {
    if (error instanceof DiskError) return error.message;
    throw error;
  }
}

function readSnapshot(disk: Disk, directory: string, seq: number): Snapshot | string {
  const file = disk.open(`${directory}/${snapshotName(seq)}`, 'read');
  try {
    const size = disk.size(file);
    if (size < headerBytes + trailerBytes) return `the file has only ${size} bytes`;
    if (size > headerBytes + trailerBytes + limits.journalSnapshotBytesMax.value) return `the file has ${size} bytes`;
    const bytes = Buffer.allocUnsafeSlow(size);
    if (readFully(disk, file, bytes, size, 0) < size) return 'the file ends while being read';
    return decode(bytes, seq);
  } finally {
    disk.close(file);
  }
}

function decode(bytes: Buffer, seq: number): Snapshot | string {
  const payload = bytes.subarray(headerBytes, bytes.length - trailerBytes);
  const trailer = bytes.subarray(bytes.length - trailerBytes);
  if (crc32(bytes.subarray(16, headerBytes), crc32(bytes.subarray(0, 12))) !== bytes.readUInt32LE(12))
    return 'its header is damaged';
  if (!bytes.subarray(0, 8).equals(magic)) return 'it is no snapshot';
  if (crc32(trailer.subarray(0, 10)) !== trailer.readUInt32LE(12) || trailer.readUInt16LE(10) !== 0)
    return 'its end is damaged';
  if (trailer.readUIntLE(4, 6) !== payload.length) return 'its length is not what it was';
  if (crc32(payload) !== trailer.readUInt32LE(0)) return 'its payload is damaged';
  const meta = JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(8))) as SnapshotMeta & { format: number };
  if (meta.format !== 1) return `it has format ${meta.format}, this MEKS reads format 1`;
  if (meta.seq !== seq) return `its name says ${seq}, it says ${meta.seq}`;
  return { room: meta.room, epoch: meta.epoch, seq, createdAt: meta.createdAt, payload };
}

function encodeHeader(meta: SnapshotMeta): Buffer {
  const json = Buffer.from(JSON.stringify({ format: 1, ...meta }));
  assert(json.length <= headerBytes - 17, `a snapshot header has ${json.length} bytes: the room id is too long`);
  const bytes = Buffer.alloc(headerBytes, ' ');
  magic.copy(bytes, 0);
  bytes.writeUInt32LE(json.length, 8);
  json.copy(bytes, 16);
  bytes.write('\n', headerBytes - 1);
  bytes.writeUInt32LE(crc32(bytes.subarray(16), crc32(bytes.subarray(0, 12))), 12);
  return bytes;
}

/**
 * Syncs whatever holds events after `syncedSeq` and up to `seq`. Any handle of a file syncs all of it, whoever wrote
 * it.
 */
function syncLogThrough(disk: Disk, directory: string, syncedSeq: number, seq: number): void {
  const segments = listSegments(disk, directory);
  for (const [index, firstSeq] of segments.entries()) {
    const nextSeq = segments[index + 1] ?? Number.POSITIVE_INFINITY;
    if (firstSeq > seq || nextSeq <= syncedSeq + 1) continue;
    const file = disk.open(`${directory}/${segmentName(firstSeq)}`, 'append');
    try {
      syncForGood(disk, file);
    } finally {
      disk.close(file);
    }
  }
  syncDirectory(disk, directory);
}

/** Makes names durable: those of files made, renamed or removed in the directory. */
export function syncDirectory(disk: Disk, directory: string): void {
  const handle = disk.openDirectory(directory);
  try {
    syncForGood(disk, handle);
  } finally {
    disk.close(handle);
  }
}
