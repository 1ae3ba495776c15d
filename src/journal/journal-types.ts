import type { Counters } from '../base/counters.ts';
import type { SyncPolicy } from './segment.ts';
import type { WriterState } from './writer-counters.ts';

// The journal as the rest of the house sees it. Implementations: threaded-journal.ts (a thread writes),
// inline-journal.ts (the caller writes), null-journal.ts (nobody does). All pass test/contract/journal.contract.ts.

/** What happens to the newest events while the disk takes nothing. */
export type StallRule =
  /** They are held back: nobody sees what a kill could still undo. */
  | { readonly kind: 'hold' }
  /** After `afterMs` they are sent all the same, marked "not yet durable"; a crash then begins a new epoch. */
  | { readonly kind: 'release'; readonly afterMs: number };

export interface JournalOptions {
  readonly sync: SyncPolicy;
  readonly stall?: StallRule;
  /** For tests: limits.journalSegmentBytesMax otherwise. */
  readonly segmentBytesMax?: number;
}

/**
 * `behind`: something has waited for the disk for limits.journalBehindMs or more: the stream is not yet durable.
 * `disk-full`, `disk-failed`: writes are refused and repeated. `sync-failed`: written as ever, but nothing more is
 * called durable; under `always` that is `disk-failed`, since nothing more may be seen.
 */
export type JournalState = WriterState | 'behind';

export interface JournalStatus {
  readonly state: JournalState;
  /** Newest event taken. */
  readonly lastSeq: number;
  /** Newest event that may be seen. */
  readonly writtenSeq: number;
  /** Newest event that survives a power cut, as far as this life has made sure; 0 = none yet. */
  readonly durableSeq: number;
  /** Bytes taken and not written. */
  readonly pendingBytes: number;
  /** For how long nothing was written although something waits, in milliseconds; 0 = nothing waits. */
  readonly pendingMs: number;
  /** Events that are not written have been let go to dashboards (StallRule `release`), and still are not. */
  readonly released: boolean;
}

/** Where to look how far a log has been written: plain data, to be sent to a thread. */
export interface LogProgress {
  /** Its word `ringWord.written` holds the lowest 32 bits of the seq. */
  readonly control: SharedArrayBuffer;
  /** The seq at the time of asking. */
  readonly seq: number;
}

export interface Journal {
  readonly epoch: string;
  /** What its taking side and its writing side count, for /metrics; absent where there is no log. */
  readonly counters?: Counters<string>;
  readonly writerCounters?: Counters<string>;
  /**
   * Takes the next event (a copy of its bytes). Never blocks, never throws for the disk. `full`: not taken, and it
   * must not be published; whoever asks `admits` before each turn never meets it.
   */
  append(seq: number, payload: Uint8Array): 'taken' | 'full';
  /** The turn is over: wakes the writer at once. Without it, it is woken at the end of the loop's turn. */
  commit(): void;
  /** False: nothing more should be admitted to the room for now. True again is told by `onSendable`. */
  admits(): boolean;
  /** Events below this may be seen by dashboards. */
  sendable(): number;
  /**
   * For who is about to send, once for many: waits until what was taken is sendable, `withinMs` at most (about a
   * millisecond: this is the hot thread), and not at all where waiting was in vain just before.
   */
  settle(withinMs: number): void;
  /**
   * Until `atMs` (monotonic) nobody need be told that `sendable` has moved: it is asked then. 0 = tell, and tell now
   * what was not told.
   */
  restUntil(atMs: number): void;
  /** Sets who is told, in a turn of its own, when `sendable` or `admits` has moved. */
  onSendable(moved: () => void): void;
  /** Sets who is told when `status().state` has changed. */
  onState(changed: () => void): void;
  status(): JournalStatus;
  /** For `followProgress` on another thread. */
  progress(): LogProgress;
  /**
   * Writes and syncs all that was taken, marks the stop as clean, lets go of the lock. Nothing may be appended after
   * it.
   */
  close(): Promise<void>;
}

/** What the taking side of a log counts: taken = appended, refused never happens to who asks `admits`. */
export const journalCounterSpec = {
  appended: 'events taken by the log',
  appendedBytes: 'bytes of these events',
  refused: 'events not taken because the log was full',
  settled: 'flushes that waited a moment for the log, and then had all that was taken',
  unsettled: 'flushes that went without what the log had not written in that moment',
  stalls: 'times that nothing was written for a quarter of a second or more although something waited',
  stallMsMax: 'longest time that something waited to be written, in milliseconds (gauge)',
} as const;
