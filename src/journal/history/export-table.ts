import type { CsvValue } from './csv.ts';
import { type HistoryDatabase, type Row, textOf } from './database.ts';

// What an export is made of, whatever its format: columns, and rows that are made one by one.

/** `id`: text that looks like a number and is none. `time`: Unix ms; 0 = not said. */
export interface Column {
  readonly name: string;
  readonly kind?: 'id' | 'time';
}

export interface ExportTable {
  /** For the name of a file or sheet. */
  readonly title: string;
  readonly columns: readonly Column[];
  /** How many rows there will be, as far as it can be told beforehand: for progress. */
  readonly expected: number;
  readonly rows: Iterable<readonly CsvValue[]>;
}

/** Columns by name, several in one text, and those that need more than a name. */
export function columns(...parts: (string | readonly Column[])[]): Column[] {
  return parts.flatMap((part) => (typeof part === 'string' ? part.split(' ').map((name) => ({ name })) : part));
}

export function ids(...names: string[]): Column[] {
  return names.map((name) => ({ name, kind: 'id' }));
}

export function times(...names: string[]): Column[] {
  return names.map((name) => ({ name, kind: 'time' }));
}

/** Columns of a person. */
export const personColumns: readonly Column[] = columns(ids('user_id'), 'handle name');

export function personValues(row: Row | undefined): CsvValue[] {
  return [textOf(row, 'upstream'), textOf(row, 'handle'), textOf(row, 'name')];
}

/** The last time that a Date can be. */
const latestMs = 8_640_000_000_000_000;

/** A value of a time column as ISO 8601 in UTC; null where it was not said. */
export function isoTime(value: CsvValue): string | null {
  return typeof value === 'number' && value > 0 && value <= latestMs ? new Date(value).toISOString() : null;
}

/** Rows of a query, as they come. */
export function* mapped(
  database: HistoryDatabase,
  sql: string,
  values: readonly (string | number | null)[],
  row: (row: Row) => CsvValue[],
): Generator<CsvValue[]> {
  for (const found of database.prepare(sql).iterate(...values)) yield row(found);
}
