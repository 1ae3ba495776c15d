import type { Journal, JournalStatus, LogProgress } from '../../journal/journal.ts';
import { demand } from './failure.ts';
import type { RoomTruth } from './room-truth.ts';

/** A journal that does what another one does: for who changes one thing about it. */
export class PassingJournal implements Journal {
  readonly epoch: string;
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.epoch = journal.epoch;
    this.#journal = journal;
  }

  append(seq: number, payload: Uint8Array): 'taken' | 'full' {
    return this.#journal.append(seq, payload);
  }

  commit(): void {
    this.#journal.commit();
  }

  admits(): boolean {
    return this.#journal.admits();
  }

  sendable(): number {
    return this.#journal.sendable();
  }

  settle(withinMs: number): void {
    this.#journal.settle(withinMs);
  }

  restUntil(atMs: number): void {
    this.#journal.restUntil(atMs);
  }

  onSendable(moved: () => void): void {
    this.#journal.onSendable(moved);
  }

  onState(changed: () => void): void {
    this.#journal.onState(changed);
  }

  status(): JournalStatus {
    return this.#journal.status();
  }

  progress(): LogProgress {
    return this.#journal.progress();
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}

/** The journal of a room, with the world looking on: every event that is handed to it becomes part of what is true. */
export class ObservedJournal extends PassingJournal {
  readonly #truth: RoomTruth;

  constructor(journal: Journal, truth: RoomTruth) {
    super(journal);
    this.#truth = truth;
  }

  override append(seq: number, payload: Uint8Array): 'taken' | 'full' {
    // Before it is written: a process that dies of the write may leave a whole event behind.
    this.#truth.published(this.epoch, seq, payload);
    const answer = super.append(seq, payload);
    demand(answer === 'taken', 'admission', () => `seq ${seq} was published although the log takes nothing`);
    return answer;
  }
}
