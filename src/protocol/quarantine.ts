// The quarantine as operators see it: messages that could not be understood, kept beside the room's log.

/** One message that was set aside. */
export interface Quarantined {
  /** Counts the messages set aside in a room, from 1; never used again. */
  readonly id: number;
  /** When it came, Unix ms. */
  readonly at: number;
  readonly method: string;
  readonly msgId: string;
  /** Code of the reason; see src/normalizer/quarantine.ts. */
  readonly reason: string;
  /** For people: the field and the value. May be ''. */
  readonly detail: string;
  /** Length of the message, also where its bytes are not kept. */
  readonly byteLength: number;
  /** Whether its bytes are kept: it can be shown, exported and run again. */
  readonly kept: boolean;
}

export interface QuarantineList {
  /** Newest first. */
  readonly messages: readonly Quarantined[];
  /** All that are kept, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Messages kept in all. */
  readonly count: number;
  readonly bytes: number;
  /** Messages that had to make room for newer ones, since the quarantine was begun. */
  readonly dropped: number;
  /** Messages that were run again and understood. */
  readonly resolved: number;
}

/** One message, decoded as far as possible by this version of MEKS. */
export interface QuarantinedInDetail extends Quarantined {
  /** What this version makes of it: `events` = it is understood now. null where the bytes are not kept. */
  readonly now: { readonly outcome: string; readonly reason: string | null; readonly detail: string } | null;
  /** The events that it would give. */
  readonly events: readonly unknown[];
  /** The fields that MEKS reads, as decoded; null where there is no schema for it, or it cannot be decoded. */
  readonly fields: unknown;
  /** The bytes field by field, without a schema. */
  readonly wire: readonly string[];
}

/** What came of running messages again. tried = understood + duplicates + past + remaining. */
export interface QuarantineRetry {
  readonly tried: number;
  /** Gave events, marked `late`; they are in the log, and out of the quarantine. */
  readonly understood: number;
  /** Had been counted before; out of the quarantine. */
  readonly duplicates: number;
  /** Understood, but tell how things stood, or belong to an earlier LIVE: nothing is published, and they stay. */
  readonly past: number;
  /** Still not understood: they stay. */
  readonly remaining: number;
}
