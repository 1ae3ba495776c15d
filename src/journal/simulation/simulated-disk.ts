import type { Clock } from '../../base/clock.ts';
import { type Disk, DiskError, type DiskLock } from '../disk.ts';

// A disk in memory for simulations and tests: it records the order of everything that is done to it, is full or fails
// on request, and can be cut off from power at any point of that order (power-loss.ts). Paths are flat: a directory
// is a prefix.

/**
 * What was done, in order. `through`: a sync covers the operations before that index, it ended at its own. `sync-lost`: it
 * failed, and what it covered is never written to the medium, though it can still be read: so do systems forget.
 */
export type DiskOperation =
  | { readonly kind: 'create'; readonly path: string; readonly node: number }
  | { readonly kind: 'write'; readonly node: number; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'sync' | 'sync-lost'; readonly node: number; readonly through: number }
  | { readonly kind: 'sync-names'; readonly through: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string };

/** What a disk is made from: files by path. `nodes` are their identities. */
export interface DiskImage {
  readonly names: ReadonlyMap<string, number>;
  readonly nodes: ReadonlyMap<number, Buffer>;
}

const emptyImage: DiskImage = { names: new Map(), nodes: new Map() };
/** Handles of directories. */
const directoryHandle = 1_000_000_000;

class Content {
  bytes: Buffer;
  length: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  put(bytes: Buffer, position: number): void {
    const end = position + bytes.length;
    if (end > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(end, this.bytes.length * 2, 4096));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    bytes.copy(this.bytes, position);
    this.length = Math.max(this.length, end);
  }
}

export class SimulatedDisk implements Disk {
  /** Everything done since this disk came up, oldest first. */
  readonly trace: DiskOperation[] = [];
  /** Bytes that files may hold together: beyond it, writes take what fits and then fail as full. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** True: writes fail as a broken medium does. */
  failsWrites = false;
  /** True: syncs fail, and what they were to save is forgotten. */
  failsSyncs = false;
  /** Files whose reads fail, as on a bad sector. */
  readonly unreadable = new Set<string>();
  /** Bytes of files whose reads fail: from the first up to the second. What is before them is still given. */
  readonly badSectors = new Map<string, { readonly from: number; readonly to: number }>();
  /** How long a sync takes, in milliseconds of the clock. */
  syncMs = 0;
  /** True: a sync says that it succeeded and does nothing. The checks of power loss must notice. */
  liesAboutSyncs = false;
  /** Names the run of the operating system; change it to simulate a start. */
  boot: string;
  readonly #clock: Clock;
  readonly #names = new Map<string, number>();
  readonly #nodes = new Map<number, Content>();
  /** Open files: handle to node. */
  readonly #open = new Map<number, number>();
  readonly #locks = new Set<string>();
  #nextNode = 1;
  #nextHandle = 1;

  constructor(clock: Clock, image: DiskImage = emptyImage, boot = 'boot-1') {
    this.#clock = clock;
    this.boot = boot;
    for (const [path, node] of image.names) this.#names.set(path, node);
    for (const [node, bytes] of image.nodes) {
      this.#nodes.set(node, new Content(Buffer.from(bytes)));
      this.#nextNode = Math.max(this.#nextNode, node + 1);
    }
  }

  /** Bytes in all files. */
  get usedBytes(): number {
    let used = 0;
    for (const content of this.#nodes.values()) used += content.length;
    return used;
  }

  /** Every process has died: handles and locks are gone, what was written stays. */
  killProcesses(): void {
    this.#open.clear();
    this.#locks.clear();
  }

  /** The files as they are, for a disk of their own. `copied`: with new identities, as cp makes them. */
  image(copied = false): DiskImage {
    const names = new Map<string, number>();
    const nodes = new Map<number, Buffer>();
    for (const [path, node] of this.#names) {
      const identity = copied ? node + 500_000 : node;
      const content = this.#nodes.get(node)!;
      names.set(path, identity);
      nodes.set(identity, Buffer.from(content.bytes.subarray(0, content.length)));
    }
    return { names, nodes };
  }

  /** The bytes of a file, to look at or to damage in place. */
  content(path: string): Buffer {
    const content = this.#nodes.get(this.#node(path))!;
    return content.bytes.subarray(0, content.length);
  }

  /** Cuts a file off, as something outside might. */
  truncate(path: string, length: number): void {
    this.#nodes.get(this.#node(path))!.length = length;
  }

  list(directory: string): string[] {
    const prefix = `${directory}/`;
    return [...this.#names.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  }

  makeDirectory(): void {
    // A directory is a prefix of paths: it is there as soon as it is named.
  }

  open(path: string, mode: 'create' | 'read' | 'append'): number {
    let node = this.#names.get(path);
    if (mode === 'create') {
      if (node !== undefined) throw new DiskError('exists', 'EEXIST', `${path} exists`);
      if (this.usedBytes >= this.capacityBytes) throw new DiskError('full', 'ENOSPC', 'no space left');
      node = this.#nextNode++;
      this.#names.set(path, node);
      this.#nodes.set(node, new Content(Buffer.alloc(0)));
      this.trace.push({ kind: 'create', path, node });
    }
    const handle = this.#nextHandle++;
    this.#open.set(handle, node ?? this.#node(path));
    return handle;
  }

  openDirectory(): number {
    return directoryHandle;
  }

  close(file: number): void {
    this.#open.delete(file);
  }

  size(file: number): number {
    return this.#content(file).length;
  }

  identity(file: number): number {
    return this.#open.get(file)!;
  }

  write(file: number, bytes: Buffer, start: number, end: number, position: number): number {
    if (this.failsWrites) throw new DiskError('failed', 'EIO', 'the medium fails');
    const content = this.#content(file);
    const grows = Math.max(0, position + end - start - content.length);
    const missing = Math.max(0, this.usedBytes + grows - this.capacityBytes);
    const taken = Math.max(0, end - start - missing);
    if (taken === 0) throw new DiskError('full', 'ENOSPC', 'no space left');
    const copy = Buffer.from(bytes.subarray(start, start + taken));
    content.put(copy, position);
    this.trace.push({ kind: 'write', node: this.#open.get(file)!, position, bytes: copy });
    return taken;
  }

  read(file: number, bytes: Buffer, start: number, end: number, position: number): number {
    const content = this.#content(file);
    for (const path of this.unreadable)
      if (this.#names.get(path) === this.#open.get(file)) throw new DiskError('failed', 'EIO', 'the medium fails');
    let until = Math.min(content.length, position + end - start);
    for (const [path, { from, to }] of this.badSectors) {
      if (this.#names.get(path) !== this.#open.get(file) || until <= from || position >= to) continue;
      if (position >= from) throw new DiskError('failed', 'EIO', 'the medium fails');
      until = from;
    }
    return content.bytes.copy(bytes, start, Math.min(position, content.length), until);
  }

  sync(file: number): void {
    const node = file === directoryHandle ? directoryHandle : this.#open.get(file)!;
    if (this.failsSyncs) throw this.#lost(node, this.trace.length);
    this.#record(node, this.trace.length);
  }

  syncLater(file: number, done: (error: DiskError | null) => void): void {
    const through = this.trace.length;
    // The handle may be closed before the sync has ended: what is synced is the file.
    const node = file === directoryHandle ? directoryHandle : this.#open.get(file)!;
    const end = (): void => {
      if (this.failsSyncs) return done(this.#lost(node, through));
      this.#record(node, through);
      return done(null);
    };
    if (this.syncMs === 0) this.#clock.soon(end);
    else this.#clock.after(this.syncMs, end);
  }

  rename(from: string, to: string): void {
    const node = this.#node(from);
    this.#names.delete(from);
    this.#names.set(to, node);
    this.trace.push({ kind: 'rename', from, to });
  }

  remove(path: string): void {
    this.#nodes.delete(this.#node(path));
    this.#names.delete(path);
    this.trace.push({ kind: 'remove', path });
  }

  freeBytes(): number {
    return this.capacityBytes - this.usedBytes;
  }

  lock(path: string): DiskLock | null {
    if (this.#locks.has(path)) return null;
    this.#locks.add(path);
    return { release: () => void this.#locks.delete(path) };
  }

  bootId(): string {
    return this.boot;
  }

  #lost(node: number, through: number): DiskError {
    if (node !== directoryHandle) this.trace.push({ kind: 'sync-lost', node, through });
    return new DiskError('failed', 'EIO', 'the medium fails');
  }

  #record(node: number, through: number): void {
    if (this.liesAboutSyncs) return;
    this.trace.push(node === directoryHandle ? { kind: 'sync-names', through } : { kind: 'sync', node, through });
  }

  #node(path: string): number {
    const node = this.#names.get(path);
    if (node === undefined) throw new DiskError('missing', 'ENOENT', `${path} does not exist`);
    return node;
  }

  #content(file: number): Content {
    const content = this.#nodes.get(this.#open.get(file) ?? -1);
    if (content === undefined) throw new DiskError('failed', 'EBADF', `file ${file} is not open`);
    return content;
  }
}
