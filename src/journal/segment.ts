import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { MeksError } from '../protocol/errors.ts';
import type { Disk } from './disk.ts';

// A segment is one file of the log: a header of 512 bytes, then records. Its name gives the seq of its first record. A
// segment is written by one life of the broker only: whoever opens the log again begins a new one, so that recovery
// never has to write into an old file.

/** Bytes before the first record. One sector, so that it is written as one. */
export const segmentHeaderBytes = 512;

/** How written records become durable; see docs/DURABILITY.md. */
export type SyncPolicy =
  /** When the operating system likes to (Linux: within about half a minute), at rotation and at a clean stop. */
  | { readonly kind: 'os' }
  /** At most `ms` milliseconds after they were written, beside the writing. */
  | { readonly kind: 'interval'; readonly ms: number }
  /** Before anybody is sent them. */
  | { readonly kind: 'always' };

/** What the header tells about the life that wrote the segment: what recovery has to know of it. */
export interface SegmentHeader {
  readonly room: string;
  readonly epoch: string;
  readonly firstSeq: number;
  /** Unix ms. */
  readonly createdAt: number;
  /** The run of the operating system in which it was written; '' = could not be told. */
  readonly bootId: string;
  readonly sync: SyncPolicy['kind'];
  /** True: dashboards may have been sent what was not written yet, because the disk stalled (see StallRule). */
  readonly released: boolean;
  /** The file's identity when it was made. Another one now means: this is a copy, such as a restored backup. */
  readonly identity: number;
}

const magic = Buffer.from('MEKSLOG1', 'latin1');
const format = 1;
const jsonAt = 16;
const namePattern = /^segment-([0-9]{15})\.log$/;

/** A segment that was set aside, with the Unix ms at which it was, and its first seq. */
export const setAsidePattern = /^set-aside-(\d+)-segment-(\d{15})\.log$/;

/** Where the log of a room is, below a data directory. The room's id must be a plain name. */
export function logDirectory(dataDirectory: string, room: string): string {
  assert(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/.test(room), `${JSON.stringify(room)} cannot name a directory`);
  return `${dataDirectory}/rooms/${room}/log`;
}

/** File name of the segment whose first record is `firstSeq`. */
export function segmentName(firstSeq: number): string {
  return `segment-${String(firstSeq).padStart(15, '0')}.log`;
}

/** First seq by a file's name, or 0 when it is no segment's. */
export function parseSegmentName(name: string): number {
  const match = namePattern.exec(name);
  return match === null ? 0 : Number(match[1]);
}

/** Where this segment's checksums start from. From the name, so that a damaged header does not cost the records. */
export function segmentSeed(firstSeq: number): number {
  return crc32(`meks segment ${firstSeq}`);
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const json = Buffer.from(JSON.stringify({ format, ...header }));
  assert(
    json.length < segmentHeaderBytes - jsonAt,
    `a segment header has ${json.length} bytes: the room id is too long`,
  );
  const bytes = Buffer.alloc(segmentHeaderBytes, ' ');
  magic.copy(bytes, 0);
  json.copy(bytes, jsonAt);
  bytes.write('\n', segmentHeaderBytes - 1);
  bytes.writeUInt32LE(json.length, 8);
  bytes.writeUInt32LE(headerCrc(bytes), 12);
  return bytes;
}

/** The header in `bytes`, or null when it is damaged or incomplete. Throws for a format of a later MEKS. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | null {
  if (bytes.length < segmentHeaderBytes || !bytes.subarray(0, 8).equals(magic)) return null;
  if (headerCrc(bytes) !== bytes.readUInt32LE(12)) return null;
  const json = JSON.parse(bytes.toString('utf8', jsonAt, jsonAt + bytes.readUInt32LE(8))) as SegmentHeader & {
    format: number;
  };
  if (json.format === format) return json;
  throw new MeksError(
    'MEKS_JOURNAL_CORRUPT',
    `a log segment of room ${json.room} has format ${json.format}, this MEKS reads format ${format}: use the newer one`,
  );
}

/** Over everything but itself: length first, then the text with its padding. */
function headerCrc(bytes: Buffer): number {
  return crc32(bytes.subarray(jsonAt, segmentHeaderBytes), crc32(bytes.subarray(0, 12)));
}

/** First seqs of the segments in a directory, rising. */
export function listSegments(disk: Disk, directory: string): number[] {
  const seqs: number[] = [];
  for (const name of disk.list(directory)) {
    const firstSeq = parseSegmentName(name);
    if (firstSeq > 0) seqs.push(firstSeq);
  }
  return seqs.sort((a, b) => a - b);
}

/** What a segment without events may hold: a mark, a close record, the stump of a first write. */
const emptyBytesMax = 128;

/**
 * Frees the name of the segment that begins at `firstSeq`, when a file without records that count has it. One that
 * holds nothing is removed; one with bytes that somebody may want to look at gets another name, which is returned. ''
 * = nothing to tell. `unread`: the disk does not give all of it back, so that nobody knows what it holds.
 */
export function setSegmentAside(
  disk: Disk,
  directory: string,
  firstSeq: number,
  { wallMs, unread }: { readonly wallMs: number; readonly unread: boolean },
): string {
  const from = `${directory}/${segmentName(firstSeq)}`;
  const file = disk.open(from, 'read');
  const size = disk.size(file);
  disk.close(file);
  if (size <= segmentHeaderBytes + emptyBytesMax && !unread) {
    disk.remove(from);
    return '';
  }
  const to = `set-aside-${wallMs}-${segmentName(firstSeq)}`;
  disk.rename(from, `${directory}/${to}`);
  return to;
}
