import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { limits } from '../protocol/limits.ts';
import type { Journal, JournalOptions, JournalStatus, LogProgress } from './journal-types.ts';
import { journalCounterSpec } from './journal-types.ts';
import { LogWriter } from './log-writer.ts';
import { beginRecord, recordHeaderBytes } from './record.ts';
import type { RecoveredLog } from './recovery.ts';
import { ringWord, ringWords } from './shared-ring.ts';
import { followSyncs } from './sync-memory.ts';
import { writerCounterSpec, type WriterState } from './writer-counters.ts';

// The log written by the thread that publishes: one write call per event, no second thread, nothing held back. A disk
// that stalls stalls the stream, so it is for tests, tools and small installations. Owns a buffer for one record.

/** How long a disk that refused is left alone, in milliseconds. */
const restMs = 100;

export class InlineJournal implements Journal {
  readonly epoch: string;
  readonly counters = new Counters(journalCounterSpec);
  readonly writerCounters = new Counters(writerCounterSpec);
  readonly #log: RecoveredLog;
  readonly #clock: Clock;
  readonly #writer: LogWriter;
  readonly #record = Buffer.allocUnsafeSlow(recordHeaderBytes + limits.eventBytesMax.value);
  readonly #control = new SharedArrayBuffer(ringWords * 4);
  readonly #words = new Int32Array(this.#control);
  #lastSeq: number;
  #writtenSeq: number;
  #durableSeq = 0;
  #state: WriterState = 'ok';
  #onSendable: () => void = () => undefined;
  #onState: () => void = () => undefined;
  #appending = false;
  /** The disk refused a moment ago: not worth asking again yet. */
  #resting = false;

  constructor(log: RecoveredLog, clock: Clock, options: JournalOptions) {
    this.#log = log;
    this.#clock = clock;
    this.epoch = log.epoch;
    this.#lastSeq = log.lastSeq;
    this.#writtenSeq = log.lastSeq;
    this.#words[ringWord.written] = log.lastSeq | 0;
    this.#durableSeq = log.unsynced.length === 0 ? log.lastSeq : 0;
    this.#writer = new LogWriter({
      ...log,
      clock,
      sync: options.sync,
      released: false,
      nextSeq: log.lastSeq + 1,
      syncs: followSyncs({ control: this.#control }),
      ...(options.segmentBytesMax === undefined ? {} : { segmentBytesMax: options.segmentBytesMax }),
      counters: this.writerCounters,
      progress: {
        written: (seq) => this.#written(seq),
        durable: (seq) => void (this.#durableSeq = seq),
        state: (state) => {
          this.#state = state;
          this.#onState();
        },
      },
    });
  }

  append(seq: number, payload: Uint8Array): 'taken' | 'full' {
    assert(seq === this.#lastSeq + 1, `the log takes seq ${this.#lastSeq + 1} next, not ${seq}`);
    beginRecord(this.#record, 0, 0, seq, payload.length);
    this.#record.set(payload, recordHeaderBytes);
    const end = recordHeaderBytes + payload.length;
    this.#appending = true;
    const written = this.#writer.write(this.#record, 0, end);
    this.#appending = false;
    if (written !== end) {
      this.counters.add('refused');
      this.#rest();
      return 'full';
    }
    this.#lastSeq = seq;
    this.counters.add('appended');
    this.counters.add('appendedBytes', payload.length);
    return 'taken';
  }

  commit(): void {
    // Each event was written by its own append.
  }

  admits(): boolean {
    return !this.#resting;
  }

  sendable(): number {
    return this.#writtenSeq + 1;
  }

  settle(_withinMs: number): void {
    // Each event was written by its own append.
  }

  restUntil(_atMs: number): void {
    // Whoever appends knows that it moved.
  }

  onSendable(moved: () => void): void {
    this.#onSendable = moved;
  }

  onState(changed: () => void): void {
    this.#onState = changed;
  }

  status(): JournalStatus {
    return {
      state: this.#state,
      lastSeq: this.#lastSeq,
      writtenSeq: this.#writtenSeq,
      durableSeq: this.#durableSeq,
      pendingBytes: 0,
      pendingMs: 0,
      released: false,
    };
  }

  progress(): LogProgress {
    return { control: this.#control, seq: this.#writtenSeq };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#writer.close(() => {
        this.#log.lock.release();
        resolve();
      });
    });
  }

  /** The next event will find out whether the disk takes more again. */
  #rest(): void {
    this.#resting = true;
    this.#clock.after(restMs, () => {
      this.#resting = false;
      this.#onSendable();
    });
  }

  /** Under `always` the news comes with the sync, later; else it is part of the append, which its caller knows of. */
  #written(seq: number): void {
    this.#writtenSeq = seq;
    Atomics.store(this.#words, ringWord.written, seq | 0);
    if (!this.#appending) this.#onSendable();
  }
}
