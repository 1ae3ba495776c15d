import type { LogProgress } from './journal-types.ts';
import { ringWord } from './shared-ring.ts';

// Whether a sync of a log has failed, for all threads that sync it. A system forgets what it could not write: the sync
// after that succeeds, also through another handle, and has saved nothing of it. One word of the log's shared memory.

/** What all who sync a log know of its syncs; lives as long as the log is open, also where a thread dies. */
export interface SyncMemory {
  /** A sync has failed. What it was to save is never called synced again, whatever later ones say. */
  failed(): boolean;
  fail(): void;
}

export function followSyncs({ control }: Pick<LogProgress, 'control'>): SyncMemory {
  const words = new Int32Array(control);
  return {
    failed: () => Atomics.load(words, ringWord.syncFailed) === 1,
    fail: () => void Atomics.store(words, ringWord.syncFailed, 1),
  };
}
