import { AssertionError } from '../base/assert.ts';
import type { Journal, JournalStatus, LogProgress } from './journal-types.ts';

// No log: everything may be seen at once, nothing survives the process. For demonstrations, and for measuring what a
// log costs.

export class NullJournal implements Journal {
  readonly epoch: string;
  #lastSeq: number;

  constructor(epoch: string, lastSeq = 0) {
    this.epoch = epoch;
    this.#lastSeq = lastSeq;
  }

  append(seq: number, _payload: Uint8Array): 'taken' {
    this.#lastSeq = seq;
    return 'taken';
  }

  commit(): void {
    // Nobody waits to be woken.
  }

  admits(): boolean {
    return true;
  }

  sendable(): number {
    return this.#lastSeq + 1;
  }

  settle(_withinMs: number): void {
    // Everything may be seen already.
  }

  restUntil(_atMs: number): void {
    // Nobody is ever told.
  }

  onSendable(_moved: () => void): void {
    // It moves with each append, whose caller knows of it.
  }

  onState(_changed: () => void): void {
    // It never changes.
  }

  status(): JournalStatus {
    const seq = this.#lastSeq;
    return {
      state: 'ok',
      lastSeq: seq,
      writtenSeq: seq,
      durableSeq: 0,
      pendingBytes: 0,
      pendingMs: 0,
      released: false,
    };
  }

  progress(): LogProgress {
    throw new AssertionError('there is no log to read: ask only where one is kept');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
