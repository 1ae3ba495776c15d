import type { Column } from './export-table.ts';

// The fixed parts of a workbook (Office Open XML, ECMA-376 part 1), and how its values are written.

const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const spreadsheetNamespace = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packageNamespace = 'http://schemas.openxmlformats.org/package/2006';
const contentType = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Places in the style sheet's list of cell formats. */
export const styles = { head: 1, time: 2, text: 3 } as const;

/** What a cell can hold, in UTF-16 units. */
const cellCharsMax = 32_767;
/** Days from the format's day 0 to 1970-01-01. */
const unixEpochDay = 25_569;
/** The last day that spreadsheets know: 9999-12-31. */
const lastDay = 2_958_466;

export function sheetPath(sheet: number): string {
  return `xl/worksheets/sheet${sheet}.xml`;
}

/** Column 0 is A, 26 is AA. */
export function letters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : letters(Math.floor(column / 26) - 1) + last;
}

/** A time (Unix ms) as days; null where it was not said or is none that a spreadsheet knows. */
export function dateNumber(ms: number): number | null {
  if (ms <= 0) return null;
  const days = ms / 86_400_000 + unixEpochDay;
  return days < lastDay ? days : null;
}

/** Control characters that XML cannot hold, and what would be read as the escape of one. */
const unwritable = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)/g;
const special = /[&<>]/g;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text as it stands between tags. */
export function xmlText(text: string): string {
  const cut = text.length > cellCharsMax ? `${text.slice(0, cellCharsMax - 1)}…` : text;
  return cut
    .toWellFormed()
    .replaceAll(unwritable, (char) => `_x${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replaceAll(special, (char) => entities[char]!);
}

const widths = { id: 22, time: 20, other: 14 } as const;

/** A sheet up to its first row: the header, which stays in view. */
export function sheetHead(columns: readonly Column[]): string {
  const cols = columns.map(
    ({ kind }, at) => `<col min="${at + 1}" max="${at + 1}" width="${widths[kind ?? 'other']}" customWidth="1"/>`,
  );
  const cells = columns.map(
    ({ name }, at) => `<c r="${letters(at)}1" t="inlineStr" s="${styles.head}"><is><t>${xmlText(name)}</t></is></c>`,
  );
  return (
    `${xmlHead}<worksheet xmlns="${spreadsheetNamespace}"><sheetViews><sheetView workbookViewId="0">` +
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>' +
    `<cols>${cols.join('')}</cols><sheetData><row r="1">${cells.join('')}</row>`
  );
}

/** Ids are digits kept as text on purpose: no warning at each of them. */
export function sheetEnd(columns: readonly Column[]): string {
  const ids = columns.flatMap(({ kind }, at) => (kind === 'id' ? [`${letters(at)}2:${letters(at)}1048576`] : []));
  const ignored =
    ids.length === 0
      ? ''
      : `<ignoredErrors><ignoredError sqref="${ids.join(' ')}" numberStoredAsText="1"/></ignoredErrors>`;
  return `</sheetData>${ignored}</worksheet>`;
}

/** Everything beside the sheets, by path. */
export function bookParts(title: string, sheets: number): [path: string, xml: string][] {
  const numbers = Array.from({ length: sheets }, (_, index) => index + 1);
  const name = (sheet: number): string => (sheets === 1 ? title : `${title} ${sheet}`);
  const sheetTags = numbers.map((sheet) => `<sheet name="${name(sheet)}" sheetId="${sheet}" r:id="rId${sheet}"/>`);
  const links = numbers.map((sheet) => link(sheet, 'worksheet', `worksheets/sheet${sheet}.xml`));
  const types = numbers.map((sheet) => override(sheetPath(sheet), 'worksheet'));
  return [
    [
      'xl/workbook.xml',
      `${xmlHead}<workbook xmlns="${spreadsheetNamespace}" xmlns:r="${relationships}"><sheets>${sheetTags.join('')}</sheets></workbook>`,
    ],
    ['xl/_rels/workbook.xml.rels', linkList([...links, link(sheets + 1, 'styles', 'styles.xml')])],
    ['xl/styles.xml', styleSheet],
    ['_rels/.rels', linkList([link(1, 'officeDocument', 'xl/workbook.xml')])],
    [
      '[Content_Types].xml',
      `${xmlHead}<Types xmlns="${packageNamespace}/content-types"><Default Extension="rels" ` +
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        `${override('xl/workbook.xml', 'sheet.main')}${override('xl/styles.xml', 'styles')}${types.join('')}</Types>`,
    ],
  ];
}

function override(path: string, type: string): string {
  return `<Override PartName="/${path}" ContentType="${contentType}.${type}+xml"/>`;
}

function link(id: number, type: string, target: string): string {
  return `<Relationship Id="rId${id}" Type="${relationships}/${type}" Target="${target}"/>`;
}

function linkList(links: readonly string[]): string {
  return `${xmlHead}<Relationships xmlns="${packageNamespace}/relationships">${links.join('')}</Relationships>`;
}

const styleSheet =
  `${xmlHead}<styleSheet xmlns="${spreadsheetNamespace}">` +
  '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>' +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>' +
  '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>' +
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>';
