import type { MessagePort } from 'node:worker_threads';
import { uniqueId } from '../base/random.ts';
import type { ThreadUser } from '../base/supervised-thread.ts';
import type { Quarantine, QuarantineEntry } from '../normalizer/normalizer.ts';
import { limits } from '../protocol/limits.ts';
import { packMessages } from '../protocol/packed-messages.ts';
import type { EntriesMessage, PullMessage, QuarantineBatch, WaitingMessage } from './quarantine-messages.ts';

// The hot thread's side of the quarantine: tells the cold thread (quarantine-desk.ts) that something was set aside, and
// gives it what was since it asked last. Owns nothing but the names of the quarantines' lives.

/** A room's quarantine. */
export interface QuarantinedRoom {
  readonly id: string;
  readonly normalizer: { readonly quarantine: Quarantine };
}

const entriesMax = 500;
const noBytes = new Uint8Array(0);

export class QuarantineLink implements ThreadUser {
  readonly name = 'quarantine';
  readonly #rooms: () => readonly QuarantinedRoom[];
  readonly #lives = new WeakMap<Quarantine, string>();
  /** Rooms that were let go of, until everything of them was given. */
  #leaving: readonly QuarantinedRoom[] = [];
  #port: MessagePort | null = null;
  /** It was told, and has not asked since. */
  #told = false;

  constructor(rooms: () => readonly QuarantinedRoom[]) {
    this.#rooms = rooms;
  }

  /** The room is no longer among those of the broker. */
  leave(room: QuarantinedRoom): void {
    if (room.normalizer.quarantine.entries.length > 0) this.#leaving = [...this.#leaving, room];
  }

  /** A room has set something aside. */
  noticed(): void {
    if (this.#told || this.#port === null) return;
    this.#told = true;
    const waiting: WaitingMessage = { kind: 'waiting' };
    this.#port.postMessage(waiting);
  }

  started(port: MessagePort): void {
    this.#port = port;
    port.on('message', ({ readUpTo }: PullMessage) => {
      this.#told = false;
      port.postMessage(this.#answer(readUpTo));
    });
  }

  stopped(): void {
    // Whoever comes next asks by itself for what it has not read.
    this.#port = null;
    this.#told = false;
  }

  #answer(readUpTo: PullMessage['readUpTo']): EntriesMessage {
    const batches: QuarantineBatch[] = [];
    let bytes = 0;
    const rooms = this.#rooms();
    this.#leaving = this.#leaving.filter(
      (room) => !this.#isRead(room, readUpTo) && rooms.every(({ id }) => id !== room.id),
    );
    for (const { id, normalizer } of [...rooms, ...this.#leaving]) {
      const { quarantine } = normalizer;
      const life = this.#lifeOf(quarantine);
      const from = this.#readOf(id, life, readUpTo);
      if (bytes >= limits.quarantinePullBytesMax.value) return { kind: 'entries', batches, more: true };
      const entries = quarantine.after(from, entriesMax, limits.quarantinePullBytesMax.value - bytes);
      if (entries.length === 0) continue;
      const batch = batchOf(id, life, entries);
      bytes += batch.messages.bytes.length;
      batches.push(batch);
      if (quarantine.entries.at(-1)!.number > entries.at(-1)!.number) return { kind: 'entries', batches, more: true };
    }
    return { kind: 'entries', batches, more: false };
  }

  /** Number of the last entry that was given. */
  #readOf(id: string, life: string, readUpTo: PullMessage['readUpTo']): number {
    const read = readUpTo.get(id);
    return read?.life === life ? read.number : 0;
  }

  #isRead({ id, normalizer: { quarantine } }: QuarantinedRoom, readUpTo: PullMessage['readUpTo']): boolean {
    return this.#readOf(id, this.#lifeOf(quarantine), readUpTo) >= quarantine.entries.at(-1)!.number;
  }

  #lifeOf(quarantine: Quarantine): string {
    let life = this.#lives.get(quarantine);
    if (life === undefined) this.#lives.set(quarantine, (life = uniqueId()));
    return life;
  }
}

function batchOf(room: string, life: string, entries: readonly QuarantineEntry[]): QuarantineBatch {
  return {
    room,
    life,
    numbers: entries.map(({ number }) => number),
    reasons: entries.map(({ reason }) => reason),
    details: entries.map(({ detail }) => detail),
    byteLengths: entries.map(({ byteLength }) => byteLength),
    kept: entries.map(({ payload }) => payload !== null),
    messages: packMessages(entries.map((entry) => ({ ...entry, payload: entry.payload ?? noBytes }))),
  };
}
