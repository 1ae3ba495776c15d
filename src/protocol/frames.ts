import type { MeksEvent } from './events.ts';
import type { RoomView } from './room-view.ts';

// The `meks.v1` subprotocol: what a dashboard's connection carries, one JSON object a WebSocket text message.
// Server: `hello`, then either the missed events (resumed) or a `snapshot`, then events as they come. docs/PROTOCOL.md.

export const subprotocol = 'meks.v1';

/** First frame of every connection. */
export interface HelloFrame {
  readonly kind: 'hello';
  readonly room: string;
  readonly epoch: string;
  /** Highest published seq at this moment. */
  readonly seq: number;
  /** True: events from `since` on follow. False: a snapshot follows. All or nothing. */
  readonly resumed: boolean;
  /** Broker's wall clock, Unix ms: for countdowns and clock offset. */
  readonly serverTime: number;
  readonly heartbeatMs: number;
}

/** The whole visible state at one position. Replaces all that the client held. */
export interface SnapshotFrame {
  readonly kind: 'snapshot';
  readonly epoch: string;
  readonly seq: number;
  readonly view: RoomView;
}

/**
 * The cursor fell off the ring: `missed` events, `from` to `to` inclusive, will not come. A snapshot follows at once.
 */
export interface LaggedFrame {
  readonly kind: 'lagged';
  readonly missed: number;
  readonly from: number;
  readonly to: number;
}

/** How the upstream is doing, as the operator should see it. */
export type SourceState = 'connecting' | 'live' | 'silent' | 'offline' | 'ended' | 'failed';

/**
 * Sent every `heartbeatMs` (on a board: when nothing else was for so long), and when the source's state changes. Never
 * numbered, never lost.
 */
export interface HeartbeatFrame {
  readonly kind: 'heartbeat';
  /** Highest published seq that this connection has been sent. */
  readonly seq: number;
  readonly serverTime: number;
  readonly source: SourceState;
  /** Milliseconds since upstream last said anything; -1 = never. */
  readonly sourceAgeMs: number;
}

/** Why the connection is about to close. `code` is from protocol/errors.ts; the close code says whether to return. */
export interface ErrorFrame {
  readonly kind: 'error';
  readonly code: string;
  readonly message: string;
}

/** An event with its number in the room's stream. */
export type EventFrame = { readonly seq: number } & MeksEvent;

export type ServerFrame = HelloFrame | SnapshotFrame | LaggedFrame | HeartbeatFrame | ErrorFrame | EventFrame;

/**
 * Text of an event's frame. `seq` first, then the event's own fields: readers that only route may stop there.
 * The event's own text starts with `{`, so no copy of the object is made.
 */
export function encodeEventFrame(seq: number, event: MeksEvent): string {
  return `{"seq":${seq},${JSON.stringify(event).slice(1)}`;
}
