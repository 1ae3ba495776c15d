import { byteOrderMark, csvLine } from './csv.ts';
import type { HistoryDatabase } from './database.ts';
import type { Deadline } from './deadline.ts';
import { type ExportTable, exportTable } from './export-rows.ts';
import { eventsOf, type LogPlace } from './log-events.ts';
import type { ExportRequest } from './requests.ts';

// Exports as text, in pieces of some tens of kilobytes: what is read is written on at once, nothing is held whole (of a
// board, its numbers are). Whoever reads the pieces sets the pace.

const pieceChars = 65_536;

/** A piece of an export, with the number of rows up to its end: for progress. */
export interface ExportPiece {
  readonly text: string;
  readonly rows: number;
}

/** The pieces of an export; null where what it names is not known. */
export function exportPieces(
  database: HistoryDatabase,
  request: ExportRequest,
  places: (room: string) => LogPlace,
  deadline: Deadline,
): Iterable<ExportPiece> | null {
  const { subject, format } = request;
  if (subject.of === 'events' && format !== 'csv') return gather(format, eventTexts(places(subject.room), subject));
  const table = exportTable(database, subject, places, deadline);
  if (table === null) return null;
  return format === 'csv'
    ? gather('csv', csvLines(table, request.forSpreadsheets ?? true))
    : gather(format, objectTexts(table));
}

function* csvLines(table: ExportTable, forSpreadsheets: boolean): Generator<string> {
  const ids = table.columns.map(({ id }) => id ?? false);
  const names = table.columns.map(({ name }) => name);
  yield (forSpreadsheets ? byteOrderMark : '') + csvLine(names, [], { forSpreadsheets: false });
  for (const row of table.rows) yield csvLine(row, ids, { forSpreadsheets });
}

function* objectTexts(table: ExportTable): Generator<string> {
  for (const row of table.rows)
    yield JSON.stringify(Object.fromEntries(table.columns.map(({ name }, column) => [name, row[column] ?? null])));
}

function* eventTexts(place: LogPlace, range: Parameters<typeof eventsOf>[1]): Generator<string> {
  for (const found of eventsOf(place, range)) if (found !== null && 'text' in found) yield found.text;
}

/** Joins texts to pieces, in the punctuation of the format. */
function* gather(format: ExportRequest['format'], texts: Iterable<string>): Generator<ExportPiece> {
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
    yield { text: piece, rows };
    piece = '';
  }
  if (format === 'json') piece += '\n]\n';
  if (piece !== '') yield { text: piece, rows };
}
