import { MeksError } from '../protocol/errors.ts';
import type { Disk } from './disk.ts';

// A restore that was killed leaves a data directory with some of its files: it must not be taken for the whole.

/** In the data directory for as long as a backup is being put back. */
export const unfinishedRestoreName = 'meks-restore.unfinished';

/** Throws MeksError MEKS_JOURNAL_CORRUPT where a restore has begun and not ended. */
export function assertRestored(disk: Pick<Disk, 'list'>, dataDirectory: string): void {
  if (!disk.list(dataDirectory).includes(unfinishedRestoreName)) return;
  throw new MeksError(
    'MEKS_JOURNAL_CORRUPT',
    `a backup was being put back into ${dataDirectory}, and that did not end: remove the folder and restore again`,
  );
}
