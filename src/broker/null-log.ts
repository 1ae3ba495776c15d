import type { RoomLog } from './room.ts';

/** The log of a room that keeps none: everything may be sent at once, and is forgotten with the process. */
export class NullLog implements RoomLog {
  #next: number;

  constructor(firstSeq: number) {
    this.#next = firstSeq;
  }

  append(seq: number): void {
    this.#next = seq + 1;
  }
  admits(): boolean {
    return true;
  }
  commit(): void {}
  sendable(): number {
    return this.#next;
  }
  onSendable(): void {}
  async close(): Promise<void> {}
}
