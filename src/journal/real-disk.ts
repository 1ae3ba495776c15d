import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { makeDirectory } from '../base/make-directory.ts';
import { type Disk, DiskError, type DiskLock } from './disk.ts';

// The machine's own disk. Owns nothing but open files, which its users close.

/** Where a directory cannot be opened or synced (Windows): a new file's name is then the file system's own affair. */
const noDirectory = -1;

const openFlags = {
  create: constants.O_CREAT | constants.O_EXCL | constants.O_RDWR,
  read: constants.O_RDONLY,
  append: constants.O_RDWR,
} as const;

class RealDisk implements Disk {
  list(directory: string): string[] {
    try {
      return readdirSync(directory);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw diskError(error);
    }
  }

  makeDirectory(directory: string): void {
    attempt(() => makeDirectory(directory, 0o750));
  }

  open(path: string, mode: 'create' | 'read' | 'append'): number {
    return attempt(() => openSync(path, openFlags[mode], 0o640));
  }

  openDirectory(directory: string): number {
    try {
      return openSync(directory, constants.O_RDONLY);
    } catch (error) {
      if (process.platform === 'win32') return noDirectory;
      throw diskError(error);
    }
  }

  close(file: number): void {
    if (file !== noDirectory) attempt(() => closeSync(file));
  }

  size(file: number): number {
    return attempt(() => fstatSync(file).size);
  }

  identity(file: number): number {
    return attempt(() => fstatSync(file).ino);
  }

  // The two calls of the writing path catch for themselves: a closure for each write would be made for nothing.
  write(file: number, bytes: Buffer, start: number, end: number, position: number): number {
    try {
      return writeSync(file, bytes, start, end - start, position);
    } catch (error) {
      throw diskError(error);
    }
  }

  read(file: number, bytes: Buffer, start: number, end: number, position: number): number {
    try {
      return readSync(file, bytes, start, end - start, position);
    } catch (error) {
      throw diskError(error);
    }
  }

  sync(file: number): void {
    if (file !== noDirectory) attempt(() => fdatasyncSync(file));
  }

  syncLater(file: number, done: (error: DiskError | null) => void): void {
    if (file === noDirectory) process.nextTick(done, null);
    else fdatasync(file, (error) => done(error === null ? null : diskError(error)));
  }

  rename(from: string, to: string): void {
    attempt(() => renameSync(from, to));
  }

  remove(path: string): void {
    attempt(() => unlinkSync(path));
  }

  freeBytes(directory: string): number {
    try {
      const { bavail, bsize } = statfsSync(directory);
      return bavail * bsize;
    } catch {
      // A file system that does not tell is not a reason to stop writing to it.
      return Number.POSITIVE_INFINITY;
    }
  }

  /**
   * Node has no file locks of its own, SQLite has: an empty database held in an exclusive transaction is a lock that
   * the kernel drops with the process, needs no stale-pid guesses, and holds between threads and containers as well. A
   * file with pid, boot id and start time would spare the thread that opens logs this library, but cannot tell a living
   * owner in another container from a dead one, and two starts that take over the same stale file race. The library is
   * at work while a lock is taken, and not after that.
   */
  lock(path: string): DiskLock | null {
    let database: DatabaseSync | null = null;
    try {
      database = new DatabaseSync(path, { timeout: 0 });
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      database?.close();
      if (sqliteCode(error) === sqliteBusy) return null;
      throw new DiskError('failed', 'ELOCK', `the lock ${path} cannot be taken: ${String(error)}`, error);
    }
    const held = database;
    return { release: () => held.close() };
  }

  bootId(): string {
    try {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    } catch {
      return '';
    }
  }
}

const sqliteBusy = 5;

function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw diskError(error);
  }
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
}

function diskError(error: unknown): DiskError {
  const code = systemCode(error);
  const message = error instanceof Error ? error.message : String(error);
  return new DiskError(kindOf(code), code, message, error);
}

function kindOf(code: string): DiskError['kind'] {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  if (code === 'ENOENT') return 'missing';
  return code === 'EEXIST' ? 'exists' : 'failed';
}

/** The disk of this machine. */
export const realDisk: Disk = new RealDisk();
