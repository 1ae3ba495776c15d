// Comma-separated values as spreadsheets and programs read them: RFC 4180, lines end in CR LF. What a spreadsheet
// would take for a formula is disarmed (names and chat texts come from strangers), and long ids are kept from
// becoming numbers.

export interface CsvOptions {
  /**
   * For people who open the file in a spreadsheet: a byte order mark, so that names are read as UTF-8, and an
   * apostrophe before ids, which have more digits than a spreadsheet keeps. Formulas are disarmed either way.
   */
  readonly forSpreadsheets: boolean;
}

export type CsvValue = string | number | boolean | null;

/** Characters with which a spreadsheet begins a formula, or which it skips before looking for one. */
const formulaStart = /^[\s\u0000]*[=+\-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]|^[\t\r\n]/u;
/**
 * The same inside a field. Where lists are separated by semicolons (German, French, Spanish, Brazilian), a spreadsheet
 * splits the file there and knows no quotes behind a comma, so that line breaks end its cells too; tabs are a choice.
 */
const formulaInside = /(?<=[;\t\r\n][\s\u0000"]*)[=+\-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]/gu;
const numberText = /^-?\d+(?:\.\d+)?$/;

/** One field, quoted where it must be. `id`: digits that are a name, not a number. */
export function csvField(value: CsvValue, id: boolean, options: CsvOptions): string {
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  let text = value.replace(formulaInside, "'$&");
  if (id && options.forSpreadsheets && numberText.test(text)) text = `'${text}`;
  else if (formulaStart.test(text)) text = `'${text}`;
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line with its end. `ids`: which columns are ids. */
export function csvLine(values: readonly CsvValue[], ids: readonly boolean[], options: CsvOptions): string {
  return `${values.map((value, column) => csvField(value, ids[column] ?? false, options)).join(',')}\r\n`;
}

export const byteOrderMark = '\u{feff}';
