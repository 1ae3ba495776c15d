// What the journal needs of a disk. `real-disk.ts` is node:fs; `simulated-disk.ts` keeps everything in memory,
// records the order of writes and syncs, and fails on request. Paths are strings joined with '/'; files are numbers.

/**
 * Why the disk refused: `full` may pass (free some space), `failed` will not by itself. `unsynced`: a sync failed. What it
 * was to save may be gone although it can still be read, and a later sync that succeeds does not bring it back.
 */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly kind: 'full' | 'failed' | 'missing' | 'exists' | 'unsynced';
  /** The system's code, such as ENOSPC. */
  readonly code: string;

  constructor(kind: DiskError['kind'], code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.code = code;
  }
}

/** Held by one process at a time; the kernel lets go of it when that process dies, however it dies. */
export interface DiskLock {
  release(): void;
}

/** All methods but `syncLater` are synchronous, and throw DiskError. */
export interface Disk {
  /** Names in a directory, in no order. A directory that is not there is empty. */
  list(directory: string): string[];
  /** Makes the directory and those above it. */
  makeDirectory(directory: string): void;
  /** `create`: must not exist yet. `read`: must exist. `append`: exists, to be synced or written to. */
  open(path: string, mode: 'create' | 'read' | 'append'): number;
  /**
   * A directory's handle, for `sync` and `syncLater`: a new file's name is durable only after its directory was
   * synced.
   */
  openDirectory(directory: string): number;
  close(file: number): void;
  /** Bytes of the open file. */
  size(file: number): number;
  /** Names the open file for as long as it is not copied: an inode number; 0 where there is none. */
  identity(file: number): number;
  /** Writes at `position` and returns how many bytes were taken: fewer than given when the disk is nearly full. */
  write(file: number, bytes: Buffer, start: number, end: number, position: number): number;
  /** Reads at `position` into `bytes` and returns how many bytes there were: 0 at the end. */
  read(file: number, bytes: Buffer, start: number, end: number, position: number): number;
  /** Returns once everything written to the file is on the medium. */
  sync(file: number): void;
  /** The same without blocking: `done` runs in a later turn, with the error or null. */
  syncLater(file: number, done: (error: DiskError | null) => void): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Bytes that may still be written to this directory's file system; Infinity when unknown. */
  freeBytes(directory: string): number;
  /** Takes the lock of that name, or null when another holder has it. */
  lock(path: string): DiskLock | null;
  /** Names this run of the operating system: the same as long as its page cache lives. '' = cannot be told. */
  bootId(): string;
}

/** As Disk.sync, for what nobody writes again: a failure is one of kind `unsynced`. */
export function syncForGood(disk: Disk, file: number): void {
  try {
    disk.sync(file);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    throw new DiskError('unsynced', error.code, `a sync failed: ${error.message}`, error);
  }
}

/** `size` bytes of a file from `position`, or fewer at its end. */
export function readFully(disk: Disk, file: number, bytes: Buffer, size: number, position: number): number {
  let got = 0;
  while (got < size) {
    const more = disk.read(file, bytes, got, size, position + got);
    if (more === 0) break;
    got += more;
  }
  return got;
}

/** Writes all of `bytes` at `position`, or throws: a disk that takes only a part is full. */
export function writeFully(disk: Disk, file: number, bytes: Buffer, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    const taken = disk.write(file, bytes, done, bytes.length, position + done);
    if (taken === 0) throw new DiskError('full', 'ENOSPC', `only ${done} of ${bytes.length} bytes could be written`);
    done += taken;
  }
}
