import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import { limits } from '../protocol/limits.ts';
import { DiskError, type Disk, writeFully } from './disk.ts';
import {
  closeRecord,
  encodeRecord,
  finishRecord,
  markRecord,
  recordBytesAt,
  recordHeaderBytes,
  recordSeqAt,
} from './record.ts';
import {
  encodeSegmentHeader,
  segmentHeaderBytes,
  segmentName,
  segmentSeed,
  setSegmentAside,
  type SyncPolicy,
} from './segment.ts';
import { LogSync } from './log-sync.ts';
import { syncDirectory } from './snapshot.ts';
import type { SyncMemory } from './sync-memory.ts';
import type { WriterCounterName, WriterState } from './writer-counters.ts';

// The one writer of a room's log: records in order into segment files, handed to the operating system in as few calls
// as there are batches. Owns the open segment. Every write names its place in the file, so that one that the disk
// refused or cut short is simply repeated. Syncing is LogSync's affair, beside the writing.

/** Who is told how far the log has come. */
export interface WriterProgress {
  /** Everything up to `seq` may be seen: it is written, or under `always` synced. */
  written(seq: number): void;
  /** Everything up to `seq` is synced. */
  durable(seq: number): void;
  /** `refusal`: why the disk keeps the log from being written or synced; null = it does not, or no more. */
  state(state: WriterState, refusal: DiskError | null): void;
}

export interface LogWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly directory: string;
  readonly room: string;
  readonly epoch: string;
  readonly bootId: string;
  readonly sync: SyncPolicy;
  /** See SegmentHeader.released. */
  readonly released: boolean;
  /** Seq of the first event that will be written. */
  readonly nextSeq: number;
  /** First seqs of segments of earlier lives that may not be synced yet. */
  readonly unsynced: readonly number[];
  /** See LogSyncOptions. */
  readonly syncs: SyncMemory;
  readonly progress: WriterProgress;
  readonly counters: Counters<WriterCounterName>;
  readonly segmentBytesMax?: number;
}

export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #segmentBytesMax: number;
  readonly #sync: LogSync;
  #file = -1;
  #seed = 0;
  /** Bytes of the open segment that hold whole records: where the next write goes. */
  #size = 0;
  #lastSeq: number;
  #markedSeq = 0;
  #rotateNext = false;
  /** When the last write was begun, if it was not taken whole: its record is repeated to the byte. null = it was. */
  #tornAtMs: number | null = null;
  #state: WriterState = 'ok';

  /** Begins a segment on firm ground. Throws DiskError when it cannot. */
  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#segmentBytesMax = options.segmentBytesMax ?? limits.journalSegmentBytesMax.value;
    this.#lastSeq = options.nextSeq - 1;
    this.#sync = new LogSync({
      ...options,
      durable: (seq) => this.#durable(seq),
      failed: (error) => this.#say(stateOfSyncs(options.sync, true), error),
    });
    // Under `always` what is seen survives a power cut, and whoever comes first sees what earlier lives wrote.
    if (options.sync.kind === 'always') this.#sync.settle();
    this.#beginSegment(options.sync.kind);
    // Nobody may see anything of this life before the medium knows of it: after a power cut the log would end with the
    // clean stop of the life before, and its epoch would go on without what was seen since.
    const { disk, directory } = options;
    try {
      disk.sync(this.#file);
      syncDirectory(disk, directory);
    } catch (error) {
      // It is tried again and again where an earlier life of the thread had the log.
      disk.close(this.#file);
      throw error;
    }
  }

  /** Last seq handed to the operating system. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * Writes the events in `bytes` from `start` to `end` (whole records, as beginRecord makes them; checksums and time
   * are filled in here). Returns the place up to which they are written: less than `end` when the disk takes no more
   * for now; call again with the rest.
   */
  write(bytes: Buffer, start: number, end: number): number {
    let from = start;
    try {
      const nowMs = this.#options.clock.wallMs();
      while (from < end) {
        if (this.#rotateNext) this.#rotate();
        const atMs = this.#tornAtMs ?? nowMs;
        // The record that was cut off by itself: those behind it have not been written at that time.
        const last = this.#tornAtMs === null ? end : from + recordBytesAt(bytes, from);
        const upTo = this.#finish(bytes, from, last, atMs);
        if (upTo === from) continue;
        this.#writeMark(atMs);
        const whole = this.#put(bytes, from, upTo, atMs);
        this.#advance(bytes, from, whole);
        from = whole;
        if (whole < upTo) throw new DiskError('full', 'ENOSPC', 'the disk took a part of a write');
      }
      this.#say(stateOfSyncs(this.#options.sync, this.#sync.failure !== null), this.#sync.failure);
    } catch (error) {
      this.#refused(error);
    }
    if (from > start) {
      if (this.#options.sync.kind !== 'always') this.#options.progress.written(this.#lastSeq);
      this.#sync.written(this.#lastSeq);
    }
    return from;
  }

  /**
   * A clean stop: a sync of everything, a close record, and a sync of that. `done` gets null, or the error that kept
   * the stop from being clean; the log is recoverable either way. Nothing may be written afterwards.
   */
  close(done: (error: DiskError | null) => void): void {
    this.#sync.close(
      () => this.#writeClose(),
      (error) => {
        this.#options.disk.close(this.#file);
        done(error);
      },
    );
  }

  #writeClose(): DiskError | null {
    const { disk, clock } = this.#options;
    const record = { kind: closeRecord, seq: this.#lastSeq, atMs: clock.wallMs() };
    try {
      writeFully(disk, this.#file, encodeRecord(record, Buffer.alloc(0), this.#seed), this.#size);
      return null;
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      return error;
    }
  }

  /** Lets go of the files without another word to the disk: the process is said to have died. For simulations. */
  abandon(): void {
    this.#sync.abandon();
  }

  /**
   * Completes the records from `from` that still fit the segment; returns where they end. Full: the next one goes
   * first.
   */
  #finish(bytes: Buffer, from: number, end: number, atMs: number): number {
    const markBytes = this.#marks ? recordHeaderBytes : 0;
    const size = this.#size + markBytes;
    let at = from;
    while (at < end) {
      const length = recordBytesAt(bytes, at);
      const fills = size + at - from + length > this.#segmentBytesMax;
      if (fills && size + at - from > segmentHeaderBytes + markBytes) {
        this.#rotateNext = true;
        break;
      }
      finishRecord(bytes, at, atMs, this.#seed);
      at += length;
    }
    return at;
  }

  /** One write call. Returns the place up to which whole records were taken. */
  #put(bytes: Buffer, from: number, upTo: number, atMs: number): number {
    const { disk, clock, counters } = this.#options;
    this.#tornAtMs = atMs;
    const beganMs = clock.nowMs();
    const taken = disk.write(this.#file, bytes, from, upTo, this.#size);
    const tookMs = clock.nowMs() - beganMs;
    if (tookMs > counters.get('writeMsMax')) counters.set('writeMsMax', tookMs);
    counters.add('writes');
    if (from + taken === upTo) {
      this.#tornAtMs = null;
      return upTo;
    }
    let at = from;
    while (at + recordBytesAt(bytes, at) <= from + taken) at += recordBytesAt(bytes, at);
    return at;
  }

  #advance(bytes: Buffer, from: number, upTo: number): void {
    let count = 0;
    for (let at = from; at < upTo; at += recordBytesAt(bytes, at)) {
      assert(recordSeqAt(bytes, at) === this.#lastSeq + 1, 'events are written in order, without a hole');
      this.#lastSeq++;
      count++;
    }
    this.#size += upTo - from;
    this.#options.counters.add('writtenEvents', count);
    this.#options.counters.add('writtenBytes', upTo - from);
  }

  /** Never over the beginning of a write that was cut short: a kill before the rest of it would look like damage. */
  get #marks(): boolean {
    return this.#sync.durableSeq > this.#markedSeq && this.#tornAtMs === null;
  }

  /**
   * Says in the log itself what has been synced, so that recovery can tell later damage from a cut-off end. Always
   * before an event: a segment ends with one.
   */
  #writeMark(atMs: number): void {
    if (!this.#marks) return;
    const seq = this.#sync.durableSeq;
    const mark = encodeRecord({ kind: markRecord, seq, atMs }, Buffer.alloc(0), this.#seed);
    writeFully(this.#options.disk, this.#file, mark, this.#size);
    this.#size += mark.length;
    this.#markedSeq = seq;
    this.#options.counters.add('marks');
    this.#options.counters.add('writtenBytes', mark.length);
  }

  #rotate(): void {
    const old = this.#file;
    this.#beginSegment(this.#options.sync.kind);
    this.#sync.retire(old, this.#lastSeq);
    this.#rotateNext = false;
  }

  #beginSegment(sync: SyncPolicy['kind']): void {
    const { disk, clock, directory, room, epoch, bootId, released, counters } = this.#options;
    const firstSeq = this.#lastSeq + 1;
    const path = `${directory}/${segmentName(firstSeq)}`;
    const file = createSegment(disk, directory, firstSeq, clock.wallMs());
    try {
      const header = { room, epoch, firstSeq, createdAt: clock.wallMs(), bootId, sync, released };
      writeFully(disk, file, encodeSegmentHeader({ ...header, identity: disk.identity(file) }), 0);
    } catch (error) {
      disk.close(file);
      disk.remove(path);
      throw error;
    }
    this.#file = file;
    this.#seed = segmentSeed(firstSeq);
    this.#size = segmentHeaderBytes;
    this.#sync.begin(file);
    counters.add('segments');
  }

  #durable(seq: number): void {
    const { sync, progress } = this.#options;
    progress.durable(seq);
    if (sync.kind === 'always') progress.written(seq);
  }

  #refused(error: unknown): void {
    if (!(error instanceof DiskError)) throw error;
    this.#options.counters.add('writesRefused');
    this.#say(error.kind === 'full' ? 'disk-full' : 'disk-failed', error);
  }

  #say(state: WriterState, refusal: DiskError | null): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.progress.state(state, refusal);
  }
}

/** How a log is that writes. Under `always` what cannot be synced is shown to nobody, as if it could not be written. */
export function stateOfSyncs(sync: SyncPolicy, failed: boolean): WriterState {
  if (!failed) return 'ok';
  return sync.kind === 'always' ? 'disk-failed' : 'sync-failed';
}

/** A new file; one of that name without records that count (of a life that died at its beginning) makes way. */
function createSegment(disk: Disk, directory: string, firstSeq: number, wallMs: number): number {
  const path = `${directory}/${segmentName(firstSeq)}`;
  try {
    return disk.open(path, 'create');
  } catch (error) {
    if (!(error instanceof DiskError) || error.kind !== 'exists') throw error;
  }
  setSegmentAside(disk, directory, firstSeq, { wallMs, unread: false });
  return disk.open(path, 'create');
}
