import { limits } from '../protocol/limits.ts';
import type { Disk } from './disk.ts';
import { payloadIsWhole, readRecordHeader, RecordHeader, recordHeaderBytes } from './record.ts';
import {
  decodeSegmentHeader,
  listSegments,
  type SegmentHeader,
  segmentHeaderBytes,
  segmentName,
  segmentSeed,
} from './segment.ts';
import { AroundReader, type Unreadables } from './unreadable.ts';

// Reads one segment from start to end, tells good records from damage, and never throws for what is in the file, nor
// for what the disk does not give back of it. Owns the open file and one buffer of a megabyte or so.

const windowBytes = 1_048_576;

/**
 * What a step found. `record`: header and payload are good. `damaged`: a good header, a bad payload: one record is
 * lost. `lost`: here stands no header at all; `search` may find the next one. `short`: the file ends inside a record,
 * or exactly after one (`restBytes` 0): more may come if somebody still writes to it.
 */
export type ScanStep = 'record' | 'damaged' | 'lost' | 'short';

export class SegmentScan {
  readonly firstSeq: number;
  /** null: the header is damaged. The records are readable all the same. */
  readonly header: SegmentHeader | null;
  /** The header's file identity is not this file's: a copy. */
  readonly copied: boolean;
  /** The record last stepped onto. */
  readonly record = new RecordHeader();
  readonly #disk: Disk;
  readonly #file: number;
  readonly #reader: AroundReader;
  readonly #unreadables: Unreadables | null;
  readonly #seed: number;
  /** Empty until the first step: many segments are opened for their header alone. */
  #bytes = Buffer.alloc(0);
  /** The window holds the file's bytes from `#base` to `#base + #filled`. */
  #base = 0;
  #filled = 0;
  /** Where the next step begins, in the file. */
  #at = segmentHeaderBytes;
  #payloadAt = 0;

  /** `unreadables` is told, at the end, what the disk did not give back. */
  constructor(disk: Disk, directory: string, firstSeq: number, unreadables: Unreadables | null = null) {
    this.#disk = disk;
    this.#unreadables = unreadables;
    this.firstSeq = firstSeq;
    this.#seed = segmentSeed(firstSeq);
    this.#file = disk.open(`${directory}/${segmentName(firstSeq)}`, 'read');
    const head = Buffer.alloc(segmentHeaderBytes);
    this.#reader = new AroundReader(disk, this.#file);
    let got = 0;
    for (let more = 1; more > 0 && got < segmentHeaderBytes; got += more)
      more = this.#reader.read(head, got, segmentHeaderBytes, got);
    this.header = decodeSegmentHeader(head.subarray(0, got));
    this.copied = this.header !== null && this.header.identity !== disk.identity(this.#file);
  }

  /** Offset in the file at which the next step begins. */
  get offset(): number {
    return this.#at;
  }

  /** Bytes from here to the end of the file as it is now. */
  get restBytes(): number {
    return Math.max(0, this.#disk.size(this.#file) - this.#at);
  }

  /** Payload of the record last stepped onto: valid until the next step. */
  get payload(): Buffer {
    const start = this.#payloadAt - this.#base;
    return this.#bytes.subarray(start, start + this.record.payloadBytes);
  }

  /** Steps onto what stands at `offset`, and behind it if that is a record. */
  step(): ScanStep {
    let step = this.#look();
    if (step === 'lost' || step === 'damaged') {
      // Somebody may still write here: a write that the disk cut short is repeated, and its bytes are others then. What
      // was read ahead is forgotten before it counts as damage.
      this.#base = this.#at;
      this.#filled = 0;
      step = this.#look();
    }
    if (step === 'record' || step === 'damaged') this.#at += recordHeaderBytes + this.record.payloadBytes;
    return step;
  }

  #look(): ScanStep {
    if (!this.#hold(recordHeaderBytes)) return 'short';
    const at = this.#at - this.#base;
    const { record } = this;
    if (!readRecordHeader(this.#bytes, at, this.#seed, limits.eventBytesMax.value, record)) return 'lost';
    if (!this.#hold(recordHeaderBytes + record.payloadBytes)) return 'short';
    const payloadAt = this.#at - this.#base + recordHeaderBytes;
    this.#payloadAt = this.#at + recordHeaderBytes;
    const whole = payloadIsWhole(this.#bytes, payloadAt, payloadAt + record.payloadBytes, this.#seed, record);
    return whole ? 'record' : 'damaged';
  }

  /** From a `lost` place to the next offset that holds a good header. False, and nothing moves, when there is none. */
  search(): boolean {
    const from = this.#at;
    for (this.#at++; this.#hold(recordHeaderBytes); this.#at++) {
      if (readRecordHeader(this.#bytes, this.#at - this.#base, this.#seed, limits.eventBytesMax.value, this.record))
        return true;
    }
    this.#at = from;
    return false;
  }

  /**
   * True when all bytes from here to the end are zero: a file system that grew the file and lost what was to be in
   * it.
   */
  restIsZero(): boolean {
    const from = this.#at;
    let zero = true;
    for (; zero && this.#hold(1); this.#at++) zero = this.#bytes[this.#at - this.#base] === 0;
    this.#at = from;
    return zero;
  }

  close(): void {
    this.#unreadables?.add(this.firstSeq, this.#reader.unreadable);
    this.#disk.close(this.#file);
  }

  /** Makes the window hold `length` bytes from `#at`. False when the file has not so many. */
  #hold(length: number): boolean {
    if (this.#at >= this.#base && this.#at + length <= this.#base + this.#filled) return true;
    const kept = this.#at >= this.#base && this.#at <= this.#base + this.#filled;
    const from = kept ? this.#at - this.#base : this.#filled;
    const rest = this.#bytes.subarray(from, this.#filled);
    // A window as large as what is left to read, up to its limit: small files are read with small buffers.
    const wanted = Math.min(windowBytes, this.#disk.size(this.#file) - this.#at);
    if (wanted > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(wanted);
    rest.copy(this.#bytes);
    this.#filled = rest.length;
    this.#base = this.#at;
    for (;;) {
      const got = this.#reader.read(this.#bytes, this.#filled, this.#bytes.length, this.#base + this.#filled);
      this.#filled += got;
      if (length <= this.#filled) return true;
      if (got === 0) return false;
    }
  }
}

/**
 * First seqs of the segments that were written since the system started: what is read of them may be in its page
 * cache only. Where the system cannot be told apart ('' as `bootId`), those that cannot either.
 */
export function unsyncedSegments(
  disk: Disk,
  directory: string,
  bootId: string,
  unreadables: Unreadables | null = null,
): number[] {
  const found: number[] = [];
  for (const firstSeq of listSegments(disk, directory).toReversed()) {
    const scan = new SegmentScan(disk, directory, firstSeq, unreadables);
    scan.close();
    if (scan.header !== null && scan.header.bootId !== bootId) break;
    found.unshift(firstSeq);
  }
  return found;
}
