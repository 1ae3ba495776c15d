import type { Counters } from '../base/counters.ts';
import { limits } from '../protocol/limits.ts';
import type { deliveryCounterSpec } from './counters.ts';

// Owns the newest snapshot of a room as a ready frame: made once for everybody who returns at about the same time.
// Bounded: two snapshots. A snapshot at S may be sent once the log has passed S; until then it is kept and waited for
// (a newer one would never be sendable while events keep coming).

/** A SnapshotFrame as the bytes of its WebSocket frame. */
export interface RoomSnapshot {
  /** It holds every event up to and including this one. */
  readonly seq: number;
  readonly bytes: Buffer;
}

/** Makes the snapshot of this moment: the state after the last published event. */
export interface SnapshotSource {
  /** Null: it was asked for, and whoever makes it calls the delivery's `wake` when it is there. */
  snapshot(): RoomSnapshot | null;
}

export interface Snapshot extends RoomSnapshot {
  readonly madeMs: number;
}

/**
 * For how long a snapshot stands in for one that waits for the log, in milliseconds: since it was made, or since the
 * log passed it if somebody waited for that, which may have taken longer. An older one would cost more of the ring than
 * the wait is worth.
 */
const waitMsMax = 1000;

export class SnapshotCache {
  readonly #source: SnapshotSource;
  readonly #counters: Counters<keyof typeof deliveryCounterSpec>;
  /** The newest, which the log may not have passed yet. */
  #newest: Snapshot | null = null;
  /** The newest that it had passed when somebody looked. */
  #passed: Snapshot | null = null;
  /** From when on that one stands in for the newest, monotonic ms. */
  #standsInMs = 0;
  /** Somebody was told to wait for the newest. */
  #awaited = false;
  /**
   * Source state and the like change without a seq: a snapshot is not kept for longer than this, even at the same seq.
   */
  readonly #ageMsMax = limits.snapshotAgeMsMax.value;

  constructor(source: SnapshotSource, counters: Counters<keyof typeof deliveryCounterSpec>) {
    this.#source = source;
    this.#counters = counters;
  }

  /** A snapshot at `seqMin` or later, and below `limit`; null while there is none. */
  obtain(seqMin: number, limit: number, nowMs: number): Snapshot | null {
    const waiting = this.#newest;
    if (waiting !== null && waiting !== this.#passed && waiting.seq < limit)
      this.#pass(waiting, this.#awaited ? nowMs : waiting.madeMs);
    const passed = this.#passed;
    if (passed !== null && passed.seq >= seqMin && nowMs - passed.madeMs <= this.#ageMsMax) return passed;
    if (waiting === null || waiting.seq < limit) {
      const made = this.#make(nowMs);
      if (made === null) return null;
      if (made.seq < limit) this.#pass(made, nowMs);
    }
    // While a newer one waits for the log, the one before it does: what came since follows from the ring.
    const standsIn = this.#passed;
    if (standsIn !== null && standsIn.seq >= seqMin && nowMs - this.#standsInMs <= waitMsMax) return standsIn;
    this.#awaited = true;
    return null;
  }

  #pass(snapshot: Snapshot, standsInMs: number): void {
    this.#passed = snapshot;
    this.#standsInMs = standsInMs;
    this.#awaited = false;
  }

  #make(nowMs: number): Snapshot | null {
    const made = this.#source.snapshot();
    if (made === null) return null;
    this.#newest = { ...made, madeMs: nowMs };
    this.#counters.add('snapshotsMade');
    return this.#newest;
  }
}
