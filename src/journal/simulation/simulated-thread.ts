import type { Clock } from '../../base/clock.ts';
import { MeksError } from '../../protocol/errors.ts';
import type { FromThread } from '../journal-messages.ts';
import type { JournalOptions } from '../journal-types.ts';
import { LogHost } from '../log-host.ts';
import type { RecoveredLog } from '../recovery.ts';
import { type LogCarrier, RingJournal } from '../ring-journal.ts';

// The journal's thread as a task of a virtual clock: the same rings, pumps and writers, on any disk, in one thread. For
// simulations: it can stall, die in the middle and be started again, at moments that a seed decides.

export interface SimulatedThreadOptions {
  readonly clock: Clock;
  /** Time from ringing to writing, in milliseconds. */
  readonly latencyMs?: number;
  readonly ringBytes?: number;
  readonly reserveBytes?: number;
}

export class SimulatedThread implements LogCarrier {
  /** While true nothing is written, as when a write call does not return. Call `ring` after setting it back. */
  stalled = false;
  readonly #options: SimulatedThreadOptions;
  readonly #journals = new Map<number, RingJournal>();
  readonly #closed = new Map<number, (problem: string) => void>();
  #host: LogHost | null = null;
  #scheduled = false;
  #nextId = 1;

  constructor(options: SimulatedThreadOptions) {
    this.#options = options;
  }

  /**
   * Begins to write a recovered log. All logs of one thread lie on one disk. Throws MeksError MEKS_JOURNAL_UNWRITABLE
   * when it cannot be opened, and then lets go of the log's lock.
   */
  open(log: RecoveredLog, options: JournalOptions): RingJournal {
    const { clock, ringBytes, reserveBytes } = this.#options;
    const id = this.#nextId++;
    const ring = ringBytes === undefined ? {} : { ringBytes };
    const reserve = reserveBytes === undefined ? {} : { reserveBytes };
    // A life that has been waited for begins now, and takes over the rings of the one before.
    this.restart();
    const journal = new RingJournal(log, { ...options, ...ring, ...reserve, clock, carrier: this, id });
    this.#journals.set(id, journal);
    this.#hostFor(log).message(journal.openMessage(false));
    journal.begin();
    return journal;
  }

  ring(): void {
    if (this.#scheduled || this.#host === null) return;
    this.#scheduled = true;
    this.#options.clock.after(this.#options.latencyMs ?? 0, () => this.#work());
  }

  /** Virtual time does not pass while somebody sleeps: as if the thread had no core in that moment. */
  settle(): boolean {
    return false;
  }

  close(id: number): Promise<string> {
    return new Promise((resolve) => {
      this.#closed.set(id, resolve);
      this.#host?.message({ kind: 'close', id });
    });
  }

  /** The thread dies between two batches; its memory of the logs is gone, the rings are not. */
  die(): void {
    this.#host?.abandon();
    this.#host = null;
  }

  /** The next life of the thread takes over the rings, unless it has begun. */
  restart(): void {
    if (this.#host !== null) return;
    for (const [id, journal] of this.#journals) {
      const host = this.#hostFor(journal.log);
      host.message(journal.openMessage(true));
      if (this.#closed.has(id)) host.message({ kind: 'close', id });
    }
  }

  #hostFor(log: RecoveredLog): LogHost {
    this.#host ??= new LogHost({
      disk: log.disk,
      clock: this.#options.clock,
      answer: (message) => this.#answer(message),
      wake: () => this.ring(),
      moved: (id) => this.#options.clock.soon(() => this.#journals.get(id)?.progressed()),
    });
    return this.#host;
  }

  #work(): void {
    this.#scheduled = false;
    if (this.#host === null || this.stalled) return;
    if (this.#host.work()) this.ring();
  }

  #refuse(id: number, why: string): never {
    this.#journals.get(id)!.log.lock.release();
    this.#journals.delete(id);
    throw new MeksError('MEKS_JOURNAL_UNWRITABLE', why);
  }

  #answer(message: FromThread): void {
    if (message.kind === 'failed') this.#refuse(message.id, message.message);
    if (message.kind !== 'closed') return;
    this.#journals.delete(message.id);
    this.#closed.get(message.id)?.(message.problem);
  }
}
