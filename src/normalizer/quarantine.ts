import { limits } from '../protocol/limits.ts';
import type { RawMessage } from '../protocol/raw.ts';

// Owns what could not be understood: the newest messages with the reason and their bytes, and counts by reason that go
// on when the oldest entry has to leave. Bounded by entries and by bytes. Cold: nothing here runs for a good message.

/** Why a message was set aside. Each has a sentence: what it says, and what an operator may make of it. */
export const quarantineReasons = {
  'too-large': 'larger than any real message; its bytes are not kept',
  malformed: 'no protobuf, or cut off',
  'type-changed': 'a field has another wire type than the schema says: upstream changed its schema',
  'too-many-fields': 'more fields than any real message',
  undecodable: 'passed the check and was refused by the decoder all the same',
  'user-missing': 'does not say who',
  'gift-missing': 'a gift that does not say which',
  'count-missing': 'a gift that does not say how many',
  'count-absurd': 'a count below zero or above its limit',
  'price-absurd': 'a price below zero or above its limit',
  'value-absurd': 'count times price is above its limit',
  'battle-missing': 'a battle without an id',
  fault: 'a bug of MEKS showed on it; nothing of it was kept',
  'unknown-method': 'of a kind that MEKS has never heard of; the first ones of each are kept, and not counted here',
} as const;

export type QuarantineReason = keyof typeof quarantineReasons;

export interface QuarantineEntry {
  /** Numbers what was ever kept, from 1: a reader that has seen up to one number asks for what came after it. */
  readonly number: number;
  readonly reason: QuarantineReason;
  /** For people: the field and the value. May be ''. */
  readonly detail: string;
  readonly method: string;
  readonly msgId: string;
  /** Unix ms. */
  readonly receivedAt: number;
  /** Whether it was part of a backlog. */
  readonly history: boolean;
  /** The payload's length, also where the bytes are not kept. */
  readonly byteLength: number;
  /** A copy of the payload, to be replayed once it can be understood; null = not kept. */
  readonly payload: Uint8Array | null;
}

export interface QuarantineBounds {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

const defaultBounds: QuarantineBounds = {
  entriesMax: limits.quarantineMessagesMax.value,
  bytesMax: limits.quarantineBytesMax.value,
};

const detailCharsMax = 200;
const methodCharsMax = 100;

export class Quarantine {
  /** Told of each entry that is kept, when it is. */
  onKept: () => void = () => {};
  readonly #bounds: QuarantineBounds;
  readonly #entries: QuarantineEntry[] = [];
  readonly #counts = new Map<QuarantineReason, number>();
  #bytes = 0;
  #total = 0;
  #number = 0;

  constructor(bounds: QuarantineBounds = defaultBounds) {
    this.#bounds = bounds;
  }

  /** Oldest first. */
  get entries(): readonly QuarantineEntry[] {
    return this.#entries;
  }

  /** Messages ever set aside, also those whose entry has left. */
  get total(): number {
    return this.#total;
  }

  /** Bytes of payload kept. */
  get bytes(): number {
    return this.#bytes;
  }

  count(reason: QuarantineReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** How often for each reason that has occurred. */
  countByReason(): Partial<Record<QuarantineReason, number>> {
    return Object.fromEntries(this.#counts);
  }

  add(reason: QuarantineReason, detail: string, raw: RawMessage): void {
    this.#total++;
    this.#counts.set(reason, this.count(reason) + 1);
    this.#keep(reason, detail, raw);
  }

  /** Keeps a message as an example, without counting it. */
  sample(reason: QuarantineReason, detail: string, raw: RawMessage): void {
    this.#keep(reason, detail, raw);
  }

  /** What was kept after entry `number`, oldest first, up to `entriesMax` entries and about `bytesMax` bytes. */
  after(number: number, entriesMax: number, bytesMax: number): QuarantineEntry[] {
    const entries: QuarantineEntry[] = [];
    let bytes = 0;
    // Numbers have no holes: where an entry stands is told by its number.
    const first = this.#entries[0]?.number ?? 0;
    for (let index = Math.max(0, number + 1 - first); index < this.#entries.length; index++) {
      const entry = this.#entries[index]!;
      bytes += entry.payload?.byteLength ?? 0;
      if (entries.length > 0 && (entries.length >= entriesMax || bytes > bytesMax)) break;
      entries.push(entry);
    }
    return entries;
  }

  #keep(reason: QuarantineReason, detail: string, raw: RawMessage): void {
    const { byteLength } = raw.payload;
    const keep = reason !== 'too-large' && byteLength <= this.#bounds.bytesMax;
    this.#entries.push({
      number: ++this.#number,
      reason,
      detail: detail.slice(0, detailCharsMax),
      method: raw.method.slice(0, methodCharsMax),
      msgId: raw.msgId,
      receivedAt: raw.receivedAt,
      history: raw.history,
      byteLength,
      // A copy: the payload is a view of a whole frame, which would stay in memory with it. Not by `slice`: a Buffer's
      // gives another view.
      payload: keep ? new Uint8Array(raw.payload) : null,
    });
    if (keep) this.#bytes += byteLength;
    while (this.#entries.length > this.#bounds.entriesMax || this.#bytes > this.#bounds.bytesMax)
      this.#bytes -= this.#entries.shift()!.payload?.byteLength ?? 0;
    this.onKept();
  }

  /** Takes every entry out, oldest first, for a replay. The counts stay. */
  drain(): QuarantineEntry[] {
    this.#bytes = 0;
    return this.#entries.splice(0);
  }
}
