import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { makeDirectory } from '../base/make-directory.ts';
import { fileUnwritable, MeksError } from '../protocol/errors.ts';
import { copyHistory } from './copy-history.ts';
import type { Disk } from './disk.ts';
import { holdLog } from './held-log.ts';
import { realDisk } from './real-disk.ts';
import { assertRestored, unfinishedRestoreName } from './restored.ts';
import { listSegments, segmentName } from './segment.ts';
import { listSnapshots, snapshotName } from './snapshot.ts';
import { AroundReader, type UnreadableStretch } from './unreadable.ts';

export { unreadableError } from './unreadable.ts';

// A door of its own, for commands: what copies a database has no place on the thread of the events.
//
// Backups of a data directory, of a running broker too: the logs of all rooms with their snapshots, what they have set
// aside, which rooms were added, and the history.
// A log only grows, so a copy of its files up to their length now is a log as a crash now would leave it: recovery
// takes it for that. A restored log is a copy, and its files say so: it begins a new epoch by itself.

const manifestName = 'meks-backup.json';
const pieceBytes = 1_048_576;

interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

interface BackupFile extends Digest {
  /** Below the data directory, with '/'. */
  readonly path: string;
  /** What the disk did not give back of a log: the copy has other bytes there, which no start takes for events. */
  readonly unreadable?: readonly UnreadableStretch[];
}

/** What the backup is without, and why. */
interface LeftOut {
  readonly path: string;
  readonly why: string;
}

export interface BackupManifest {
  readonly format: 1;
  /** Unix ms. */
  readonly createdAt: number;
  readonly files: readonly BackupFile[];
  /** Only the history, which is built again from the logs: what cannot be read of it. Absent in older backups. */
  readonly leftOut?: readonly LeftOut[];
}

/** Told of each file as it is done: for progress. */
type Say = (file: string, bytes: number) => void;

/**
 * Writes a backup into `target`, which must not exist yet or be empty. Of a log that the disk does not give back whole it
 * has what can be read, and says which bytes are none. Throws MeksError.
 */
export async function backUp(
  dataDirectory: string,
  target: string,
  clock: Clock,
  say: Say,
  disk: Disk = realDisk,
): Promise<BackupManifest> {
  if (!existsSync(dataDirectory)) throw unreadable(dataDirectory, 'there is no such directory');
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new MeksError('MEKS_OPTION_INVALID', `${target} is not empty: give a directory for this backup alone`);
  writing(target, () => makeDirectory(target));
  const files: BackupFile[] = [];
  const leftOut = await backUpHistory(dataDirectory, target, files);
  for (const { path: file, bytes } of files) say(file, bytes);
  const take = (file: string): void => {
    const copied = copy(`${dataDirectory}/${file}`, `${target}/${file}`);
    // Gone since it was listed: what was in it has been resolved.
    if (copied === null) return;
    files.push({ path: file, ...copied });
    say(file, copied.bytes);
  };
  otherFiles(dataDirectory).forEach(take);
  for (const directory of logsOf(dataDirectory)) {
    for (const { name, file } of holdLog(disk, `${dataDirectory}/${directory}`)) {
      const held = `${directory}/${name}`;
      const reader = new AroundReader(disk, file);
      const copied = copyOpen(`${dataDirectory}/${held}`, file, `${target}/${held}`, reader);
      const { unreadable } = reader;
      files.push({ path: held, ...copied, ...(unreadable.length === 0 ? {} : { unreadable }) });
      say(held, copied.bytes);
    }
  }
  const manifest: BackupManifest = { format: 1, createdAt: clock.wallMs(), files, leftOut };
  writing(target, () =>
    writeFileSync(`${target}/${manifestName}`, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true }),
  );
  return manifest;
}

/** Adds the history to `files`, or says why it cannot be. */
async function backUpHistory(dataDirectory: string, target: string, files: BackupFile[]): Promise<LeftOut[]> {
  const file = 'history.db';
  const [from, to] = [`${dataDirectory}/${file}`, `${target}/${file}`];
  if (!existsSync(from)) return [];
  let why: string;
  try {
    why = await copyHistory(from, to, () => void copy(from, to));
  } catch (error) {
    if (!(error instanceof MeksError) || error.code !== 'MEKS_FILE_UNREADABLE') throw error;
    rmSync(to, { force: true });
    why = error.message;
  }
  if (why !== '') return [{ path: file, why }];
  chmodSync(to, 0o600);
  files.push({ path: file, ...digest(to) });
  return [];
}

/** What is wrong with a backup, file by file; empty = nothing. Throws MeksError when it is none. */
export function verifyBackup(source: string): string[] {
  const problems: string[] = [];
  for (const { path: file, bytes, sha256 } of readManifest(source).files) {
    if (!existsSync(`${source}/${file}`)) {
      problems.push(`${file} is missing`);
      continue;
    }
    const found = digest(`${source}/${file}`);
    if (found.bytes !== bytes) problems.push(`${file} has ${found.bytes} bytes instead of ${bytes}`);
    else if (found.sha256 !== sha256) problems.push(`${file} is not what was backed up`);
  }
  return problems;
}

/**
 * Puts a backup back into a data directory that holds no logs. Throws MeksError, before anything is written. Killed
 * in the middle, it leaves a directory that no broker takes.
 */
export function restore(source: string, dataDirectory: string, say: Say): BackupManifest {
  const manifest = readManifest(source);
  const [problem] = verifyBackup(source);
  if (problem !== undefined)
    throw new MeksError('MEKS_FILE_MALFORMED', `the backup in ${source} is damaged: ${problem}. Take another one`);
  writing(dataDirectory, () => assertRestored(realDisk, dataDirectory));
  const [held] = [...logFiles(dataDirectory), ...otherFiles(dataDirectory), ...historyFiles(dataDirectory)];
  if (held !== undefined)
    throw new MeksError(
      'MEKS_OPTION_INVALID',
      `${dataDirectory} already holds ${held}: move away what is there, or restore into another directory`,
    );
  const unfinished = `${dataDirectory}/${unfinishedRestoreName}`;
  writing(dataDirectory, () => {
    makeDirectory(dataDirectory, 0o750);
    writeFileSync(unfinished, '', { flush: true });
  });
  for (const { path: file, bytes } of manifest.files) {
    copy(`${source}/${file}`, `${dataDirectory}/${file}`);
    say(file, bytes);
  }
  rmSync(unfinished);
  return manifest;
}

/** Segments and snapshots of all rooms. */
function logFiles(dataDirectory: string): string[] {
  return logsOf(dataDirectory).flatMap((log) => {
    const directory = `${dataDirectory}/${log}`;
    const names = [
      ...listSnapshots(realDisk, directory).map(snapshotName),
      ...listSegments(realDisk, directory).map(segmentName),
    ];
    return names.map((name) => `${log}/${name}`);
  });
}

function roomsOf(dataDirectory: string): string[] {
  return existsSync(`${dataDirectory}/rooms`) ? readdirSync(`${dataDirectory}/rooms`).sort() : [];
}

/** Directories of the rooms' logs, below the data directory. */
function logsOf(dataDirectory: string): string[] {
  const logs = roomsOf(dataDirectory).map((room) => `rooms/${room}/log`);
  return logs.filter((log) => existsSync(`${dataDirectory}/${log}`));
}

/** Lists that are replaced whole, and files of the quarantine, which only grow: each is good as it is at any moment. */
function otherFiles(dataDirectory: string): string[] {
  const setAside = roomsOf(dataDirectory).flatMap((room) => {
    const directory = `rooms/${room}/quarantine`;
    const names = existsSync(`${dataDirectory}/${directory}`) ? readdirSync(`${dataDirectory}/${directory}`) : [];
    const wanted = names.filter((name) => /^(?:\d{12}\.ndjson|resolved\.json)$/.test(name));
    return wanted.sort().map((name) => `${directory}/${name}`);
  });
  return [...(existsSync(`${dataDirectory}/rooms.json`) ? ['rooms.json'] : []), ...setAside];
}

/**
 * The history and what SQLite keeps beside it. A broker that was killed leaves these: SQLite would write a WAL that is
 * not the restored history's own into it at the next start.
 */
function historyFiles(dataDirectory: string): string[] {
  const names = ['history.db', 'history.db-wal', 'history.db-shm', 'history.db-journal'];
  return names.filter((name) => existsSync(`${dataDirectory}/${name}`));
}

/** Copies and syncs a file up to its length now, for its owner's eyes; null when it is gone. */
function copy(from: string, to: string): Digest | null {
  const input = openToRead(from);
  if (input === null) return null;
  try {
    return copyOpen(from, input, to);
  } finally {
    closeSync(input);
  }
}

function copyOpen(from: string, input: number, to: string, reader: Reader = plainReader(input)): Digest {
  return writing(to, () => {
    makeDirectory(path.dirname(to));
    const output = openSync(to, 'wx', 0o600);
    try {
      const done = digestOpen(from, input, reader, (piece) => writeAll(output, piece));
      fsyncSync(output);
      return done;
    } finally {
      closeSync(output);
    }
  });
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** Length and checksum of a file as it is now. */
function digest(file: string): Digest {
  const input = openToRead(file);
  if (input === null) throw unreadable(file, 'it is gone');
  try {
    return digestOpen(file, input, plainReader(input));
  } finally {
    closeSync(input);
  }
}

/** The same of an open file; `each` is given its bytes, piece by piece. */
function digestOpen(file: string, input: number, reader: Reader, each?: (piece: Uint8Array) => void): Digest {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(pieceBytes);
  const { size } = fstatSync(input);
  let at = 0;
  while (at < size) {
    const got = readNext(file, reader, piece, Math.min(pieceBytes, size - at), at);
    if (got === 0) throw unreadable(file, 'it became shorter while it was read');
    hash.update(piece.subarray(0, got));
    each?.(piece.subarray(0, got));
    at += got;
  }
  return { bytes: size, sha256: hash.digest('hex') };
}

/** As Disk.read, of one file. */
type Reader = Pick<AroundReader, 'read'>;

function plainReader(input: number): Reader {
  return { read: (bytes, start, end, position) => readSync(input, bytes, start, end - start, position) };
}

/** What cannot be read is no fault of the place that is written to. */
function readNext(file: string, reader: Reader, piece: Buffer, length: number, position: number): number {
  try {
    return reader.read(piece, 0, length, position);
  } catch (error) {
    throw unreadable(file, String(error), error);
  }
}

/** null when there is no such file, or no longer: a broker removes files while it is backed up. */
function openToRead(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(file, String(error), error);
  }
}

function readManifest(source: string): BackupManifest {
  let manifest: BackupManifest;
  try {
    manifest = JSON.parse(readFileSync(`${source}/${manifestName}`, 'utf8')) as BackupManifest;
  } catch (error) {
    throw unreadable(source, `it holds no backup that was finished (${manifestName})`, error);
  }
  const inside = (file: string): boolean => !path.isAbsolute(file) && !file.split('/').includes('..');
  if (manifest.format === 1 && manifest.files.every((file) => inside(file.path))) return manifest;
  throw new MeksError(
    'MEKS_FILE_MALFORMED',
    `${source}/${manifestName} is not the list of a backup that this MEKS knows`,
  );
}

/** What goes wrong while `file` is written has a code: a disk that is full, a folder of somebody else. */
function writing<Result>(file: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    if (error instanceof MeksError) throw error;
    throw fileUnwritable(file, error);
  }
}

function unreadable(file: string, why: string, cause?: unknown): MeksError {
  return new MeksError('MEKS_FILE_UNREADABLE', `${file} cannot be used: ${why}`, cause);
}
