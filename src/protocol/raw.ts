// A raw message: what upstream sent, untrusted. Feeds make them, the normalizer reads them, recordings keep them.

export interface RawMessage {
  /** Webcast method name, such as `WebcastGiftMessage`. */
  readonly method: string;
  /** Protobuf bytes of that message. Whoever passes it on gives it away: nobody writes to it afterwards. */
  readonly payload: Uint8Array;
  /** Id from the envelope, a number, or the one that a pusher chose; '' = none. The payload's own goes before it. */
  readonly msgId: string;
  /** Wall clock at arrival, Unix ms (for recordings: when it was recorded). */
  readonly receivedAt: number;
  /** Part of the backlog that upstream sends on a connection, not something that has just happened. */
  readonly history: boolean;
  /**
   * Run again out of the quarantine, some time after it happened: its events are marked so, it is not set aside a
   * second time, and it may only add to what there is (a gift, a chat message), not say how things stand.
   */
  readonly late?: true;
  /** Who wants to know what becomes of it: the push that it came with. */
  readonly receipt?: Receipt;
}

/** What became of a raw message; see normalizer.ts, which says it. */
export type RawOutcome = 'events' | 'duplicate' | 'ignored' | 'quarantined' | 'unknown';

/** Keeps account of what became of messages that came together. */
export interface Receipt {
  note(outcome: RawOutcome): void;
}

/** A break in the feed, told by the feed itself between two raw messages. */
export interface FeedGap {
  readonly reason: 'upstream-lost' | 'silence' | 'overload';
  readonly at: number;
  readonly lengthMs: number;
  readonly missed: number;
}

/** What upstream writes where there is no id: zero, or a number below it. */
export const noIdPattern = /^(?:0|-\d*)$/;
