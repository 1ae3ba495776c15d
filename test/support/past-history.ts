import { systemClock } from '../../src/base/clock.ts';
import { HistoryDatabase } from '../../src/journal/history/database.ts';
import { Importer } from '../../src/journal/history/importer.ts';
import { HistoryQueries } from '../../src/journal/history/queries.ts';
import { directory } from './log-life.ts';
import type { Past } from './past-world.ts';

// The history of a made-up past, as the import thread makes it, without the thread.

export interface Built {
  readonly file: string;
  readonly database: HistoryDatabase;
  readonly importer: Importer;
  readonly queries: HistoryQueries;
  readonly faults: number[];
  /** Copies that were made before the past of the room was forgotten. */
  readonly copies: string[];
}

/** Opens `file` and begins to import; `importAll` goes on. */
export function build(past: Past, file: string): Built {
  const { life } = past;
  const database = HistoryDatabase.openToWrite(file);
  const faults: number[] = [];
  const copies: string[] = [];
  const importer = new Importer({
    disk: life.disk,
    clock: systemClock,
    database,
    onFault: (_room, seq) => void faults.push(seq),
    copyName: () => `${file}.before`,
    onForgotten: (_room, copy) => void copies.push(copy),
  });
  const writtenSeq = (): number => life.journal.sendable() - 1;
  importer.addRoom({ name: '1', handle: 'solene', epoch: life.journal.epoch, directory, writtenSeq });
  return { file, database, importer, queries: new HistoryQueries(database), faults, copies };
}

export function importAll({ importer }: Built): void {
  while (importer.turn());
}

export function close({ importer, database }: Built): void {
  importer.close();
  database.close();
}

/** What must be the same whichever way it came about. Checkpoints and states may stand at other positions. */
export const tables = [
  'room',
  'session',
  'battle',
  'battle_side',
  'person',
  'gift',
  'entry',
  'session_gifter',
  'room_gifter',
  'correction',
  'gap',
  'operator_change',
  'pulse',
];

/** Every row of these tables. */
export function contentOf({ database }: Built, names: readonly string[] = tables): unknown[] {
  return names.map((table) => database.all(`SELECT * FROM ${table}`));
}
