import type { Clock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { DiskError, type Disk } from './disk.ts';
import type { FromThread, OpenMessage, ToThread } from './journal-messages.ts';
import { LogPump } from './log-pump.ts';
import { LogWriter, stateOfSyncs } from './log-writer.ts';
import { recordSeqAt } from './record.ts';
import { unsyncedSegments } from './segment-scan.ts';
import { RingConsumer, rests, ringWord, wakeSleeper } from './shared-ring.ts';
import { followSyncs } from './sync-memory.ts';
import { writerCounterSpec, type WriterState, writerStates } from './writer-counters.ts';

// The journal's thread without the thread: every log of the process, served in turns of one batch each. Owns their
// writers. The worker entry gives it a real disk and a doorbell; simulations run it in the thread that publishes.

const reopenMs = 500;
/** Rounds between two looks at what else the loop has to do: syncs that ended, logs to open or close. */
const roundsMax = 8;

export interface LogHostOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** What `clock` shows + this = the moments in the rings' words. */
  readonly originMs?: number;
  readonly answer: (message: FromThread) => void;
  /** Asks for `work` to be called soon. */
  readonly wake: () => void;
  /** Told beside the shared words that a log's written seq has moved: for simulations, which cannot wait on memory. */
  readonly moved?: (id: number) => void;
}

export class LogHost {
  readonly #options: LogHostOptions;
  readonly #logs = new Map<number, LogPump>();
  /** Logs to be closed as soon as their rings are drained. */
  readonly #closing = new Set<number>();
  #abandoned = false;

  constructor(options: LogHostOptions) {
    this.#options = options;
  }

  /** True when `work` has something to do now. */
  get ready(): boolean {
    for (const log of this.#logs.values()) if (log.ready) return true;
    return false;
  }

  /** Writes what the rings hold, for a while. True: there is more. */
  work(): boolean {
    for (let round = 0; round < roundsMax && this.ready; round++) for (const log of this.#logs.values()) log.pump();
    for (const id of this.#closing) if (this.#logs.get(id)?.drained === true) this.#close(id);
    return this.ready;
  }

  message(message: ToThread): void {
    if (message.kind === 'open') this.#open(message);
    else {
      this.#closing.add(message.id);
      this.#options.wake();
    }
  }

  /** The process is said to have died. For simulations. */
  abandon(): void {
    this.#abandoned = true;
    for (const log of this.#logs.values()) log.writer.abandon();
    this.#logs.clear();
  }

  #open(message: OpenMessage): void {
    if (this.#abandoned) return;
    const { clock, answer, wake } = this.#options;
    try {
      const ring = new RingConsumer(message.ring);
      this.#logs.set(message.id, new LogPump({ clock, ring, writer: this.#writer(message, ring), wake }));
      forgetRefusal(message);
      answer({ kind: 'opened', id: message.id });
      wake();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      if (error.kind === 'unsynced') followSyncs(message.ring).fail();
      if (message.again) clock.after(reopenMs, () => this.#open(message));
      else answer({ kind: 'failed', id: message.id, message: error.message });
    }
  }

  #writer(message: OpenMessage, ring: RingConsumer): LogWriter {
    const { disk, clock, answer, moved, originMs = 0 } = this.#options;
    const { id, directory, bootId, again } = message;
    const words = new Int32Array(message.ring.control);
    // A life of the thread that died may have written more than it said: go on with what is still in the ring.
    const nextSeq = ring.peek(1) ? recordSeqAt(ring.bytes, ring.start) : message.nextSeq;
    return new LogWriter({
      ...message,
      disk,
      clock,
      nextSeq,
      syncs: followSyncs(message.ring),
      unsynced: again ? unsyncedSegments(disk, directory, bootId) : message.unsynced,
      counters: new Counters(writerCounterSpec, message.counters),
      progress: {
        written: (seq) => {
          Atomics.store(words, ringWord.written, seq | 0);
          wakeSleeper(words);
          if (rests(words, clock.nowMs() + originMs)) return;
          Atomics.notify(words, ringWord.written);
          moved?.(id);
        },
        durable: (seq) => void Atomics.store(words, ringWord.durable, seq | 0),
        state: (state: WriterState, refusal) => {
          Atomics.store(words, ringWord.state, writerStates.indexOf(state));
          if (refusal !== null) answer({ kind: 'refused', id, message: refusal.message });
        },
      },
    });
  }

  #close(id: number): void {
    const log = this.#logs.get(id)!;
    this.#closing.delete(id);
    this.#logs.delete(id);
    log.writer.close((error) => this.#options.answer({ kind: 'closed', id, problem: error?.message ?? '' }));
  }
}

/**
 * What a disk refused the life of the thread that died is no news of this one: unless told otherwise, all is well. A
 * sync that failed stays told: what it was to save may be gone.
 */
function forgetRefusal({ ring, sync }: OpenMessage): void {
  const words = new Int32Array(ring.control);
  const state = stateOfSyncs(sync, followSyncs(ring).failed());
  Atomics.store(words, ringWord.state, writerStates.indexOf(state));
}
