import type { LogFields } from '../base/log.ts';
import type { LogProgress, RetentionPlan, RetentionPolicy } from '../journal/journal.ts';

// What the hot thread and the keeper thread say to each other.

/** How often the keeper looks at the logs, in milliseconds. */
export const keeperTurnMs = 5_000;

export type KeeperTask =
  | {
      readonly kind: 'keep';
      readonly id: string;
      readonly handle: string;
      readonly directory: string;
      readonly epoch: string;
      /** The ranking's state, and the seq that it is at. */
      readonly saved: Uint8Array;
      readonly seq: number;
      /** Newest snapshot on the disk; 0 = none. */
      readonly snapshotSeq: number;
      readonly progress: LogProgress;
      readonly policy: RetentionPolicy;
      /** See KeptRoom. */
      readonly history: Float64Array;
    }
  | { readonly kind: 'leave'; readonly id: string };

export type KeeperReport =
  | { readonly kind: 'kept'; readonly room: string; readonly snapshotSeq: number; readonly removed: number }
  /** What retention came to, each time. `none`: no more stays than the policy allows. */
  | {
      readonly kind: 'stays';
      readonly room: string;
      readonly blockedBy: RetentionPlan['blockedBy'];
      readonly bytes: number;
    }
  | { readonly kind: 'failed'; readonly room: string; readonly fields: LogFields }
  /** Events of the log that could not be read: the state of the room is wanted once more. */
  | { readonly kind: 'lost'; readonly room: string; readonly from: number; readonly to: number }
  /** What failed before succeeds again. */
  | { readonly kind: 'mended'; readonly room: string };
