import { Zip, ZipDeflate } from 'fflate';
import type { CsvValue } from './csv.ts';
import type { ExportPiece } from './export.ts';
import type { Column, ExportTable } from './export-table.ts';
import * as parts from './xlsx-parts.ts';

// A workbook as a stream: rows are turned into the sheet's XML, compressed and given on as they come, so that a million
// of them take no more memory than a thousand. Texts are texts (never formulas), ids keep all of their digits, times
// are dates in UTC. What does not fit a sheet goes on in the next one. Compresses in the thread that reads it, which is
// an export's own.

/** What a sheet of this format can hold, its header among them. */
const sheetRowsMax = 1_048_576;
/** XML that is collected before it is compressed. */
const xmlChars = 65_536;
/** Compressed bytes that make a piece. */
const pieceBytes = 32_768;
/** Fast rather than small: XML this repetitive becomes a tenth either way. */
const level = 3;
/** The oldest time that an archive can hold: the same rows give the same file. */
const fileTime = new Date(1980, 0, 2);

export function* xlsxPieces(table: ExportTable, rowsMax = sheetRowsMax): Generator<ExportPiece> {
  const book = new Archive();
  let rows = 0;
  let sheets = 0;
  const iterator = table.rows[Symbol.iterator]();
  for (let next = iterator.next(); next.done !== true || sheets === 0;) {
    book.begin(parts.sheetPath(++sheets));
    book.write(parts.sheetHead(table.columns));
    for (let line = 2; next.done !== true && line <= rowsMax; line++, next = iterator.next()) {
      book.write(rowXml(table.columns, next.value, line));
      rows++;
      if (book.pendingBytes >= pieceBytes) yield { bytes: book.take(), rows };
    }
    book.write(parts.sheetEnd(table.columns));
    book.end();
  }
  for (const [path, xml] of parts.bookParts(table.title, sheets)) {
    book.begin(path);
    book.write(xml);
    book.end();
  }
  book.close();
  yield { bytes: book.take(), rows };
}

/** The archive being made. Owns the compressed bytes that nobody has taken yet. */
class Archive {
  readonly #zip: Zip;
  readonly #encoder = new TextEncoder();
  #file: ZipDeflate | null = null;
  #xml = '';
  #pending: Uint8Array[] = [];
  pendingBytes = 0;

  constructor() {
    this.#zip = new Zip((error, bytes) => {
      if (error !== null) throw error;
      this.#pending.push(bytes);
      this.pendingBytes += bytes.length;
    });
  }

  begin(path: string): void {
    this.#file = new ZipDeflate(path, { level });
    this.#file.mtime = fileTime;
    this.#zip.add(this.#file);
  }

  write(xml: string): void {
    this.#xml += xml;
    if (this.#xml.length >= xmlChars) this.#compress(false);
  }

  end(): void {
    this.#compress(true);
  }

  close(): void {
    this.#zip.end();
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.pendingBytes = 0;
    return bytes;
  }

  #compress(last: boolean): void {
    this.#file?.push(this.#encoder.encode(this.#xml), last);
    this.#xml = '';
  }
}

function rowXml(columns: readonly Column[], row: readonly CsvValue[], line: number): string {
  let xml = `<row r="${line}">`;
  for (let at = 0; at < row.length; at++) xml += cellXml(row[at]!, columns[at]?.kind, `${parts.letters(at)}${line}`);
  return `${xml}</row>`;
}

function cellXml(value: CsvValue, kind: Column['kind'], place: string): string {
  if (value === null || value === '') return '';
  if (typeof value === 'boolean') return `<c r="${place}" t="b"><v>${value ? 1 : 0}</v></c>`;
  if (typeof value === 'string') {
    const style = kind === 'id' ? ` s="${parts.styles.text}"` : '';
    return `<c r="${place}" t="inlineStr"${style}><is><t xml:space="preserve">${parts.xmlText(value)}</t></is></c>`;
  }
  if (kind !== 'time') return `<c r="${place}"><v>${value}</v></c>`;
  const date = parts.dateNumber(value);
  return date === null ? '' : `<c r="${place}" s="${parts.styles.time}"><v>${date}</v></c>`;
}
