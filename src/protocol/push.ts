import type { ErrorCode } from './errors.ts';
import type { RawMessage } from './raw.ts';

// Pushes: events that another program sends to a room, over HTTP or over a WebSocket of its own (docs/PUSH.md). What
// they hold is read in feed/push.ts.

/** Subprotocol of a pusher's WebSocket. A browser, which cannot set headers, offers its token as a second one. */
export const pushSubprotocol = 'meks.push.v1';

/** What became of the messages of a push. taken = understood + duplicates + ignored + quarantined + unknown. */
export interface PushAccount {
  /** Messages whose events, where they gave any, are in the log now. */
  readonly taken: number;
  /** Of these: gave at least one event. */
  readonly understood: number;
  /** Said nothing new: pushed before, or from elsewhere. */
  readonly duplicates: number;
  /** Of a kind that MEKS knows and has no use for. */
  readonly ignored: number;
  /** Could not be understood: kept with the reason. */
  readonly quarantined: number;
  /** Of a kind that MEKS has never heard of. */
  readonly unknown: number;
}

/** An item of a push that is no message. */
export interface MalformedItem {
  /** Its place in the push, from 1. */
  readonly item: number;
  readonly reason: string;
}

/** What a push holds. */
export interface PushItems {
  readonly messages: readonly RawMessage[];
  /** The first ones. */
  readonly malformed: readonly MalformedItem[];
  readonly malformedCount: number;
}

export type PushAnswer =
  | ({
      readonly kind: 'taken';
      /** The first ones; the others are only counted. */
      readonly malformed: readonly MalformedItem[];
      readonly malformedCount: number;
    } & PushAccount)
  /** Nothing of it was taken: try again after a moment. */
  | { readonly kind: 'busy' }
  /** Nothing of it is certain: the room's feed is not running, or stopped before the log had it. Push it again. */
  | { readonly kind: 'stopped' };

/** What a pusher's WebSocket is sent: one `ack` for each of its messages, in order. */
export type PushFrame =
  | {
      readonly kind: 'welcome';
      readonly room: string;
      /** Messages that may be under way without an ack; the socket is not read beyond. */
      readonly window: number;
    }
  | ({
      readonly kind: 'ack';
      /** The number of the message on this connection, from 1. */
      readonly push: number;
      readonly malformed: readonly MalformedItem[];
      readonly malformedCount: number;
    } & PushAccount)
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly message: string };
