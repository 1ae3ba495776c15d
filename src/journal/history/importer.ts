import { crc32 } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import type { Disk } from '../disk.ts';
import { type LogItem, LogReader } from '../reader.ts';
import { listSegments } from '../segment.ts';
import { limits } from '../../protocol/limits.ts';
import { type HistoryDatabase, isTrouble } from './database.ts';
import { People } from './people.ts';
import { type ImportState, RoomImport } from './room-import.ts';

// Brings the history of all rooms up to their logs. Owns a reader and an import per room. Works in batches: one
// transaction each, bounded by events and by time, so that readers of the database see it move and a crash repeats
// little.

export interface ImportRoom {
  readonly name: string;
  readonly handle: string;
  readonly epoch: string;
  /** Where the room's log is. */
  readonly directory: string;
  /** How far it may be read. */
  readonly writtenSeq: () => number;
}

/** How the import of a room stands. */
export interface ImportProgress {
  readonly room: string;
  /** Newest event in the history. */
  readonly seq: number;
  /** First event that the log has to keep: what is before it is in the history, also after a power cut. */
  readonly neededSeq: number;
  /** Events of the log that are still to come. */
  readonly behind: number;
  /** Times that the ranking's totals were other than the history's: 0, or there is a bug. */
  readonly disagreements: number;
  /** Events that could not be imported because of a bug. */
  readonly faults: number;
}

export interface ImporterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly database: HistoryDatabase;
  /** Told of an event that could not be imported. */
  readonly onFault: (room: string, seq: number, error: unknown) => void;
  /** A new file for a copy of the whole history, as it is before something of it is forgotten for good. */
  readonly copyName: () => string;
  /** Told of a room whose log no longer holds what the history knew, and of the copy that has it. */
  readonly onForgotten: (room: string, copy: string) => void;
}

interface Housed {
  readonly room: ImportRoom;
  readonly target: RoomImport;
  reader: LogReader;
  /** Seqs of events of the present batch that could not be applied: left out when they come again. */
  readonly poison: Set<number>;
  faults: number;
  /** Newest event that a power cut cannot take from the history; 0 = not known of any. */
  safeSeq: number;
}

export class Importer {
  readonly #options: ImporterOptions;
  readonly #people: People;
  readonly #rooms = new Map<string, Housed>();
  /** The last copy that was made; '' = none. */
  #copy = '';
  /** Rooms of which the last copy does not have everything. */
  readonly #changed = new Set<string>();

  constructor(options: ImporterOptions) {
    this.#options = options;
    this.#people = new People(options.database);
  }

  /** Takes up the import of a room. Goes back where the history knows more than the log, or something else. */
  addRoom(room: ImportRoom): void {
    const { disk, database } = this.#options;
    const target = new RoomImport(database, this.#people, room);
    const states = target.states();
    const good = states.findIndex((state) => this.#agrees(room, state));
    if (states.length > 0 && good !== 0) {
      const agreed = states[good] ?? null;
      if (this.#forgets(room, target, agreed)) this.#keepCopy(room.name);
      this.#changed.add(room.name);
      target.rollBack(this.#beginsAnew(room, target, agreed) ? null : agreed);
      this.#people.clear();
    }
    const reader = new LogReader(disk, room.directory, target.nextSeq);
    this.#rooms.set(room.name, { room, target, reader, poison: new Set(), faults: 0, safeSeq: 0 });
  }

  removeRoom(name: string): void {
    this.#rooms.get(name)?.reader.close();
    this.#rooms.delete(name);
  }

  /** Has what was imported survive a power cut, where no reader is in the way: then another time. */
  keepSafe(): void {
    const { database } = this.#options;
    const housed = [...this.#rooms.values()];
    if (housed.every(({ target, safeSeq }) => safeSeq === target.nextSeq - 1) || !database.checkpoint()) return;
    for (const one of housed) one.safeSeq = one.target.nextSeq - 1;
  }

  progress(): ImportProgress[] {
    return [...this.#rooms.values()].map(({ room, target, faults, safeSeq }) => ({
      room: room.name,
      seq: target.nextSeq - 1,
      neededSeq: safeSeq + 1,
      behind: Math.max(0, room.writtenSeq() - target.nextSeq + 1),
      disagreements: target.disagreements,
      faults,
    }));
  }

  /** One batch for every room that has something to import. True: there may be more. */
  turn(): boolean {
    let more = false;
    for (const housed of this.#rooms.values()) {
      if (housed.target.nextSeq > housed.room.writtenSeq()) continue;
      more = this.#batch(housed) || more;
    }
    return more;
  }

  close(): void {
    for (const { reader } of this.#rooms.values()) reader.close();
  }

  #batch(housed: Housed): boolean {
    const { database, clock, onFault } = this.#options;
    const { target, room } = housed;
    const limit = room.writtenSeq();
    this.#changed.add(room.name);
    const untilMs = clock.nowMs() + limits.historyBatchMs.value;
    let at = 0;
    let more = false;
    try {
      database.transaction(() => {
        for (let count = 0; count < limits.historyBatchEvents.value; count++) {
          const item = housed.reader.next(limit);
          if (item === null) break;
          at = item.kind === 'record' ? item.seq : item.from;
          apply(target, item, housed.poison);
          if (count % 64 === 63 && clock.nowMs() > untilMs) break;
        }
        target.flush();
      });
      // All of them were in the batch, which bounds how many there are.
      housed.poison.clear();
      more = target.nextSeq <= limit;
    } catch (error) {
      // The transaction has left nothing behind; the batch is read again, without what it has tripped over so far. What
      // the disk refuses is no event's fault: leaving one out would not help.
      if (at === 0 || housed.poison.has(at) || isTrouble(error)) throw error;
      housed.poison.add(at);
      housed.faults++;
      onFault(room.name, at, error);
      this.#people.clear();
      target.restore();
      housed.reader.close();
      housed.reader = new LogReader(this.#options.disk, room.directory, target.nextSeq);
      more = true;
    }
    return more;
  }

  /** Whether going back costs what the log cannot give again: it is another log, or begins later. */
  #forgets({ directory }: ImportRoom, target: RoomImport, to: ImportState | null): boolean {
    if (to === null) return target.firstSeq() > 0;
    const [firstSeq] = listSegments(this.#options.disk, directory);
    return firstSeq === undefined || firstSeq > to.seq + 1;
  }

  /** A log that is not far from its beginning, and has it, gives all of it once more: exactly as it was. */
  #beginsAnew({ directory }: ImportRoom, target: RoomImport, agreed: ImportState | null): boolean {
    if (agreed === null || agreed.seq >= limits.historyStateEvents.value) return false;
    const [firstSeq] = listSegments(this.#options.disk, directory);
    return firstSeq !== undefined && firstSeq <= target.firstSeq();
  }

  /** One copy is enough for all rooms that have not changed since it was made. */
  #keepCopy(room: string): void {
    const { database, copyName, onForgotten } = this.#options;
    if (this.#copy === '' || this.#changed.has(room)) {
      const copy = copyName();
      database.copyTo(copy);
      this.#copy = copy;
      this.#changed.clear();
    }
    onForgotten(room, this.#copy);
  }

  /** Whether the log still has, at the state's position, the event that was imported there. */
  #agrees(room: ImportRoom, state: ImportState): boolean {
    if (state.seq > room.writtenSeq()) return false;
    const reader = new LogReader(this.#options.disk, room.directory, state.seq);
    const item = reader.next(state.seq);
    // What retention has removed cannot be compared: it was written long ago.
    const agrees = item?.kind !== 'record' || state.crc === 0 || crc32(item.payload) === state.crc;
    reader.close();
    return agrees;
  }
}

function apply(target: RoomImport, item: LogItem, poison: ReadonlySet<number>): void {
  if (item.kind === 'hole') target.hole(item.from, item.to, 'log');
  else if (poison.has(item.seq)) target.hole(item.seq, item.seq, 'fault');
  else target.apply(item.seq, item.payload, item.atMs);
}
