import { appendFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { limits } from '../protocol/limits.ts';
import { unpackMessages } from '../protocol/packed-messages.ts';
import type { Quarantined, QuarantineList } from '../protocol/quarantine.ts';
import type { RawMessage } from '../protocol/raw.ts';
import type { QuarantineCounters } from './quarantine-counters.ts';
import { formatKept, type KeptMessage, parseKept } from './quarantine-file.ts';
import type { QuarantineBatch, ReadUpTo } from './quarantine-messages.ts';

// Owns what one room has set aside: files of recording lines beside its log, and in memory where each message stands.
// Bounded by quarantineKeptMax messages and quarantineKeptBytesMax bytes: the oldest file goes first, and is counted.
// What was run again and understood stays in its file until that goes, and is named in resolved.json. Without a
// directory everything is in memory, within the bounds that a room's own quarantine has. One call at a time.

export interface QuarantineBounds {
  readonly entriesMax: number;
  readonly bytesMax: number;
  readonly fileBytesMax: number;
}

const bounds: QuarantineBounds = {
  entriesMax: limits.quarantineKeptMax.value,
  bytesMax: limits.quarantineKeptBytesMax.value,
  fileBytesMax: limits.quarantineFileBytesMax.value,
};

const memoryBounds: QuarantineBounds = {
  entriesMax: limits.quarantineMessagesMax.value,
  bytesMax: limits.quarantineBytesMax.value,
  fileBytesMax: limits.quarantineBytesMax.value / 8,
};

/** A message, and where its line is. */
interface Place {
  readonly facts: Quarantined;
  /** In its file; a place in memory has its line itself. */
  readonly offset: number;
  readonly length: number;
  readonly line: string | null;
}

/** Messages that leave together. */
interface Part {
  /** null = in memory. */
  readonly file: string | null;
  bytes: number;
  readonly places: Place[];
}

interface Line {
  readonly facts: Quarantined;
  readonly text: string;
  readonly length: number;
}

export class QuarantineStore {
  readonly #directory: string | null;
  readonly #counters: QuarantineCounters;
  readonly #bounds: QuarantineBounds;
  #parts: Part[] = [];
  /** The part that is written on; one of an earlier life may end in a torn line, and is not. */
  #writing: Part | null = null;
  #resolved = new Set<number>();
  #nextId = 1;
  #readUpTo: ReadUpTo | null = null;
  #dropped = 0;

  constructor(directory: string | null, counters: QuarantineCounters, own?: QuarantineBounds) {
    this.#directory = directory;
    this.#counters = counters;
    this.#bounds = own ?? (directory === null ? memoryBounds : bounds);
  }

  /** Up to where the room's quarantine in memory has been read. */
  get readUpTo(): ReadUpTo | null {
    return this.#readUpTo;
  }

  /** Finds out what is there from earlier lives. Lines that a crash has torn are passed over. */
  async open(): Promise<void> {
    const directory = this.#directory;
    if (directory === null) return;
    const names = (await namesIn(directory)).filter((name) => /^\d{12}\.ndjson$/.test(name)).toSorted();
    for (const name of names) await this.#readPart(path.join(directory, name));
    this.#resolved = new Set(await readResolved(path.join(directory, 'resolved.json')));
    this.#dropped = (this.#parts.find(({ places }) => places.length > 0)?.places[0]!.facts.id ?? this.#nextId) - 1;
  }

  /** Keeps what was set aside. What the disk refuses is kept in memory. */
  async add(batch: QuarantineBatch): Promise<void> {
    const read = this.#readUpTo;
    const before = read?.life === batch.life ? read.number : 0;
    // What an earlier life of this thread has kept already comes once more.
    const fresh = unpackMessages(batch.messages).flatMap((raw, index) =>
      batch.numbers[index]! > before ? [{ raw, index }] : [],
    );
    if (fresh.length === 0) return;
    this.#counters.add('missed', batch.numbers[fresh[0]!.index]! - before - 1);
    const kept = fresh.map(({ raw, index }) => this.#keptMessage(batch, raw, index));
    this.#readUpTo = kept.at(-1)!.from;
    let lines: Line[] = [];
    let bytes = this.#writing?.bytes ?? 0;
    for (const message of kept) {
      const text = formatKept(message);
      const length = Buffer.byteLength(text);
      if (this.#writing === null || bytes + length > this.#bounds.fileBytesMax) {
        await this.#write(lines);
        lines = [];
        bytes = 0;
        this.#beginPart(message.facts.id);
      }
      lines.push({ facts: message.facts, text, length });
      bytes += length;
    }
    await this.#write(lines);
    this.#counters.add('written', kept.length);
    await this.#makeRoom();
  }

  /** The newest messages before id `before`, newest first; those that were understood since are left out. */
  list(before: number, rowsMax: number): QuarantineList {
    const places = this.#open();
    const reasons: Record<string, number> = {};
    for (const { facts } of places) reasons[facts.reason] = (reasons[facts.reason] ?? 0) + 1;
    const older = places.filter(({ facts }) => facts.id < before);
    return {
      messages: older
        .slice(-rowsMax)
        .map(({ facts }) => facts)
        .toReversed(),
      reasons,
      count: places.length,
      bytes: bytesOf(this.#parts),
      dropped: this.#dropped,
      resolved: this.#resolved.size,
    };
  }

  /** Messages that can be run again: those of `ids`, or all with id above `after`, oldest first, at most `countMax`. */
  async messages(ids: readonly number[] | null, after: number, countMax: number): Promise<KeptMessage[]> {
    const wanted = ids === null ? null : new Set(ids);
    const found: KeptMessage[] = [];
    for (const part of this.#parts)
      for (const place of part.places) {
        const { id, kept } = place.facts;
        if (!kept || id <= after || this.#resolved.has(id) || (wanted !== null && !wanted.has(id))) continue;
        if (found.length === countMax) return found;
        const message = await this.#read(part, place);
        if (message !== null) found.push(message);
      }
    return found;
  }

  /** One message; null = there is none, or its bytes cannot be read any more. */
  async find(id: number): Promise<{ readonly facts: Quarantined; readonly raw: RawMessage } | null> {
    for (const part of this.#parts) {
      const place = part.places.find(({ facts }) => facts.id === id);
      if (place !== undefined) return await this.#read(part, place);
    }
    return null;
  }

  /** These were run again and understood. */
  async resolve(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.#resolved.add(id);
    this.#counters.add('resolved', ids.length);
    await this.#writeResolved();
  }

  #open(): Place[] {
    return this.#parts.flatMap(({ places }) => places).filter(({ facts }) => !this.#resolved.has(facts.id));
  }

  #keptMessage(batch: QuarantineBatch, raw: RawMessage, index: number): KeptMessage {
    const { method, msgId, receivedAt: at } = raw;
    const [reason, detail] = [batch.reasons[index]!, batch.details[index]!];
    const [byteLength, kept] = [batch.byteLengths[index]!, batch.kept[index]!];
    const facts = { id: this.#nextId++, at, method, msgId, reason, detail, byteLength, kept };
    return { facts, raw, from: { life: batch.life, number: batch.numbers[index]! } };
  }

  #beginPart(firstId: number): void {
    const name = `${String(firstId).padStart(12, '0')}.ndjson`;
    const file = this.#directory === null ? null : path.join(this.#directory, name);
    this.#writing = { file, bytes: 0, places: [] };
    this.#parts.push(this.#writing);
  }

  /** Adds `lines` to the part at hand: on the disk, or in memory where that refuses or where there is none. */
  async #write(lines: readonly Line[]): Promise<void> {
    const part = this.#writing;
    if (part === null || lines.length === 0) return;
    const onDisk = part.file !== null && (await this.#append(part.file, lines));
    // A file that refused may hold a part of a line now: it is not written on.
    if (part.file !== null && !onDisk) this.#writing = null;
    const into = part.file === null || onDisk ? part : this.#inMemory();
    for (const { facts, text, length } of lines) {
      into.places.push({ facts, offset: into.bytes, length, line: onDisk ? null : text });
      into.bytes += length;
    }
  }

  async #append(file: string, lines: readonly Line[]): Promise<boolean> {
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await appendFile(file, lines.map(({ text }) => text).join(''), { mode: 0o600 });
      return true;
    } catch {
      this.#counters.add('failures');
      return false;
    }
  }

  #inMemory(): Part {
    const part: Part = { file: null, bytes: 0, places: [] };
    this.#parts.push(part);
    return part;
  }

  async #makeRoom(): Promise<void> {
    const { entriesMax, bytesMax } = this.#bounds;
    const inMemory = this.#parts.filter(({ file }) => file === null);
    while (inMemory.length > 1 && bytesOf(inMemory) > memoryBounds.bytesMax) await this.#drop(inMemory.shift()!);
    while (
      this.#parts.length > 1 &&
      (this.#parts.reduce((sum, { places }) => sum + places.length, 0) > entriesMax || bytesOf(this.#parts) > bytesMax)
    )
      await this.#drop(this.#parts[0]!);
  }

  async #drop(part: Part): Promise<void> {
    this.#parts = this.#parts.filter((other) => other !== part);
    this.#dropped += part.places.length;
    this.#counters.add('dropped', part.places.length);
    for (const { facts } of part.places) this.#resolved.delete(facts.id);
    if (part.file !== null) await rm(part.file, { force: true });
  }

  async #readPart(file: string): Promise<void> {
    const firstId = Number(path.basename(file, '.ndjson'));
    const bytes = await this.#bytesOf(file);
    if (bytes === null) {
      // It takes its part of what there may be, and of the ids: nobody knows how many it has given.
      this.#parts.push({ file, bytes: 0, places: [] });
      this.#nextId = Math.max(this.#nextId, firstId + this.#bounds.entriesMax);
      return;
    }
    const part: Part = { file, bytes: bytes.length, places: [] };
    let offset = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, offset)) {
      const message = parseKept(bytes.toString('utf8', offset, end));
      if (message !== null) {
        part.places.push({ facts: message.facts, offset, length: end + 1 - offset, line: null });
        this.#nextId = Math.max(this.#nextId, message.facts.id + 1);
        this.#readUpTo = message.from;
      }
      offset = end + 1;
    }
    // A file of which nothing can be read still has its name: no id is given twice.
    this.#nextId = Math.max(this.#nextId, firstId + 1);
    this.#parts.push(part);
  }

  /** null: the disk does not give the file back. What else was set aside is none the worse for it. */
  async #bytesOf(file: string): Promise<Buffer | null> {
    try {
      return await readFile(file);
    } catch {
      this.#counters.add('failures');
      return null;
    }
  }

  async #read(part: Part, place: Place): Promise<KeptMessage | null> {
    try {
      return await readPlace(part, place);
    } catch {
      this.#counters.add('failures');
      return null;
    }
  }

  async #writeResolved(): Promise<void> {
    if (this.#directory === null) return;
    const file = path.join(this.#directory, 'resolved.json');
    try {
      await writeFile(`${file}.new`, JSON.stringify([...this.#resolved]), { mode: 0o600 });
      await rename(`${file}.new`, file);
    } catch {
      // Known until the process ends, and written with the next ones: after a restart they may be run once more.
      this.#counters.add('failures');
    }
  }
}

function bytesOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function readPlace({ file }: Part, { offset, length, line }: Place): Promise<KeptMessage | null> {
  if (line !== null || file === null) return parseKept(line ?? '');
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.alloc(length);
    await handle.read(bytes, 0, length, offset);
    return parseKept(bytes.toString());
  } finally {
    await handle.close();
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Ids that were written; none where there is no such file, or one that cannot be read: they are run again then. */
async function readResolved(file: string): Promise<readonly number[]> {
  try {
    const ids: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(ids) ? ids.filter((id) => Number.isSafeInteger(id)) : [];
  } catch {
    return [];
  }
}
