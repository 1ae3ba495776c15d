import type { MessagePort } from 'node:worker_threads';
import type { LogFields } from '../../base/log.ts';
import type { SharedRingMemory } from '../../broadcast/broadcast.ts';
import type { CompressMode } from '../../gateway/gateway.ts';
import type { CloseReason } from '../../protocol/close-codes.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { FromBoardDesk, ToBoardDesk } from './board-relay.ts';
import type { FromPushDesk, ToPushDesk } from './push-relay.ts';

// What the hot thread and a sender thread say to each other. Events do not come this way: they lie in shared memory.

/** What a sender thread finds as its settings. */
export interface SenderSettings {
  /** From 1. */
  readonly index: number;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly compress: CompressMode;
  /** Whether other threads listen on the same port. */
  readonly portShared: boolean;
  readonly bell: SharedArrayBuffer;
  /** Values of every sender's gateway counters, by index - 1: its own are written, the others' read. */
  readonly gatewayValues: readonly Float64Array[];
  /** Where the hot thread's monotonic time begins, on the process's own: base/clock.ts. */
  readonly hotOriginMs: number;
}

/** A room to send for. */
export interface SharedRoom {
  readonly id: string;
  readonly handle: string;
  readonly epoch: string;
  readonly memory: SharedRingMemory;
  /** Any position that is not long past. */
  readonly seq: number;
  readonly recordsMax: number;
  /** Shared memory, written by this sender: delivery's counters, the histograms of latency and lag. */
  readonly deliveryValues: Float64Array;
  readonly latencyValues: Float64Array;
  readonly lagValues: Float64Array;
  /** Shared memory, read by this sender: source-facts.ts. */
  readonly factsValues: Float64Array;
}

export type ToSender =
  | FromPushDesk
  | FromBoardDesk
  | { readonly kind: 'listen'; readonly port: number }
  | { readonly kind: 'room'; readonly room: SharedRoom }
  | { readonly kind: 'room-closed'; readonly id: string; readonly reason: CloseReason }
  /** The source's state has changed. */
  | { readonly kind: 'announce'; readonly id: string }
  | { readonly kind: 'snapshot'; readonly id: string; readonly seq: number; readonly bytes: Uint8Array }
  /** A life of the cold thread begins: HTTP goes there. */
  | { readonly kind: 'cold'; readonly port: MessagePort }
  /** Tell every dashboard to come back later, and close the port. */
  | { readonly kind: 'close' };

export type FromSender =
  | ToPushDesk
  | ToBoardDesk
  | { readonly kind: 'listening'; readonly url: string; readonly port: number }
  | { readonly kind: 'not-listening'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'snapshot-wanted'; readonly id: string }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly event: string;
      readonly fields: LogFields;
    }
  | { readonly kind: 'closed' };
