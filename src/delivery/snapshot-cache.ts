import type { Counters } from '../base/counters.ts';
import { limits } from '../protocol/limits.ts';
import { textFrame } from '../protocol/websocket-frame.ts';
import type { deliveryCounterSpec } from './counters.ts';

// Owns the newest snapshot of a room as a ready frame: made once for everybody who returns at about the same time.
// Bounded: one snapshot. A snapshot at S may be sent once the log has passed S; until then it is kept and waited for
// (a newer one would never be sendable while events keep coming).

/** Makes the text of the SnapshotFrame of this moment: the state after the last published event. */
export interface SnapshotSource {
  snapshot(): string;
}

export interface Snapshot {
  /** The snapshot holds every event up to and including this one. */
  readonly seq: number;
  readonly bytes: Buffer;
  readonly madeMs: number;
}

export class SnapshotCache {
  readonly #source: SnapshotSource;
  readonly #counters: Counters<keyof typeof deliveryCounterSpec>;
  #newest: Snapshot | null = null;
  /**
   * Source state and the like change without a seq: a snapshot is not kept for longer than this, even at the same seq.
   */
  readonly #ageMsMax = limits.snapshotAgeMsMax.value;

  constructor(source: SnapshotSource, counters: Counters<keyof typeof deliveryCounterSpec>) {
    this.#source = source;
    this.#counters = counters;
  }

  /** A snapshot below `limit` from which the ring can continue, or null while the log has not caught up with it. */
  obtain(stream: { readonly head: number; readonly oldest: number }, limit: number, nowMs: number): Snapshot | null {
    const kept = this.#newest;
    if (kept !== null && kept.seq + 1 >= stream.oldest) {
      if (kept.seq >= limit) return null;
      if (nowMs - kept.madeMs <= this.#ageMsMax) return kept;
    }
    const seq = stream.head - 1;
    this.#newest = { seq, bytes: textFrame(this.#source.snapshot()), madeMs: nowMs };
    this.#counters.add('snapshotsMade');
    return seq < limit ? this.#newest : null;
  }
}
