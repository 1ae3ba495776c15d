import type { Clock } from '../../base/clock.ts';
import { Room, type RoomOptions, RoomPast, type RoomPastOptions, type RoomParts } from '../../broker/simulation.ts';
import type { Journal, RecoveredLog, RecoveryVisitor } from '../../journal/journal.ts';
import type { SimulatedDisk } from '../../journal/simulation/simulation.ts';
import { Normalizer, type NormalizerOptions } from '../../normalizer/normalizer.ts';
import type { Link } from '../../protocol/link.ts';
import type { RoomTruth } from './room-truth.ts';

// Where the world hands the broker its parts. Plants (plants.ts) put a broken one in place of the real one here, so
// that the product's own code has no place for bugs to be switched on.

export interface Hooks {
  parts(parts: RoomParts): RoomParts;
  journal(journal: Journal): Journal;
  room(options: RoomOptions): Room;
  past(options: RoomPastOptions): RoomPast;
  normalizer(options: NormalizerOptions): Normalizer;
  visitor(visitor: RecoveryVisitor, lastSeq: () => number): RecoveryVisitor;
  recovered(log: RecoveredLog, truth: RoomTruth): RecoveredLog;
  link(link: Link, room: Room): Link;
  /** The clock of the journal's thread. */
  threadClock(clock: Clock): Clock;
  /** After each turn of the keeper. */
  kept(disk: SimulatedDisk, directory: string): void;
  disk(disk: SimulatedDisk): void;
}

export const noHooks: Hooks = {
  parts: (parts) => parts,
  journal: (journal) => journal,
  room: (options) => new Room(options),
  past: (options) => new RoomPast(options),
  normalizer: (options) => new Normalizer(options),
  visitor: (visitor) => visitor,
  recovered: (log) => log,
  link: (link) => link,
  threadClock: (clock) => clock,
  kept: () => undefined,
  disk: () => undefined,
};
