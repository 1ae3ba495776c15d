import { type Disk, DiskError, syncForGood, writeFully } from './disk.ts';
import { segmentName } from './segment.ts';
import { syncDirectory } from './snapshot.ts';
import { AroundReader } from './unreadable.ts';

// What a failed sync leaves to the next start. A system that could not write a page calls it clean: it can be read for
// as long as it stays in memory, every later sync succeeds, and after a power cut it is gone. So a note is left in the
// log's folder, and the next start writes what it has read once more: then there is something to sync again. The note
// itself need not survive a power cut: what is read after one was on the medium.

const noteName = 'sync-failed';
const pieceBytes = 1_048_576;

/** Leaves the note. A disk that refuses even that has its state told all the same. */
export function noteFailedSync(disk: Disk, directory: string): void {
  try {
    disk.close(disk.open(`${directory}/${noteName}`, 'create'));
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
  }
}

/** Whether a sync of this log failed, and what it was to save was not written once more since. */
export function syncHasFailed(disk: Disk, directory: string): boolean {
  return disk.list(directory).includes(noteName);
}

/**
 * Writes these segments once more, as they can be read, syncs them, and takes the note away. Returns how many bytes.
 * Blocks for as long as the disk takes: for starts. Throws DiskError, and then leaves the note.
 */
export function writeAgain(disk: Disk, directory: string, firstSeqs: readonly number[]): number {
  let bytes = 0;
  for (const firstSeq of firstSeqs) {
    const file = disk.open(`${directory}/${segmentName(firstSeq)}`, 'append');
    try {
      bytes += rewrite(disk, file);
      syncForGood(disk, file);
    } finally {
      disk.close(file);
    }
  }
  syncDirectory(disk, directory);
  disk.remove(`${directory}/${noteName}`);
  return bytes;
}

/** The same bytes to the same places; what the disk does not give back is left as it is. */
function rewrite(disk: Disk, file: number): number {
  const reader = new AroundReader(disk, file);
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  const size = disk.size(file);
  let bytes = 0;
  for (let at = 0; at < size;) {
    const got = reader.read(piece, 0, Math.min(pieceBytes, size - at), at);
    if (got === 0) break;
    const isUnread = reader.unreadable.some(({ offset, bytes: length }) => at >= offset && at < offset + length);
    if (!isUnread) {
      writeFully(disk, file, piece.subarray(0, got), at);
      bytes += got;
    }
    at += got;
  }
  return bytes;
}
