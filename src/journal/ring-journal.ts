import { assert } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { limits } from '../protocol/limits.ts';
import type { OpenMessage } from './journal-messages.ts';
import type { Journal, JournalOptions, JournalState, JournalStatus, LogProgress, StallRule } from './journal-types.ts';
import { journalCounterSpec } from './journal-types.ts';
import type { RecoveredLog } from './recovery.ts';
import type { SyncPolicy } from './segment.ts';
import { allocateRing, momentWord, type RingMemory, RingProducer, ringWord, SeqMirror } from './shared-ring.ts';
import { writerCounterSpec, writerStates } from './writer-counters.ts';

// The hot side of a log that another thread writes. Owns the producer's end of the ring, and knows how far the
// writing has come from two words of shared memory. Bounded by the ring: above its admission mark `admits` is false,
// and what one turn may still publish after that fits into the reserve.

/** What the hot side needs of the thread that writes. */
export interface LogCarrier {
  /** Makes sure that the thread looks at its rings. */
  ring(): void;
  /**
   * Has the thread write now, and sleeps for `withinMs` at most until the log whose control words these are is written
   * up to `seq`. Whether it is. Need not wait.
   */
  settle(words: Int32Array, seq: number, withinMs: number): boolean;
  /** Drains, syncs and closes the log. `problem`: why the stop is not clean, '' = it is. */
  close(id: number): Promise<string>;
}

export interface RingJournalOptions extends JournalOptions {
  readonly clock: Clock;
  readonly carrier: LogCarrier;
  /** Names the log to the carrier. */
  readonly id: number;
  /** What `clock` shows + this = the moments that the thread knows. */
  readonly originMs?: number;
  readonly ringBytes?: number;
  readonly reserveBytes?: number;
}

/** How often a stall is looked for, in milliseconds. */
const watchMs = 100;

export class RingJournal implements Journal {
  readonly epoch: string;
  readonly counters = new Counters(journalCounterSpec);
  readonly writerCounters = new Counters(writerCounterSpec);
  readonly memory: RingMemory;
  readonly log: RecoveredLog;
  readonly #clock: Clock;
  readonly #carrier: LogCarrier;
  readonly #id: number;
  readonly #sync: SyncPolicy;
  readonly #stall: StallRule;
  readonly #segmentBytesMax: number;
  readonly #originMs: number;
  readonly #producer: RingProducer;
  readonly #words: Int32Array;
  readonly #admitBytes: number;
  readonly #written: SeqMirror;
  readonly #durable: SeqMirror;
  readonly #onTurnEnd = (): void => this.commit();
  readonly #onCatchUp = (): void => this.progressed();
  readonly #onWatch = (): void => this.#watchStall();
  #lastSeq: number;
  /** The writer has not been told of the newest events yet. */
  #unrung = false;
  #ringScheduled = false;
  /** Since when nothing was written although something waits, monotonic ms; -1 = nothing does. */
  #pendingSinceMs = -1;
  /** Up to here events were let go although they are not written (StallRule `release`). */
  #releasedSeq = 0;
  #releasing = false;
  /** Newest event whose writing was told by `onSendable`. */
  #toldSeq: number;
  /** It is about to be told. */
  #catching = false;
  #stalled = false;
  #state: JournalState = 'ok';
  #onSendable: () => void = () => undefined;
  #onState: () => void = () => undefined;
  #timer: Timer | null = null;
  #closed = false;

  constructor(log: RecoveredLog, options: RingJournalOptions) {
    const { clock, carrier, id, stall } = options;
    const capacity = options.ringBytes ?? limits.journalRingBytes.value;
    this.log = log;
    this.epoch = log.epoch;
    this.#clock = clock;
    this.#carrier = carrier;
    this.#id = id;
    this.#originMs = options.originMs ?? 0;
    this.#sync = options.sync;
    this.#stall = stall ?? { kind: 'hold' };
    this.#segmentBytesMax = options.segmentBytesMax ?? limits.journalSegmentBytesMax.value;
    this.memory = allocateRing(capacity);
    this.#producer = new RingProducer(this.memory);
    this.#admitBytes = capacity - (options.reserveBytes ?? limits.journalReserveBytes.value);
    this.#words = new Int32Array(this.memory.control);
    this.#lastSeq = log.lastSeq;
    this.#toldSeq = log.lastSeq;
    const durableSeq = log.unsynced.length === 0 ? log.lastSeq : 0;
    this.#words[ringWord.written] = log.lastSeq | 0;
    this.#words[ringWord.durable] = durableSeq | 0;
    this.#written = new SeqMirror(this.memory.control, ringWord.written, log.lastSeq);
    this.#durable = new SeqMirror(this.memory.control, ringWord.durable, durableSeq);
  }

  /** To be called by the carrier once the writer has opened the log. */
  begin(): void {
    this.#timer = this.#clock.after(watchMs, this.#onWatch);
  }

  append(seq: number, payload: Uint8Array): 'taken' | 'full' {
    assert(seq === this.#lastSeq + 1, `the log takes seq ${this.#lastSeq + 1} next, not ${seq}`);
    assert(!this.#closed, 'nothing is appended to a closed log');
    assert(payload.length <= limits.eventBytesMax.value, 'an event fits its limit');
    if (!this.#producer.offer(seq, payload)) {
      this.counters.add('refused');
      return 'full';
    }
    this.#lastSeq = seq;
    this.counters.add('appended');
    this.counters.add('appendedBytes', payload.length);
    if (this.#pendingSinceMs < 0) this.#pendingSinceMs = this.#clock.nowMs();
    this.#unrung = true;
    if (!this.#ringScheduled) {
      this.#ringScheduled = true;
      this.#clock.soon(this.#onTurnEnd);
    }
    return 'taken';
  }

  commit(): void {
    this.#ringScheduled = false;
    if (!this.#unrung) return;
    this.#unrung = false;
    this.#carrier.ring();
  }

  admits(): boolean {
    return this.#producer.usedBytes <= this.#admitBytes;
  }

  sendable(): number {
    if (this.#releasing) return this.#lastSeq + 1;
    return Math.max(this.#written.read(), this.#releasedSeq) + 1;
  }

  settle(withinMs: number): void {
    // Under `always` it is the medium that would be waited for.
    if (this.#sync.kind === 'always' || this.#releasing || this.#written.read() === this.#lastSeq) return;
    this.counters.add(this.#carrier.settle(this.#words, this.#lastSeq, withinMs) ? 'settled' : 'unsettled');
  }

  restUntil(atMs: number): void {
    Atomics.store(this.#words, ringWord.restUntil, atMs === 0 ? 0 : momentWord(atMs + this.#originMs));
    if (atMs === 0) this.#catchUp();
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
      writtenSeq: this.#written.read(),
      durableSeq: this.#durable.read(),
      pendingBytes: this.#producer.usedBytes,
      pendingMs: this.#pendingMs(),
      released: this.#releasing,
    };
  }

  /**
   * What the carrier tells the thread, so that it takes over this log's ring. `again`: an earlier life of it had it.
   */
  openMessage(again: boolean): OpenMessage {
    const { log, memory, writerCounters } = this;
    const { directory, room, epoch, bootId, unsynced } = log;
    return {
      kind: 'open',
      id: this.#id,
      ring: memory,
      counters: writerCounters.values,
      directory,
      room,
      epoch,
      bootId,
      unsynced,
      sync: this.#sync,
      released: this.#stall.kind === 'release',
      nextSeq: this.#lastSeq + 1,
      again,
      segmentBytesMax: this.#segmentBytesMax,
    };
  }

  /** To be called by the carrier, in a turn of its own, when the writer has come on. */
  progressed(): void {
    this.#catching = false;
    this.#toldSeq = this.#written.read();
    const waits = this.#toldSeq < this.#lastSeq;
    this.#noteStall();
    this.#pendingSinceMs = waits ? this.#clock.nowMs() : -1;
    if (!waits) this.#releasing = false;
    this.#onSendable();
  }

  progress(): LogProgress {
    return { control: this.memory.control, seq: this.#written.read() };
  }

  async close(): Promise<void> {
    assert(!this.#closed, 'a log is closed once');
    this.commit();
    this.#closed = true;
    await this.#carrier.close(this.#id);
    this.#timer?.cancel();
    this.log.lock.release();
  }

  #watchStall(): void {
    this.#timer = this.#clock.after(watchMs, this.#onWatch);
    this.#catchUp();
    this.#noteStall();
    const pendingMs = this.#pendingMs();
    const stall = this.#stall;
    if (stall.kind === 'release' && pendingMs >= stall.afterMs && !this.#releasing) {
      this.#releasing = true;
      this.#onSendable();
    }
    if (this.#releasing) this.#releasedSeq = this.#lastSeq;
    const writer = writerStates[Atomics.load(this.#words, ringWord.state)]!;
    const state = writer === 'ok' && this.#stalled ? 'behind' : writer;
    if (state === this.#state) return;
    this.#state = state;
    this.#onState();
  }

  /** What was written while nobody was told is told now, in a turn of its own. */
  #catchUp(): void {
    if (this.#catching || this.#written.read() === this.#toldSeq) return;
    this.#catching = true;
    this.#clock.soon(this.#onCatchUp);
  }

  #pendingMs(): number {
    return this.#pendingSinceMs < 0 ? 0 : this.#clock.nowMs() - this.#pendingSinceMs;
  }

  /** Counts a stall when it has lasted long enough to be one, and again only after the writing has come on. */
  #noteStall(): void {
    const pendingMs = this.#pendingMs();
    const stalled = pendingMs >= limits.journalBehindMs.value;
    if (stalled && !this.#stalled) this.counters.add('stalls');
    if (stalled && pendingMs > this.counters.get('stallMsMax')) this.counters.set('stallMsMax', pendingMs);
    this.#stalled = stalled;
  }
}
