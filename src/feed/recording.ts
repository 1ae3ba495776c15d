import { createWriteStream, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, createZstdCompress } from 'node:zlib';
import type { ZstdCompress } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { delay } from '../base/clock.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { makeDirectory } from '../base/make-directory.ts';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { FeedGap, RawMessage } from '../protocol/raw.ts';
import { formatGapLine, formatLineOf, formatMessageLine } from './recording/format.ts';
import type { RecordingOrigin } from './recording/format.ts';
import { manifestName } from './recording/files.ts';
import type { RecordingManifest, RecordingSegment } from './recording/files.ts';

export { readManifest, recordingFiles, roomOfRecording } from './recording/files.ts';
export { formatMessageLine, parseRecordingLine } from './recording/format.ts';
export { LineReader } from './recording/lines.ts';
export { Pseudonymiser } from './recording/pseudonymise.ts';
export type { PseudonymiserOptions, TextPolicy } from './recording/pseudonymise.ts';
export { readRecording } from './recording/reader.ts';
export type { RecordedItem } from './recording/reader.ts';
export { surveyRecording } from './recording/survey.ts';
export type { RecordingSurvey } from './recording/survey.ts';
export type { RecordingEntry, RecordingOrigin } from './recording/format.ts';
export type { RecordingLine } from './recording/lines.ts';
export type { RecordingManifest, RecordingSegment } from './recording/files.ts';

// Writes what a feed gives to a folder that ReplayFeed plays: NDJSON in zstd, a new file every segmentBytesMax, and a
// manifest. Owns the lines not yet handed to the compressor and what the compressor holds: together at most
// recordingPendingBytesMax. At that bound messages are left out, counted, and a gap line tells how many, so that a
// recording never looks complete when it is not. Compression and the disk run in the thread pool.

export const recordingCounterSpec = {
  written: 'raw messages written to the recording',
  skipped: 'raw messages left out because the disk could not follow; a gap line stands in their place',
  bytes: 'bytes written, before compression',
  segments: 'segment files begun',
} as const;

export interface RecordingWriterOptions {
  /** Folder of this one recording; made if absent, refused when it already holds a recording. */
  readonly folder: string;
  /** Whose LIVE it is: a handle or a room id, for people. */
  readonly room: string;
  readonly clock: Clock;
  /** A new file is begun beyond this, before compression. Default: recordingSegmentBytesMax. */
  readonly segmentBytesMax?: number;
  /** Called once when the disk refuses: from then on nothing is recorded, and everything counts as skipped. */
  readonly onFailure?: (error: MeksError) => void;
  /** Called when messages begin to be left out because the disk cannot follow; at most once in behindMs. */
  readonly onBehind?: (skipped: number) => void;
}

/** Lines are handed to the compressor when they are this many bytes, or at the next flush. */
const blockBytes = 65_536;
/** Between looks at whether the compressor has caught up. */
const spaceMs = 5;
/** Between two complaints that the disk cannot follow. */
const behindMs = 60_000;
/** What a crash of the process can cost. */
const flushMs = 1_000;

interface OpenSegment {
  readonly file: string;
  readonly compress: ZstdCompress;
  readonly written: Promise<void>;
  messages: number;
  bytes: number;
  firstAt: number;
  lastAt: number;
}

export class RecordingWriter {
  readonly counters = new Counters(recordingCounterSpec);
  readonly #options: RecordingWriterOptions;
  readonly #createdAt: string;
  #done: RecordingSegment[] = [];
  #closing: Promise<void>[] = [];
  #open: OpenSegment | null = null;
  #lines: string[] = [];
  #linesBytes = 0;
  #skippedSince = { count: 0, at: 0 };
  #behindToldMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;
  #state: 'open' | 'failed' | 'closed' = 'open';
  #failure: MeksError | null = null;

  /** Throws MeksError MEKS_FILE_UNWRITABLE when the folder cannot be made, or already holds a recording. */
  constructor(options: RecordingWriterOptions) {
    this.#options = options;
    this.#createdAt = new Date(options.clock.wallMs()).toISOString();
    const { folder } = options;
    try {
      makeDirectory(folder);
      writeFileSync(join(folder, manifestName), this.#manifestText(), { flag: 'wx' });
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      const message = `cannot record into ${folder} (${why}): name a new folder on a disk that can be written`;
      throw new MeksError('MEKS_FILE_UNWRITABLE', message, error);
    }
  }

  /**
   * Records `raw`. False: it was left out (the disk cannot follow, or refused), and counted. `origin`: which LIVE it is
   * of, in a recording of many.
   */
  write(raw: RawMessage, origin?: RecordingOrigin): boolean {
    if (this.#state !== 'open' || this.#pendingBytes() > limits.recordingPendingBytesMax.value) {
      this.counters.add('skipped');
      if (this.#skippedSince.count++ === 0) this.#skippedSince.at = raw.receivedAt;
      if (this.#state === 'open') this.#behind();
      return false;
    }
    this.#tellSkipped(raw.receivedAt);
    this.#append(origin === undefined ? formatMessageLine(raw) : formatLineOf(raw, origin), raw.receivedAt);
    if (this.#open !== null) this.#open.messages++;
    this.counters.add('written');
    return true;
  }

  /** Records an interruption of the feed. */
  writeGap(gap: FeedGap): void {
    if (this.#state === 'open') this.#append(formatGapLine(gap), gap.at);
  }

  /** For a writer that can wait: resolves when there is room for a message. Rejects when the disk has refused. */
  async space(): Promise<void> {
    while (this.#state === 'open' && this.#pendingBytes() > limits.recordingPendingBytesMax.value / 4) {
      this.#flush();
      await delay(this.#options.clock, spaceMs);
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Ends the recording. Resolves when all that was written is in its files and the manifest says so. Never rejects. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#tellSkipped(this.#options.clock.wallMs());
      this.#endSegment();
      this.#state = 'closed';
    }
    await Promise.all(this.#closing);
  }

  /** Ends a recording that is all somebody asked for: the same, but rejects when the disk has refused any of it. */
  async finish(): Promise<void> {
    await this.close();
    if (this.#failure !== null) throw this.#failure;
  }

  #behind(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#behindToldMs < behindMs) return;
    this.#behindToldMs = nowMs;
    this.#options.onBehind?.(this.counters.get('skipped'));
  }

  #pendingBytes(): number {
    return this.#linesBytes + (this.#open === null ? 0 : this.#open.compress.writableLength);
  }

  /** Puts a gap line in the place of messages that were left out. */
  #tellSkipped(untilAt: number): void {
    const { count, at } = this.#skippedSince;
    if (count === 0) return;
    this.#skippedSince = { count: 0, at: 0 };
    const gap: FeedGap = { reason: 'overload', at, lengthMs: Math.max(0, untilAt - at), missed: count };
    this.#append(formatGapLine(gap), at);
  }

  #append(line: string, at: number): void {
    const segmentBytesMax = this.#options.segmentBytesMax ?? limits.recordingSegmentBytesMax.value;
    if (this.#open !== null && this.#open.bytes >= segmentBytesMax) this.#endSegment();
    this.#open ??= this.#beginSegment();
    this.#open.bytes += line.length;
    if (this.#open.firstAt === 0) this.#open.firstAt = at;
    this.#open.lastAt = at;
    this.#lines.push(line);
    this.#linesBytes += line.length;
    this.counters.add('bytes', line.length);
    if (this.#linesBytes >= blockBytes) this.#handOver(this.#open);
    this.#timer ??= this.#options.clock.after(flushMs, this.#flush);
  }

  readonly #flush = (): void => {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#open === null) return;
    this.#handOver(this.#open);
    // A block boundary: a reader can take everything up to here, even if no end is ever written.
    this.#open.compress.flush(constants.ZSTD_e_flush);
  };

  #handOver(segment: OpenSegment): void {
    if (this.#lines.length === 0) return;
    segment.compress.write(this.#lines.join(''));
    this.#lines = [];
    this.#linesBytes = 0;
  }

  #beginSegment(): OpenSegment {
    this.counters.add('segments');
    const file = `${String(this.counters.get('segments')).padStart(4, '0')}.ndjson.zst`;
    const compress = createZstdCompress({
      params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
    });
    const path = join(this.#options.folder, file);
    const written = pipeline(compress, createWriteStream(path, { flags: 'wx' })).catch((error: unknown) => {
      this.#fail(path, error);
    });
    const segment = { file, compress, written, messages: 0, bytes: 0, firstAt: 0, lastAt: 0 };
    this.#writeManifest(segment);
    return segment;
  }

  #endSegment(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const segment = this.#open;
    if (segment === null) return;
    this.#handOver(segment);
    this.#open = null;
    segment.compress.end();
    const entry = describe(segment, false);
    this.#done.push(entry);
    const at = this.#done.length - 1;
    const closing = segment.written.then(() => {
      this.#done[at] = { ...entry, complete: this.#state !== 'failed' };
      this.#writeManifest(this.#open);
      this.#closing = this.#closing.filter((one) => one !== closing);
    });
    this.#closing.push(closing);
  }

  /** Replaces the manifest in one step, so that a crash leaves the old or the new one. */
  #writeManifest(open: OpenSegment | null): void {
    const path = join(this.#options.folder, manifestName);
    try {
      writeFileSync(`${path}.new`, this.#manifestText(open));
      renameSync(`${path}.new`, path);
    } catch (error) {
      this.#fail(path, error);
    }
  }

  #manifestText(open: OpenSegment | null = null): string {
    const segments = open === null ? this.#done : [...this.#done, describe(open, false)];
    const { room } = this.#options;
    const skipped = this.counters.get('skipped');
    const createdAt = this.#createdAt;
    const manifest: RecordingManifest = { format: 'meks-recording', version: 1, room, createdAt, segments, skipped };
    return `${JSON.stringify(manifest, null, 2)}\n`;
  }

  #fail(path: string, error: unknown): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#timer?.cancel();
    this.#timer = null;
    this.#open?.compress.destroy();
    this.#open = null;
    this.#lines = [];
    this.#linesBytes = 0;
    const why = error instanceof Error ? error.message : String(error);
    const message = `the recording stopped at ${path} (${why}): free space or name another folder, then start it again`;
    this.#failure = new MeksError('MEKS_FILE_UNWRITABLE', message, error);
    this.#options.onFailure?.(this.#failure);
  }
}

function describe(segment: OpenSegment, complete: boolean): RecordingSegment {
  const { file, messages, bytes, firstAt, lastAt } = segment;
  return { file, messages, bytes, firstAt, lastAt, complete };
}
