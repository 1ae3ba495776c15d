import type { Clock } from '../../base/clock.ts';
import type { ExportRequest } from '../../protocol/history-queries.ts';
import { limits } from '../../protocol/limits.ts';
import { byteOrderMark, csvLine, type CsvValue } from './csv.ts';
import type { HistoryDatabase } from './database.ts';
import { Deadline } from './deadline.ts';
import { eventTexts } from './export-events.ts';
import { expectedEvents, exportTable } from './export-rows.ts';
import { type Column, type ExportTable, isoTime } from './export-table.ts';
import type { LogPlace } from './log-events.ts';
import { findRoom } from './names.ts';

// Exports in pieces of some tens of kilobytes: what is read is written on at once, nothing is held whole (of a board,
// its numbers are). Whoever reads the pieces sets the pace.

const pieceChars = 65_536;

/** A piece of an export, with the number of rows up to its end: for progress. */
export interface ExportPiece {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

export interface OpenExport {
  /** How many rows there will be, as far as it can be told beforehand. */
  readonly expected: number;
  readonly pieces: Iterable<ExportPiece>;
}

/** Begins an export; null where what it names is not known. Throws QueryTimeout for a board that takes too long. */
export async function openExport(
  database: HistoryDatabase,
  request: ExportRequest,
  places: (room: string) => LogPlace,
  clock: Clock,
): Promise<OpenExport | null> {
  const { subject, format } = request;
  if (subject.of === 'events' && (format === 'json' || format === 'ndjson')) {
    const room = findRoom(database, subject.room);
    if (room === null) return null;
    const texts = eventTexts(places(room.name), subject);
    return { expected: expectedEvents(database, room, subject), pieces: gather(format, texts) };
  }
  const table = exportTable(database, subject, places, new Deadline(clock, limits.historyExportMs.value));
  if (table === null) return null;
  const { expected } = table;
  if (format === 'xlsx') {
    // Loaded when it is asked for: most exports are text.
    const { xlsxPieces } = await import('./xlsx.ts');
    return { expected, pieces: xlsxPieces(table) };
  }
  if (format === 'csv') return { expected, pieces: gather('csv', csvLines(table, request.forSpreadsheets ?? true)) };
  return { expected, pieces: gather(format, objectTexts(table)) };
}

function* csvLines(table: ExportTable, forSpreadsheets: boolean): Generator<string> {
  const ids = table.columns.map(({ kind }) => kind === 'id');
  const names = table.columns.map(({ name }) => name);
  yield (forSpreadsheets ? byteOrderMark : '') + csvLine(names, [], { forSpreadsheets: false });
  for (const row of table.rows) yield csvLine(inText(table.columns, row), ids, { forSpreadsheets });
}

function* objectTexts(table: ExportTable): Generator<string> {
  for (const row of table.rows) {
    const values = inText(table.columns, row);
    yield JSON.stringify(Object.fromEntries(table.columns.map(({ name }, column) => [name, values[column] ?? null])));
  }
}

/** A row as texts have it: times are ISO 8601 in UTC. */
function inText(columns: readonly Column[], row: readonly CsvValue[]): CsvValue[] {
  return row.map((value, column) => (columns[column]?.kind === 'time' ? isoTime(value) : value));
}

/** Joins texts to pieces, in the punctuation of the format. */
function* gather(format: 'csv' | 'json' | 'ndjson', texts: Iterable<string>): Generator<ExportPiece> {
  let piece = format === 'json' ? '[' : '';
  let rows = 0;
  // The first line of a table is its header.
  let first = true;
  for (const text of texts) {
    if (format === 'json') piece += first ? `\n${text}` : `,\n${text}`;
    else piece += format === 'csv' ? text : `${text}\n`;
    if (format !== 'csv' || !first) rows++;
    first = false;
    if (piece.length < pieceChars) continue;
    yield { bytes: Buffer.from(piece), rows };
    piece = '';
  }
  if (format === 'json') piece += '\n]\n';
  if (piece !== '') yield { bytes: Buffer.from(piece), rows };
}
