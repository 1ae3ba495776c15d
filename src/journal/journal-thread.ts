import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { type Clock, clockOriginMs, type Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { SupervisedThread, type ThreadUser } from '../base/supervised-thread.ts';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import {
  bellWord,
  bellWords,
  type FromThread,
  type JournalThreadSettings,
  napWord,
  type ToThread,
} from './journal-messages.ts';
import type { JournalOptions } from './journal-types.ts';
import type { RecoveredLog } from './recovery.ts';
import { type LogCarrier, RingJournal } from './ring-journal.ts';
import { awaitWritten, ringWord } from './shared-ring.ts';

// The one thread that writes the logs of all rooms of this process, as its users see it. Should it die, it is started
// again and goes on with what the rings hold: nothing that was taken is lost by that, because the rings are not the
// thread's.

/** After a wait for the thread that was in vain nobody waits for it for so long, in milliseconds. */
const vainMs = 50;

interface OpenLog {
  readonly journal: RingJournal;
  /** Set until the first life of the thread has answered. */
  opened: ((problem: string) => void) | null;
  closed: ((problem: string) => void) | null;
  /** A life of the thread has had it. */
  again: boolean;
}

export class JournalThread implements LogCarrier {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #thread: SupervisedThread;
  readonly #bell = new Int32Array(new SharedArrayBuffer(4 * bellWords));
  readonly #logs = new Map<number, OpenLog>();
  readonly #closeTimers = new Map<number, Timer>();
  #port: MessagePort | null = null;
  #nextId = 1;
  /** Nobody waits for the thread before this moment, monotonic ms. */
  #vainUntilMs = 0;

  constructor(options: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = options.clock;
    this.#log = options.log;
    const user: ThreadUser = {
      name: 'journal',
      started: (port) => this.#started(port),
      stopped: () => void (this.#port = null),
    };
    const settings: JournalThreadSettings = { bell: this.#bell.buffer };
    this.#thread = new SupervisedThread({
      ...options,
      name: 'journal',
      entry: new URL('./journal-worker.ts', import.meta.url),
      settings,
      users: [user],
      // It moves bytes and keeps none: a small heap is collected in microseconds.
      resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 },
    });
    this.#thread.start();
  }

  /** Begins to write a recovered log. Throws MeksError MEKS_JOURNAL_UNWRITABLE, and then lets go of its lock. */
  async open(log: RecoveredLog, options: JournalOptions): Promise<RingJournal> {
    const id = this.#nextId++;
    const journal = new RingJournal(log, {
      ...options,
      clock: this.#clock,
      originMs: clockOriginMs(),
      carrier: this,
      id,
    });
    const problem = await new Promise<string>((resolve) => {
      this.#logs.set(id, { journal, opened: resolve, closed: null, again: false });
      this.#send(journal.openMessage(false));
    });
    if (problem === '') {
      journal.begin();
      this.#watch(id, journal);
      return journal;
    }
    this.#logs.delete(id);
    log.lock.release();
    const remedy = 'make room on the disk, or give `--data` a folder that can be written to';
    const message = `the log in ${log.directory} cannot be written: ${problem}: ${remedy}`;
    throw new MeksError('MEKS_JOURNAL_UNWRITABLE', message);
  }

  ring(): void {
    if (Atomics.exchange(this.#bell, bellWord, 1) === 0) Atomics.notify(this.#bell, bellWord);
  }

  /**
   * A thread that did not write in time is not waited for again for fifty times as long, whatever the room: a slow disk
   * costs who publishes a fiftieth of its time at most.
   */
  settle(words: Int32Array, seq: number, withinMs: number): boolean {
    if (this.#clock.nowMs() < this.#vainUntilMs) return false;
    this.ring();
    if (Atomics.exchange(this.#bell, napWord, 0) === 1) Atomics.notify(this.#bell, napWord);
    const settled = awaitWritten(words, seq, withinMs, this.#clock);
    if (!settled) this.#vainUntilMs = this.#clock.nowMs() + vainMs;
    return settled;
  }

  /**
   * Gives up after limits.journalCloseMs: a stalled disk does not keep the process from ending, recovery does the
   * rest.
   */
  async close(id: number): Promise<string> {
    const entry = this.#logs.get(id)!;
    const problem = await new Promise<string>((resolve) => {
      entry.closed = resolve;
      this.#closeTimers.set(
        id,
        this.#clock.after(limits.journalCloseMs.value, () => resolve('the disk did not answer in time')),
      );
      this.#send({ kind: 'close', id });
    });
    this.#closeTimers.get(id)?.cancel();
    this.#closeTimers.delete(id);
    this.#logs.delete(id);
    if (problem !== '') {
      const { lastSeq, writtenSeq } = entry.journal.status();
      this.#log.error('journal.unclean-stop', {
        room: entry.journal.log.room,
        problem,
        unwritten: lastSeq - writtenSeq,
      });
    }
    // Ends the watch, which would keep the ring's memory.
    Atomics.notify(new Int32Array(entry.journal.memory.control), ringWord.written);
    return problem;
  }

  /** Ends the thread. Its logs must have been closed. */
  stop(): Promise<void> {
    assert(this.#logs.size === 0, `${this.#logs.size} logs are still open: close them before their thread`);
    return this.#thread.stop();
  }

  #started(port: MessagePort): void {
    this.#port = port;
    port.on('message', (message: FromThread) => this.#message(message));
    port.unref();
    for (const [id, entry] of this.#logs) {
      this.#send(entry.journal.openMessage(entry.again));
      if (entry.closed !== null) this.#send({ kind: 'close', id });
    }
  }

  #send(message: ToThread): void {
    this.#port?.postMessage(message);
  }

  #message(message: FromThread): void {
    const entry = this.#logs.get(message.id);
    if (entry === undefined) return;
    if (message.kind === 'closed') {
      entry.closed?.(message.problem);
      return;
    }
    if (message.kind === 'refused') {
      // What it means and what to do is told with the log's state.
      this.#log.warn('journal.refused', { room: entry.journal.log.room, problem: message.message });
      return;
    }
    entry.again = true;
    entry.opened?.(message.kind === 'failed' ? message.message : '');
    entry.opened = null;
  }

  /** Calls `progressed` each time that the writer has moved on. One promise per batch written, none per event. */
  #watch(id: number, journal: RingJournal): void {
    const words = new Int32Array(journal.memory.control);
    let seen = Atomics.load(words, ringWord.written);
    const look = (): void => {
      while (this.#logs.has(id)) {
        const now = Atomics.load(words, ringWord.written);
        if (now !== seen) {
          seen = now;
          journal.progressed();
        }
        const wait = Atomics.waitAsync(words, ringWord.written, seen);
        if (!wait.async) continue;
        void wait.value.then(look);
        return;
      }
    };
    look();
  }
}
