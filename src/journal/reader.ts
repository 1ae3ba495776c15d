import { assert } from '../base/assert.ts';
import { type Disk, DiskError } from './disk.ts';
import { eventRecord } from './record.ts';
import { listSegments } from './segment.ts';
import { SegmentScan } from './segment-scan.ts';
import type { Unreadables } from './unreadable.ts';

// Reads a room's log from a seq on, across segments, from any thread, also while somebody writes to it. Owns one open
// file and its window. Damage is data: what cannot be read is a hole with its bounds, and reading goes on behind it.

/** Retention looks once a minute: it is never met twice in a row. */
const looksMax = 3;

export type LogItem =
  /** `payload` is valid until the next call. */
  | { readonly kind: 'record'; readonly seq: number; readonly atMs: number; readonly payload: Buffer }
  /** Events `from` to `to` inclusive are not in the log. `missing`: no file has them. `damaged`: a file did. */
  | { readonly kind: 'hole'; readonly from: number; readonly to: number; readonly cause: 'missing' | 'damaged' };

export class LogReader {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #unreadables: Unreadables | null;
  /** First seqs of the segments, rising: as of the last look. */
  #segments: number[] = [];
  #scan: SegmentScan | null = null;
  /** Number at which the next segment takes over; Infinity in the last one. */
  #bound = Number.POSITIVE_INFINITY;
  #next: number;
  #damages = 0;
  /** A record that was found behind a hole: given after it. */
  #held: LogItem | null = null;

  /** Begins at `fromSeq`. `unreadables` is told of each segment that was read what the disk did not give back. */
  constructor(disk: Disk, directory: string, fromSeq: number, unreadables: Unreadables | null = null) {
    assert(fromSeq >= 1, `a log begins at seq 1, not ${fromSeq}`);
    this.#disk = disk;
    this.#directory = directory;
    this.#unreadables = unreadables;
    this.#next = fromSeq;
  }

  /** The seq that comes next. */
  get nextSeq(): number {
    return this.#next;
  }

  /** The next record or hole up to `limitSeq` inclusive; null when there is nothing more for now. */
  next(limitSeq = Number.POSITIVE_INFINITY): LogItem | null {
    const held = this.#held;
    if (held !== null) {
      this.#held = null;
      if (held.kind === 'record') this.#next = held.seq + 1;
      return held;
    }
    while (this.#next <= limitSeq) {
      if (this.#scan === null) {
        const opened = this.#open(limitSeq);
        if (opened !== 'opened') return opened;
      }
      const item = this.#step(limitSeq);
      if (item !== 'again') return item;
    }
    return null;
  }

  /** Places met so far that were not what was written; they need not have held an event. */
  get damages(): number {
    return this.#damages;
  }

  close(): void {
    this.#scan?.close();
    this.#scan = null;
  }

  /** Opens the segment that holds the next seq. Retention may remove it once it was listed: then it is looked again. */
  #open(limitSeq: number, looks = looksMax): 'opened' | LogItem | null {
    this.#segments = listSegments(this.#disk, this.#directory);
    const after = this.#segments.findIndex((firstSeq) => firstSeq > this.#next);
    const at = (after === -1 ? this.#segments.length : after) - 1;
    if (at >= 0) {
      try {
        this.#scan = new SegmentScan(this.#disk, this.#directory, this.#segments[at]!, this.#unreadables);
      } catch (error) {
        if (!(error instanceof DiskError) || error.kind !== 'missing' || looks === 1) throw error;
        return this.#open(limitSeq, looks - 1);
      }
      this.#bound = this.#segments[at + 1] ?? Number.POSITIVE_INFINITY;
      return 'opened';
    }
    const first = this.#segments[0];
    return first === undefined ? null : this.#hole(Math.min(first - 1, limitSeq), 'missing');
  }

  #step(limitSeq: number): 'again' | LogItem | null {
    const scan = this.#scan!;
    if (this.#next >= this.#bound) return this.#segmentEnd(limitSeq);
    const step = scan.step();
    if (step === 'record') return scan.record.kind === eventRecord ? this.#event(scan, limitSeq) : 'again';
    // What a damaged record held becomes a hole when the next good one, or the segment's end, shows how far it reaches.
    if (step === 'damaged' || (step === 'lost' && scan.search())) {
      this.#damages++;
      return 'again';
    }
    return this.#segmentEnd(limitSeq);
  }

  #event(scan: SegmentScan, limitSeq: number): 'again' | LogItem | null {
    const { seq, atMs } = scan.record;
    if (seq < this.#next) return 'again';
    // Left over from before a crash, and taken over by the next segment: not part of the log.
    if (seq >= this.#bound) return this.#segmentEnd(limitSeq);
    const item: LogItem = { kind: 'record', seq, atMs, payload: scan.payload };
    if (seq === this.#next) {
      this.#next++;
      return item;
    }
    const hole = this.#hole(Math.min(seq - 1, limitSeq), 'damaged');
    if (seq <= limitSeq) this.#held = item;
    else this.close();
    return hole;
  }

  /** Nothing more in this segment: on to the next one, or wait. */
  #segmentEnd(limitSeq: number): 'again' | LogItem | null {
    if (this.#bound === Number.POSITIVE_INFINITY) {
      const segments = listSegments(this.#disk, this.#directory);
      this.#bound = segments.find((firstSeq) => firstSeq > this.#scan!.firstSeq) ?? Number.POSITIVE_INFINITY;
      // A segment that has come in the meantime: this one has grown to its end before that, so look again.
      return this.#bound === Number.POSITIVE_INFINITY ? null : 'again';
    }
    this.close();
    if (this.#next >= this.#bound) return 'again';
    return this.#hole(Math.min(this.#bound - 1, limitSeq), 'damaged');
  }

  #hole(to: number, cause: 'missing' | 'damaged'): LogItem {
    const from = this.#next;
    this.#next = to + 1;
    return { kind: 'hole', from, to, cause };
  }
}

/** All that a room's log holds from `fromSeq` to `limitSeq` inclusive. A payload is valid until the next item. */
export function* readLog(disk: Disk, directory: string, fromSeq: number, limitSeq: number): Generator<LogItem, void> {
  const reader = new LogReader(disk, directory, fromSeq);
  try {
    for (let item = reader.next(limitSeq); item !== null; item = reader.next(limitSeq)) yield item;
  } finally {
    reader.close();
  }
}
