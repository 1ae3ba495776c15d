import { MeksError } from '../protocol/errors.ts';
import { type Disk, DiskError } from './disk.ts';
import { listSegments, segmentName } from './segment.ts';
import { listSnapshots, snapshotName } from './snapshot.ts';

// A room's log as it is at one moment, held while it is copied: what is open can be read to its end although retention
// removes it meanwhile. Owns open files, at most filesMax: of a log of more segments the newer ones, which go last, are
// opened as the older ones are done. Should one of those be gone by then, that is told: a log with a part missing in
// its middle is no backup.

const filesMax = 500;
/** A snapshot is made every 50,000 events, and opening takes moments: it is never met twice in a row. */
const looksMax = 10;

export interface HeldFile {
  /** Below the log's directory. */
  readonly name: string;
  readonly file: number;
}

/** Snapshots, then segments, each oldest first. A file is open until the next one is asked for. Throws MeksError. */
export function* holdLog(disk: Disk, directory: string): Generator<HeldFile, void> {
  const { held, later } = hold(disk, directory);
  try {
    for (let next = held[0]; next !== undefined; next = held[0]) {
      yield next;
      disk.close(next.file);
      held.shift();
      const name = later.shift();
      if (name === undefined) continue;
      const opened = openIfThere(disk, directory, name);
      if (opened === null) throw removed(`${directory}/${name}`);
      held.push(opened);
    }
  } finally {
    for (const { file } of held) disk.close(file);
  }
}

/** `later`: names of segments that are opened when there is room. */
function hold(disk: Disk, directory: string): { readonly held: HeldFile[]; readonly later: string[] } {
  for (let looks = 1; looks <= looksMax; looks++) {
    const snapshots = listSnapshots(disk, directory).toReversed().map(snapshotName);
    const segments = listSegments(disk, directory).map(segmentName);
    const names = [...snapshots, ...segments];
    const held: HeldFile[] = [];
    for (const name of names.slice(0, filesMax)) {
      const opened = openIfThere(disk, directory, name);
      if (opened !== null) held.push(opened);
    }
    // Retention removes nothing that these snapshots need unless newer ones have been made.
    const after = listSnapshots(disk, directory).toReversed().map(snapshotName);
    const isWhole = held.length === Math.min(filesMax, names.length) && after.join() === snapshots.join();
    if (isWhole) return { held, later: names.slice(filesMax) };
    for (const { file } of held) disk.close(file);
  }
  throw removed(directory);
}

function openIfThere(disk: Disk, directory: string, name: string): HeldFile | null {
  const path = `${directory}/${name}`;
  try {
    return { name, file: disk.open(path, 'read') };
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    if (error.kind === 'missing') return null;
    throw new MeksError('MEKS_FILE_UNREADABLE', `${path} cannot be used: ${error.message}`, error);
  }
}

function removed(what: string): MeksError {
  const remedy = 'take the backup again, into an empty folder, or with the broker stopped';
  return new MeksError('MEKS_FILE_UNREADABLE', `retention removed ${what} while it was to be copied: ${remedy}`);
}
