import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { fileUnwritable, MeksError } from '../../protocol/errors.ts';
import type { PastRoom } from '../../protocol/history-answers.ts';
import type { ExportRequest } from '../../protocol/history-queries.ts';
import type { DiskLock } from '../disk.ts';
import { realDisk } from '../real-disk.ts';
import { listSegments, logDirectory } from '../segment.ts';
import { readTail } from '../tail.ts';
import { HistoryDatabase, isTrouble, numberOf } from './database.ts';
import { type ExportPiece, openExport } from './export.ts';
import { historyFile } from './file.ts';
import { Importer } from './importer.ts';
import { placesIn } from './places.ts';
import { HistoryQueries } from './queries.ts';

// The history without its threads, for commands: `meks export`, `meks history`.

/**
 * An export as bytes; null where what it names is not known. Reads beside a running broker. Throws MeksError
 * MEKS_HISTORY_UNAVAILABLE without a history.
 */
export async function exportOffline(
  dataDirectory: string,
  request: ExportRequest,
  clock: Clock,
): Promise<{ readonly expected: number; readonly pieces: Iterable<ExportPiece> } | null> {
  const database = HistoryDatabase.openToRead(historyFile(dataDirectory));
  // As it is now: a broker that goes on importing changes nothing of it.
  database.beginReading();
  const opened = await openExport(database, request, placesIn(dataDirectory), clock);
  if (opened === null) {
    database.close();
    return null;
  }
  const { expected, pieces } = opened;
  return { expected, pieces: closing(database, pieces) };
}

function* closing(database: HistoryDatabase, pieces: Iterable<ExportPiece>): Generator<ExportPiece> {
  try {
    yield* pieces;
  } finally {
    database.close();
  }
}

/** How the history of a room stands beside its log. */
export interface HistoryRoom {
  readonly known: PastRoom;
  /** Newest event of the log, as far as it is good; 0 = the log is not there. */
  readonly logSeq: number;
}

/** All rooms of the history. Throws MeksError MEKS_HISTORY_UNAVAILABLE without one. */
export function historyRooms(dataDirectory: string): HistoryRoom[] {
  const database = HistoryDatabase.openToRead(historyFile(dataDirectory));
  try {
    const rooms = new HistoryQueries(database).rooms();
    return rooms.map((known) => ({ known, logSeq: logEnd(logDirectory(dataDirectory, known.room)).goodSeq }));
  } finally {
    database.close();
  }
}

function logEnd(directory: string): { readonly goodSeq: number; readonly firstSeq: number; readonly epoch: string } {
  const segments = existsSync(directory) ? listSegments(realDisk, directory) : [];
  const newest = segments.at(-1);
  if (newest === undefined) return { goodSeq: 0, firstSeq: 0, epoch: '' };
  const { goodSeq, header } = readTail(realDisk, directory, newest);
  return { goodSeq, firstSeq: segments[0]!, epoch: header?.epoch ?? '' };
}

export interface RebuildOptions {
  readonly dataDirectory: string;
  readonly clock: Clock;
  /** Build it although the logs no longer hold everything that the history knows. */
  readonly forget: boolean;
  /** Told of each batch, by room; `behind` events are to come. */
  readonly say: (room: string, seq: number, behind: number) => void;
}

export interface RebuiltRoom {
  readonly room: string;
  readonly seq: number;
  readonly disagreements: number;
  readonly faults: number;
}

/**
 * Builds the history again from the logs, beside the one that there is, and puts it in its place. Throws MeksError
 * MEKS_JOURNAL_LOCKED where a broker runs, MEKS_HISTORY_LONGER where the logs no longer hold what the history knows.
 */
export function rebuildHistory(options: RebuildOptions): RebuiltRoom[] {
  const { dataDirectory } = options;
  const file = historyFile(dataDirectory);
  const known = knownRooms(file);
  const rooms = roomFolders(dataDirectory);
  if (rooms.length === 0)
    throw new MeksError(
      'MEKS_FILE_UNREADABLE',
      `no logs below ${dataDirectory}/rooms: give the folder of \`serve --data\``,
    );
  const locks: DiskLock[] = [];
  try {
    for (const room of rooms) locks.push(lockOf(logDirectory(dataDirectory, room)));
    if (!options.forget) assertHeld(dataDirectory, known);
    const building = `${file}.building`;
    removeDatabase(building);
    let rebuilt: RebuiltRoom[];
    try {
      rebuilt = build(building, rooms, known, options);
    } catch (error) {
      // Half a history takes the space that is missing.
      removeDatabase(building);
      throw isTrouble(error) ? fileUnwritable(building, error) : error;
    }
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    renameSync(building, file);
    return rebuilt;
  } finally {
    for (const lock of locks) lock.release();
  }
}

interface KnownRoom {
  readonly handle: string;
  /** First event that the history knows; 0 = none. */
  readonly firstSeq: number;
}

/** What the present history knows, by room; nothing where there is none that can be read. */
function knownRooms(file: string): ReadonlyMap<string, KnownRoom> {
  if (!existsSync(file)) return new Map();
  let database: HistoryDatabase;
  try {
    database = HistoryDatabase.openToWrite(file);
  } catch (error) {
    // A damaged one is what is built again.
    if (error instanceof MeksError && error.code === 'MEKS_FILE_MALFORMED') return new Map();
    throw error;
  }
  const first = `SELECT coalesce(min(start_seq), 0) AS seq FROM session JOIN room ON room.id = session.room
    WHERE room.name = ?`;
  const rooms = new HistoryQueries(database).rooms().map(({ room, handle }) => {
    return [room, { handle, firstSeq: numberOf(database.get(first, [room]), 'seq') }] as const;
  });
  database.close();
  return new Map(rooms);
}

function roomFolders(dataDirectory: string): string[] {
  const folder = `${dataDirectory}/rooms`;
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((room) => logEnd(logDirectory(dataDirectory, room)).firstSeq > 0)
    .sort();
}

function lockOf(directory: string): DiskLock {
  const lock = realDisk.lock(`${directory}/lock`);
  if (lock !== null) return lock;
  const message = `the log in ${directory} is in use: stop the broker that runs with this folder, then try again`;
  throw new MeksError('MEKS_JOURNAL_LOCKED', message);
}

/** Throws MeksError MEKS_HISTORY_LONGER where retention has taken from a log what only the history still knows. */
function assertHeld(dataDirectory: string, known: ReadonlyMap<string, KnownRoom>): void {
  for (const [room, { firstSeq }] of known) {
    const held = logEnd(logDirectory(dataDirectory, room)).firstSeq;
    if (firstSeq === 0 || (held > 0 && held <= firstSeq)) continue;
    const begins = held === 0 ? 'is gone' : `begins with event ${held}`;
    throw new MeksError(
      'MEKS_HISTORY_LONGER',
      `the log of ${room} ${begins}, the history knows events from ${firstSeq} on, and would lose them: keep it, or give --forget`,
    );
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}

/** A history that is built anew goes back nowhere. */
const nothingToForget = { copyName: () => '', onForgotten: () => undefined };

function build(
  file: string,
  rooms: readonly string[],
  known: ReadonlyMap<string, KnownRoom>,
  options: RebuildOptions,
): RebuiltRoom[] {
  const database = HistoryDatabase.openToWrite(file);
  try {
    const rebuilt = importAll(database, rooms, known, options);
    // SQLite keeps silent about what a full disk leaves beside a database that is closed; without it, it is damaged.
    if (!database.checkpoint()) throw fileUnwritable(file, new Error('not all of it could be put into one file'));
    return rebuilt;
  } finally {
    database.close();
  }
}

function importAll(
  database: HistoryDatabase,
  rooms: readonly string[],
  known: ReadonlyMap<string, KnownRoom>,
  { dataDirectory, clock, say }: RebuildOptions,
): RebuiltRoom[] {
  const onFault = (room: string, seq: number): void => say(room, seq, -1);
  const importer = new Importer({ disk: realDisk, clock, database, onFault, ...nothingToForget });
  try {
    for (const name of rooms) {
      const directory = logDirectory(dataDirectory, name);
      const { goodSeq, epoch } = logEnd(directory);
      importer.addRoom({ name, handle: known.get(name)?.handle ?? name, epoch, directory, writtenSeq: () => goodSeq });
    }
    for (let more = true; more;) {
      more = importer.turn();
      for (const { room, seq, behind } of importer.progress()) say(room, seq, behind);
    }
    return importer.progress().map(({ room, seq, disagreements, faults }) => ({ room, seq, disagreements, faults }));
  } finally {
    importer.close();
  }
}
