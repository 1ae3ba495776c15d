import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { LogItem, RecoveryVisitor } from '../journal/journal.ts';
import { Normalizer } from '../normalizer/normalizer.ts';
import { Operator } from '../operator/operator.ts';
import { MeksError } from '../protocol/errors.ts';
import type { EventFrame } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import { Ranking, type RankingOptions } from '../ranking/ranking.ts';

// What a room was when its process ended, rebuilt from its log: the ranking from the newest snapshot and the events
// after it, the normalizer's memory (ids seen, streaks) from these events, and the last events themselves, so that
// dashboards can resume across the restart. Bounded: the tail holds as many events as the ring.

export interface RoomPastOptions {
  readonly clock: Clock;
  readonly id: string;
  readonly handle: string;
  /** IANA name, for the boards of day and week; UTC unless given. */
  readonly timeZone?: string;
  readonly tailMax: number;
  /** Left out: a new one with the limits of the house. */
  readonly normalizer?: Normalizer;
  /** The log's events from one seq to another: what a snapshot does not tell about. */
  readonly readLog: (fromSeq: number, toSeq: number) => Iterable<LogItem>;
  /** Told every replayEventsTold events that were replayed: how many by now. */
  readonly onReplay?: ((events: number) => void) | undefined;
}

/** A start has at most some ten thousand events to replay, unless no snapshot can be used. */
export const replayEventsTold = 20_000;

export class RoomPast implements RecoveryVisitor {
  readonly normalizer: Normalizer;
  /** Payloads of the last events, oldest first, without a hole up to the log's end. */
  readonly tail: Uint8Array[] = [];
  /** Events that the log has lost. */
  missed = 0;
  /** When the last event was written, Unix ms; 0 = there is none. */
  lastAt = 0;
  readonly #options: RoomPastOptions;
  #operator = new Operator();
  #ranking: Ranking;
  #replayed = 0;

  constructor(options: RoomPastOptions) {
    this.#options = options;
    const { id, clock } = options;
    this.normalizer = options.normalizer ?? new Normalizer({ room: { id }, clock });
    this.#ranking = new Ranking({ ...this.#about, companion: this.#operator });
  }

  /** What operators share: follows the ranking's events, and is saved with it. */
  get operator(): Operator {
    return this.#operator;
  }

  get ranking(): Ranking {
    return this.#ranking;
  }

  load(snapshot: { readonly payload: Uint8Array; readonly seq: number; readonly createdAt: number }): boolean {
    const operator = new Operator();
    try {
      this.#ranking = Ranking.restore(snapshot.payload, { ...this.#about, companion: operator });
      this.#operator = operator;
    } catch (error) {
      // Another version's or a damaged one: the snapshot before it serves, or the log from its beginning.
      if (error instanceof MeksError) return false;
      throw error;
    }
    this.lastAt = snapshot.createdAt;
    this.#recall(snapshot.seq);
    return true;
  }

  apply(seq: number, payload: Uint8Array, atMs: number): void {
    const { seq: written, ...event } = this.#remember(Buffer.from(payload));
    assert(written === seq, 'a record holds the event of its number');
    this.#ranking.apply(seq, event);
    this.lastAt = atMs;
    if (++this.#replayed % replayEventsTold === 0) this.#options.onReplay?.(this.#replayed);
  }

  hole(from: number, to: number): void {
    this.missed += to - from + 1;
    this.tail.length = 0;
  }

  /** The ranking is in the snapshot; ids seen and streaks are not: they come from the minutes of events before it. */
  #recall(seq: number): void {
    const fromSeq = Math.max(1, seq - limits.recalledEvents.value + 1);
    for (const item of this.#options.readLog(fromSeq, seq)) {
      if (item.kind === 'hole') this.tail.length = 0;
      else this.#remember(Buffer.from(item.payload));
    }
  }

  #remember(bytes: Buffer): EventFrame {
    const frame: EventFrame = JSON.parse(bytes.toString());
    this.normalizer.restore(frame);
    this.tail.push(bytes);
    // Cut rarely, by half: shifting an array for every event of a day's log would cost more than the events.
    if (this.tail.length >= 2 * this.#options.tailMax) this.tail.splice(0, this.#options.tailMax);
    return frame;
  }

  get #about(): Pick<RankingOptions, 'room' | 'timeZone'> {
    const { id, handle, timeZone = 'UTC' } = this.#options;
    return { room: { id, handle }, timeZone };
  }
}
