import type { DiskDescription } from '../protocol/disk.ts';
import type { DriftReport } from '../protocol/drift.ts';
import type { PackedMessages } from '../protocol/packed-messages.ts';
import type { PushItems } from '../protocol/push.ts';
import type { Command, CommandOutcome } from '../protocol/commands.ts';
import type { BattleDescription, BoardQuestion, RoomDescription, RoomReconciliation } from './rooms.ts';

// What the two halves of the gateway say to each other: the hot thread owns sockets and rooms, the cold one answers
// HTTP. Of every body, in both directions, at most one piece is under way: the next is sent when it was asked for.

export type HeaderValues = Record<string, string | string[]>;

export type ToCold =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly method: string;
      readonly url: string;
      readonly headers: HeaderValues;
      readonly remoteAddress: string;
      /** Pieces of a body follow, each after a `pull`. */
      readonly hasBody: boolean;
    }
  /** The next piece of the request's body; null after the last. */
  | { readonly kind: 'body'; readonly id: number; readonly bytes: Uint8Array | null }
  /** The last piece of the answer was taken: the next may come. */
  | { readonly kind: 'more'; readonly id: number }
  /** Nobody waits for this answer any more. */
  | { readonly kind: 'abort'; readonly id: number }
  /** What a pusher has sent, to be read. */
  | { readonly kind: 'read-push'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'answer'; readonly ask: number; readonly answer: Answer }
  | { readonly kind: 'outcome'; readonly ask: number; readonly outcome: CommandOutcome };

export type ToHot =
  /** The head of an answer with the first piece of its body; `last` when there is no other. */
  | {
      readonly kind: 'head';
      readonly id: number;
      readonly status: number;
      readonly headers: HeaderValues;
      readonly bytes: Uint8Array | null;
      readonly last: boolean;
    }
  | { readonly kind: 'piece'; readonly id: number; readonly bytes: Uint8Array; readonly last: boolean }
  /** The answer cannot be finished. */
  | { readonly kind: 'broken'; readonly id: number }
  /** The next piece of the request's body is wanted. */
  | { readonly kind: 'pull'; readonly id: number }
  /** What a push holds. */
  | {
      readonly kind: 'push-read';
      readonly id: number;
      readonly messages: PackedMessages;
      readonly malformed: PushItems['malformed'];
      readonly malformedCount: number;
    }
  | { readonly kind: 'ask'; readonly ask: number; readonly question: Question }
  | { readonly kind: 'command'; readonly ask: number; readonly command: Command };

/** The disk as one room sees it. */
export interface RoomDiskDescription extends DiskDescription {
  /** Id. */
  readonly room: string;
}

/** What the cold thread may want to know of the rooms. */
export type Question =
  | { readonly kind: 'health' }
  | { readonly kind: 'rooms' }
  | { readonly kind: 'room'; readonly room: string }
  | { readonly kind: 'snapshot'; readonly room: string }
  | { readonly kind: 'battles' }
  | { readonly kind: 'drift'; readonly room: string }
  | { readonly kind: 'reconciliation'; readonly room: string }
  | { readonly kind: 'board'; readonly room: string; readonly board: BoardQuestion }
  /** Whether `token` may push to the room. */
  | { readonly kind: 'push'; readonly room: string; readonly token: string };

export type Answer =
  | {
      readonly kind: 'health';
      readonly ready: boolean;
      readonly rooms: number;
      /** Ids of rooms whose sums do not agree. */
      readonly mismatched: readonly string[];
      readonly disks: readonly RoomDiskDescription[];
    }
  | { readonly kind: 'rooms'; readonly rooms: readonly RoomDescription[] }
  | { readonly kind: 'room'; readonly room: RoomDescription }
  /** `room` was described at the same moment: its position is that of the snapshot. */
  | { readonly kind: 'snapshot'; readonly room: RoomDescription; readonly bytes: Uint8Array }
  | { readonly kind: 'reconciliation'; readonly reconciliation: RoomReconciliation }
  | { readonly kind: 'battles'; readonly battles: readonly BattleDescription[] }
  /** JSON. */
  | { readonly kind: 'board'; readonly bytes: Uint8Array }
  | { readonly kind: 'push'; readonly admission: 'admitted' | 'not-pushed' | 'refused' }
  | { readonly kind: 'drift'; readonly report: DriftReport }
  | { readonly kind: 'unknown-room' };
