import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MeksError } from '../../protocol/errors.ts';
import { isRecord } from './format.ts';

// A recording is one NDJSON file (plain, .gz or .zst), or a folder that RecordingWriter made: numbered segments and
// manifest.json, which lists them in order.

export const manifestName = 'manifest.json';

/** --record DIR makes DIR/room/time. */
const depthMax = 2;
const shownMax = 5;

export interface RecordingSegment {
  /** File name inside the recording's folder. */
  readonly file: string;
  /** Raw messages in it. */
  readonly messages: number;
  /** Bytes before compression. */
  readonly bytes: number;
  /** Unix ms of its first and last line; 0 = it has none. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** False while it is being written: after a crash its last seconds may be missing. */
  readonly complete: boolean;
}

export interface RecordingManifest {
  readonly format: 'meks-recording';
  readonly version: 1;
  /** Whose LIVE this is: a handle or a room id, for people. */
  readonly room: string;
  readonly createdAt: string;
  readonly segments: readonly RecordingSegment[];
  /** Messages that were not recorded because the disk could not follow; each run of them has a gap line as well. */
  readonly skipped: number;
}

/**
 * The files that make up the recording at `path`, in order. Throws MeksError MEKS_FILE_UNREADABLE or
 * MEKS_FILE_MALFORMED (a folder without a usable manifest).
 */
export function recordingFiles(path: string): string[] {
  const files = isFolder(path) ? segmentsOf(path) : [path];
  for (const file of files) assertReadable(file);
  return files;
}

/** A segment is in the manifest before its file is made: after a crash or on a full disk there may be none. */
function segmentsOf(folder: string): string[] {
  const { segments } = readManifest(folder);
  const found = segments.filter(({ file, complete }) => complete || existsSync(join(folder, file)));
  return found.map(({ file }) => join(folder, file));
}

/** Reads and checks a recording folder's manifest. Same errors as `recordingFiles`. */
export function readManifest(folder: string): RecordingManifest {
  const path = join(folder, manifestName);
  if (!existsSync(path)) refuseIfParent(folder);
  assertReadable(path);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw malformed(path, 'it is not JSON', error);
  }
  if (!isManifest(value)) throw malformed(path, 'it is not a MEKS recording of version 1');
  return value;
}

/** Whose LIVE a folder of --record holds; null: it does not say, or cannot be read (whoever plays it is told why). */
export function roomOfRecording(path: string): string | null {
  try {
    const room: unknown = readManifest(path).room;
    return typeof room === 'string' && room !== '' ? room : null;
  } catch {
    return null;
  }
}

function isManifest(value: unknown): value is RecordingManifest {
  if (!isRecord(value) || value['format'] !== 'meks-recording' || value['version'] !== 1) return false;
  const segments = value['segments'];
  // A name is a plain file name: a manifest from elsewhere must not lead out of its folder.
  return (
    Array.isArray(segments) &&
    segments.every((one) => isRecord(one) && typeof one['file'] === 'string' && /^[\w-][\w.-]*$/.test(one['file']))
  );
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Throws MeksError MEKS_FILE_UNREADABLE that names them, where recordings are below `folder`, as --record makes them.
 */
function refuseIfParent(folder: string): void {
  const below = recordingsBelow(folder, depthMax);
  if (below.length === 0) return;
  const shown = below.slice(0, shownMax).join(', ');
  const more = below.length > shownMax ? ` and ${below.length - shownMax} more` : '';
  const message = `${folder} is no recording itself; there are some below it: name one of ${shown}${more}`;
  throw new MeksError('MEKS_FILE_UNREADABLE', message);
}

/** Folders of recordings, the newest of each room first, since their names are times. */
function recordingsBelow(folder: string, depth: number): string[] {
  if (existsSync(join(folder, manifestName))) return [folder];
  if (depth === 0) return [];
  try {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = folders.map(({ name }) => name).toSorted();
    return names.toReversed().flatMap((name) => recordingsBelow(join(folder, name), depth - 1));
  } catch {
    // Whoever asked is told that the folder itself cannot be used.
    return [];
  }
}

function assertReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
    if (statSync(path).isFile()) return;
  } catch (error) {
    throw unreadable(path, error);
  }
  throw unreadable(path, undefined);
}

function unreadable(path: string, cause: unknown): MeksError {
  const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new MeksError(
    'MEKS_FILE_UNREADABLE',
    `cannot read the recording ${path}${why}: give a .ndjson, .ndjson.gz or .ndjson.zst file, or a folder made by --record`,
    cause,
  );
}

function malformed(path: string, why: string, cause?: unknown): MeksError {
  return new MeksError(
    'MEKS_FILE_MALFORMED',
    `the recording's manifest ${path} cannot be used (${why}): name one of the segment files beside it instead`,
    cause,
  );
}
