import { rmSync, statSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { fileUnwritable } from '../protocol/errors.ts';

// Copies the history into a backup, while a broker writes to it or not. The logs are what cannot be had again: that the
// history cannot be read ends no backup of them, it is told.

/** SQLite's codes for what cannot be read: a sector, pages that are none, a file that is no database. */
const unreadCodes = new Set([266, 522, 11, 26]);

/**
 * Returns why there is no copy at `to`, '' = there is one. `copyFile` copies it as a file, whole. Throws MeksError where
 * `to` cannot be written.
 */
export async function copyHistory(from: string, to: string, copyFile: () => void): Promise<string> {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(from, { readOnly: true, timeout: 5000 });
    // SQLite copies in steps, and begins again when somebody has committed between two of them: without a read
    // transaction over all steps, the copy of a large history would not end while a LIVE is on.
    database.exec('BEGIN; SELECT 1 FROM sqlite_schema');
  } catch (error) {
    database?.close();
    return copyUnopened(from, copyFile) ? '' : String(error);
  }
  try {
    await backup(database, to);
    return '';
  } catch (error) {
    rmSync(to, { force: true });
    if (!unreadCodes.has(codeOf(error))) throw fileUnwritable(to, error);
    return String(error);
  } finally {
    database.close();
  }
}

/**
 * A folder that cannot be written to, such as a snapshot of a file system, or a file that is no database: without a
 * write-ahead log it is all there is, and nobody writes to it.
 */
function copyUnopened(from: string, copyFile: () => void): boolean {
  const wal = statSync(`${from}-wal`, { throwIfNoEntry: false });
  if (wal?.isFile() === true && wal.size > 0) return false;
  copyFile();
  return true;
}

function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
}
