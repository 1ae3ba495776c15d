import { rmSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { realDisk } from '../real-disk.ts';
import { logDirectory } from '../segment.ts';
import { readTail } from '../tail.ts';
import { listSegments } from '../segment.ts';
import { HistoryDatabase } from './database.ts';
import { Deadline } from './deadline.ts';
import { exportPieces } from './export.ts';
import { Importer } from './importer.ts';
import { placesIn } from './places.ts';
import type { ExportRequest } from './requests.ts';

// The history without its threads, for commands: `meks export` and `meks history rebuild`.

/** Where the history of a data directory is. */
export function historyFile(dataDirectory: string): string {
  return `${dataDirectory}/history.db`;
}

/**
 * The pieces of an export as text; null where what it names is not known. Reads beside a running broker. Throws
 * MeksError MEKS_FILE_MALFORMED without a history.
 */
export function exportOffline(
  dataDirectory: string,
  request: ExportRequest,
  clock: Clock,
): Iterable<{ readonly text: string; readonly rows: number }> | null {
  const database = HistoryDatabase.openToRead(historyFile(dataDirectory));
  const deadline = new Deadline(clock, limits.historyExportMs.value);
  const pieces = exportPieces(database, request, placesIn(dataDirectory), deadline);
  if (pieces === null) {
    database.close();
    return null;
  }
  return (function* all(): Generator<{ readonly text: string; readonly rows: number }> {
    try {
      yield* pieces;
    } finally {
      database.close();
    }
  })();
}

/**
 * Removes the history and builds it again from the logs of these rooms. What retention has taken from a log is then
 * gone from the history too. The broker must not be running. `say` is told of each batch.
 */
export function rebuildHistory(
  dataDirectory: string,
  rooms: readonly { readonly id: string; readonly handle: string }[],
  clock: Clock,
  say: (room: string, seq: number, behind: number) => void,
): void {
  const file = historyFile(dataDirectory);
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const database = HistoryDatabase.openToWrite(file);
  const onFault = (room: string, seq: number): void => say(room, seq, -1);
  const importer = new Importer({ disk: realDisk, clock, database, onFault });
  for (const { id, handle } of rooms) {
    const directory = logDirectory(dataDirectory, id);
    const newest = listSegments(realDisk, directory).at(-1);
    if (newest === undefined) continue;
    const { goodSeq, header } = readTail(realDisk, directory, newest);
    importer.addRoom({ name: id, handle, epoch: header?.epoch ?? '', directory, writtenSeq: () => goodSeq });
  }
  while (importer.turn()) for (const { room, seq, behind } of importer.progress()) say(room, seq, behind);
  importer.close();
  database.close();
}
