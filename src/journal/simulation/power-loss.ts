import type { Random } from '../../base/random.ts';
import type { DiskImage, DiskOperation } from './simulated-disk.ts';

// What a power cut may leave of a disk: replays a recorded order of operations up to some point, and makes the images
// that a journaling file system may come up with then. What was synced is there. Of what was not, anything goes: all
// of it, none, a prefix with the last write torn at a sector, or any sectors at all with zeros between them. What a
// sync failed to save is gone, unless it was written once more. Names (files made, renamed, removed) survive in the
// order in which they changed, up to some point after the last sync of the directory.

const sectorBytes = 512;

type NameOperation = Exclude<DiskOperation, { kind: 'write' | 'sync' | 'sync-lost' | 'sync-names' }>;
type Write = Extract<DiskOperation, { kind: 'write' }>;

/** What becomes of the unsynced writes of one image. */
export type Survival = 'none' | 'all' | 'torn' | 'torn-zeros' | 'scattered';
export const survivals: readonly Survival[] = ['none', 'all', 'torn', 'torn-zeros', 'scattered'];

export class PowerLoss {
  readonly #trace: readonly DiskOperation[];
  readonly #random: Random;
  /** Operations replayed. */
  #at = 0;
  /** Durable content by node, and the writes to it that are not durable yet, with their index. */
  readonly #durable = new Map<number, Buffer>();
  #pending: { readonly index: number; readonly write: Write }[] = [];
  readonly #names = new Map<string, number>();
  #pendingNames: { readonly index: number; readonly operation: NameOperation }[] = [];

  /** `base`: what was on the medium before the first operation; left out for an empty disk. */
  constructor(trace: readonly DiskOperation[], random: Random, base?: DiskImage) {
    this.#trace = trace;
    this.#random = random;
    for (const [path, node] of base?.names ?? []) this.#names.set(path, node);
    for (const [node, bytes] of base?.nodes ?? []) this.#durable.set(node, bytes);
  }

  /** Goes on to just before operation `index`. */
  advance(index: number): void {
    for (; this.#at < index; this.#at++) this.#apply(this.#trace[this.#at]!, this.#at);
  }

  /**
   * One image that the cut may leave here. `names`: whether unsynced names survive; false keeps a random prefix of
   * them.
   */
  image(survival: Survival, names: boolean): DiskImage {
    const found = new Map(this.#names);
    const kept = names ? this.#pendingNames.length : this.#random.int(this.#pendingNames.length + 1);
    for (const { operation } of this.#pendingNames.slice(0, kept)) rename(found, operation);
    const nodes = new Map<number, Buffer>();
    for (const node of found.values()) nodes.set(node, this.#content(node, survival));
    return { names: found, nodes };
  }

  #apply(operation: DiskOperation, index: number): void {
    switch (operation.kind) {
      case 'write':
        this.#pending.push({ index, write: operation });
        break;
      case 'sync':
      case 'sync-lost': {
        const { kind, node, through } = operation;
        const covered = (entry: { index: number; write: Write }): boolean =>
          entry.write.node === node && entry.index < through;
        for (const { write } of kind === 'sync' ? this.#pending.filter(covered) : [])
          this.#durable.set(node, put(this.#base(node), write));
        this.#pending = this.#pending.filter((entry) => !covered(entry));
        break;
      }
      case 'sync-names': {
        const { through } = operation;
        for (const { index: at, operation: name } of this.#pendingNames) if (at < through) rename(this.#names, name);
        this.#pendingNames = this.#pendingNames.filter((entry) => entry.index >= through);
        break;
      }
      default:
        this.#pendingNames.push({ index, operation });
    }
  }

  #base(node: number): Buffer {
    return this.#durable.get(node) ?? Buffer.alloc(0);
  }

  #content(node: number, survival: Survival): Buffer {
    const writes = this.#pending.filter((entry) => entry.write.node === node).map((entry) => entry.write);
    let bytes = this.#base(node);
    if (survival === 'none' || writes.length === 0) return bytes;
    if (survival === 'scattered') {
      for (const write of writes) for (const sector of sectors(write)) bytes = this.#scatter(bytes, sector);
      return bytes;
    }
    const torn = survival === 'all' ? null : writes.pop()!;
    for (const write of writes) bytes = put(bytes, write);
    if (torn === null) return bytes;
    const cut = { ...torn, bytes: torn.bytes.subarray(0, this.#random.int(torn.bytes.length + 1)) };
    // A sector is written whole or not at all: what lies before the cut in the same sector may be gone as well.
    if (this.#random.chance(0.5)) cut.bytes = cut.bytes.subarray(0, alignedLength(cut));
    const short = put(bytes, cut);
    return survival === 'torn' ? short : grown(short, torn.position + torn.bytes.length);
  }

  /** The file has grown over the sector; its bytes may have come or not. */
  #scatter(bytes: Buffer, sector: Write): Buffer {
    return this.#random.chance(0.5) ? put(bytes, sector) : grown(bytes, sector.position + sector.bytes.length);
  }
}

function rename(names: Map<string, number>, operation: NameOperation): void {
  if (operation.kind === 'create') names.set(operation.path, operation.node);
  else if (operation.kind === 'remove') names.delete(operation.path);
  else {
    const node = names.get(operation.from);
    names.delete(operation.from);
    if (node !== undefined) names.set(operation.to, node);
  }
}

function put(bytes: Buffer, write: Write): Buffer {
  const result = Buffer.alloc(Math.max(bytes.length, write.position + write.bytes.length));
  bytes.copy(result);
  write.bytes.copy(result, write.position);
  return result;
}

function grown(bytes: Buffer, length: number): Buffer {
  if (bytes.length >= length) return bytes;
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}

/** Length of the write up to the last sector boundary inside it. */
function alignedLength(write: Write): number {
  const end = write.position + write.bytes.length;
  return Math.max(0, end - (end % sectorBytes) - write.position);
}

function sectors(write: Write): Write[] {
  const parts: Write[] = [];
  for (let at = 0; at < write.bytes.length;) {
    const length = Math.min(sectorBytes - ((write.position + at) % sectorBytes), write.bytes.length - at);
    parts.push({ ...write, position: write.position + at, bytes: write.bytes.subarray(at, at + length) });
    at += length;
  }
  return parts;
}
