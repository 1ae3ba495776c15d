import type { SyncPolicy } from './segment.ts';
import type { RingMemory } from './shared-ring.ts';

// What the hot side and the journal's thread say to each other beside the rings: plain data over a MessagePort.

/** Takes over a log's ring. Sent again to every new life of the thread. */
export interface OpenMessage {
  readonly kind: 'open';
  /** Names the log between the two threads. */
  readonly id: number;
  readonly ring: RingMemory;
  /** Values of Counters(writerCounterSpec). */
  readonly counters: Float64Array;
  readonly directory: string;
  readonly room: string;
  readonly epoch: string;
  readonly bootId: string;
  readonly sync: SyncPolicy;
  readonly released: boolean;
  /** Seq after the last one taken: the next to be written when the ring is empty. */
  readonly nextSeq: number;
  readonly unsynced: readonly number[];
  /** True: an earlier life of the thread had it. Failing to open it is then repeated, not final. */
  readonly again: boolean;
  readonly segmentBytesMax: number;
}

export type ToThread = OpenMessage | { readonly kind: 'close'; readonly id: number };

export type FromThread =
  | { readonly kind: 'opened'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  /** What the disk said when the log came to be in a state that is not well. */
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
  /** `problem`: why the stop is not a clean one; '' = it is. */
  | { readonly kind: 'closed'; readonly id: number; readonly problem: string };

/** Index in the doorbell's words: 0 = the thread has parked, 1 = it is awake or has been rung. */
export const bellWord = 0;

/** Index in the doorbell's words: 1 = the thread naps between two looks at its rings, and may be woken earlier. */
export const napWord = 1;

/** How many words the doorbell has. */
export const bellWords = 2;

export interface JournalThreadSettings {
  readonly bell: SharedArrayBuffer;
}
