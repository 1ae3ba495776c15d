import { BoundedQueue } from '../base/bounded-queue.ts';
import type { Clock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import type { SourceState } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import type { FeedGap, RawMessage } from '../protocol/raw.ts';

// Owns the queue between a room's feed and its normalizer: admit or refuse, bounded, counted.
// Bounded by ingestQueueMax. Full: `offer` says no; a feed that can wait asks to be called when there is room, one that
// cannot reports what it lost, and a gap event takes the place of the lost messages in the stream.
// offered = accepted + lost, always.
//
// The queue is drained in turns of at most `turnBudgetMs`, then the loop goes round: a bursting room takes its share of
// the thread and no more, so that steady rooms are served in between.

/** What the ingest hands work to, in order. Implemented by the broker's room. */
export interface IngestTarget {
  /**
   * False: nothing may be taken on now (the log is full). The queue fills, then feeds wait or lose; `resume` goes on.
   */
  admits(): boolean;
  message(raw: RawMessage): void;
  gap(gap: FeedGap): void;
  state(state: SourceState, detail: string): void;
  /** Calls `run` once everything handed over until now is in the log. */
  whenLogged(run: () => void): void;
  /** All that this turn had to give has been given. */
  turnEnd(): void;
}

export const ingestCounterSpec = {
  offered: 'raw messages that the feed brought (taken or lost; offers repeated by a waiting feed count once)',
  accepted: 'raw messages taken into the queue',
  lost: 'raw messages refused because the queue was full, from feeds that cannot wait',
  waits: 'times that a feed was made to wait for room',
  turns: 'turns in which the queue was worked on',
} as const;

export interface IngestOptions {
  readonly clock: Clock;
  readonly target: IngestTarget;
  readonly counters?: Counters<keyof typeof ingestCounterSpec>;
  readonly queueMax?: number;
  /** Longest turn before the loop goes round, in milliseconds. */
  readonly turnBudgetMs?: number;
}

/** How many messages are worked on between two looks at the clock. */
const messagesPerLook = 16;

export class Ingest {
  readonly counters: Counters<keyof typeof ingestCounterSpec>;
  readonly #clock: Clock;
  readonly #target: IngestTarget;
  readonly #queue: BoundedQueue<RawMessage | FeedGap>;
  readonly #queueMax: number;
  readonly #turnBudgetMs: number;
  readonly #turn = (): void => this.#work();
  #scheduled = false;
  #resume: (() => void) | null = null;
  /** Feeds that wait to acknowledge, in order: each for the message that was the last one accepted then. */
  readonly #logWaiters: { readonly accepted: number; readonly run: () => void }[] = [];
  #handedOver = 0;
  /**
   * What must be told as a gap as soon as the queue has a place for it: losses, and gaps that came while it was full.
   */
  #debt: FeedGap | null = null;
  /** Waits for the queue to be worked off, or for that to be impossible. */
  #onIdle: (() => void) | null = null;
  #stopped = false;

  constructor(options: IngestOptions) {
    this.counters = options.counters ?? new Counters(ingestCounterSpec);
    this.#clock = options.clock;
    this.#target = options.target;
    this.#queueMax = options.queueMax ?? limits.ingestQueueMax.value;
    this.#turnBudgetMs = options.turnBudgetMs ?? 4;
    this.#queue = new BoundedQueue(this.#queueMax);
  }

  /** Messages waiting. Gaps that wait among them are not counted: nobody has offered them. */
  get queued(): number {
    return this.counters.get('accepted') - this.#handedOver;
  }

  /** See FeedSink.offer. */
  offer(message: RawMessage): boolean {
    // A debt goes in first, so that the gap stands in the stream where the loss was.
    if (this.#stopped || this.#queue.size + (this.#debt === null ? 0 : 1) >= this.#queueMax) return false;
    this.#payDebt();
    this.#queue.offer(message);
    this.counters.add('offered');
    this.counters.add('accepted');
    this.#schedule();
    return true;
  }

  whenSpace(resume: () => void): void {
    this.counters.add('waits');
    this.#resume = resume;
    this.#schedule();
  }

  /** See FeedSink.whenLogged. */
  whenLogged(run: () => void): void {
    this.#logWaiters.push({ accepted: this.counters.get('accepted'), run });
    this.#schedule();
  }

  lost(count: number): void {
    this.counters.add('offered', count);
    this.counters.add('lost', count);
    this.#owe({ reason: 'overload', at: this.#clock.wallMs(), lengthMs: 0, missed: count });
  }

  gap(gap: FeedGap): void {
    this.#owe(gap);
    this.#payDebt();
  }

  state(state: SourceState, detail: string): void {
    this.#target.state(state, detail);
  }

  /** Several gaps without a message between them are one: the first one's reason and time, lengths and losses added. */
  #owe(gap: FeedGap): void {
    const debt = this.#debt;
    this.#debt =
      debt === null
        ? gap
        : {
            reason: debt.reason,
            at: debt.at,
            lengthMs: debt.lengthMs + gap.lengthMs,
            missed: debt.missed + gap.missed,
          };
    this.#schedule();
  }

  #payDebt(): void {
    if (this.#debt !== null && this.#queue.offer(this.#debt)) this.#debt = null;
  }

  /**
   * Hands over what waits, in turns as ever, as long as the target admits; nothing is taken or handed over afterwards.
   * To be called when the feed has stopped.
   */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#stopWhenIdle();
    });
  }

  #stopWhenIdle(): void {
    if (this.#onIdle === null) return;
    const idle = this.#queue.size === 0 && this.#debt === null;
    if (!idle && this.#target.admits()) return this.#schedule();
    this.#stopped = true;
    this.#onIdle();
    this.#onIdle = null;
  }

  /** The target admits again. */
  resume(): void {
    if (this.#queue.size > 0 || this.#debt !== null) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.#clock.soon(this.#turn);
  }

  #work(): void {
    this.#scheduled = false;
    if (this.#stopped) return;
    if (!this.#target.admits()) return this.#stopWhenIdle();
    this.counters.add('turns');
    const untilMs = this.#clock.nowMs() + this.#turnBudgetMs;
    let worked = 0;
    for (;;) {
      const next = this.#queue.take();
      if (next === undefined) break;
      if ('method' in next) {
        this.#handedOver++;
        this.#target.message(next);
      } else this.#target.gap(next);
      if (++worked % messagesPerLook === 0 && (this.#clock.nowMs() >= untilMs || !this.#target.admits())) break;
    }
    while (this.#logWaiters.length > 0 && this.#logWaiters[0]!.accepted <= this.#handedOver)
      this.#target.whenLogged(this.#logWaiters.shift()!.run);
    this.#target.turnEnd();
    this.#payDebt();
    if (this.#queue.size > 0) this.#schedule();
    if (this.#resume !== null && this.#queue.size <= this.#queueMax >> 1) {
      const resume = this.#resume;
      this.#resume = null;
      resume();
    }
    this.#stopWhenIdle();
  }
}
