import type { PackedMessages } from '../protocol/packed-messages.ts';

// What the hot thread and the cold one say to each other about messages that were set aside. The hot one says that
// there are some, once until it is asked; the cold one asks, so many times a second at most (quarantine-desk.ts). So a
// storm of them costs the hot thread a few bounded copies, and none of them cost it nothing.

/** Up to where a room's quarantine was read: `life` names one life of its numbers. */
export interface ReadUpTo {
  readonly life: string;
  readonly number: number;
}

export interface PullMessage {
  readonly kind: 'pull';
  readonly readUpTo: ReadonlyMap<string, ReadUpTo>;
}

/** New entries of one room. */
export interface QuarantineBatch {
  readonly room: string;
  readonly life: string;
  readonly numbers: readonly number[];
  readonly reasons: readonly string[];
  readonly details: readonly string[];
  readonly byteLengths: readonly number[];
  /** Whether the bytes of each were kept. */
  readonly kept: readonly boolean[];
  readonly messages: PackedMessages;
}

/** Something was set aside since the last answer. */
export interface WaitingMessage {
  readonly kind: 'waiting';
}

export interface EntriesMessage {
  readonly kind: 'entries';
  readonly batches: readonly QuarantineBatch[];
  /** There are more already. */
  readonly more: boolean;
}
