import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import { columns, type ExportTable, ids, times } from './export-table.ts';
import { dateNumber, letters, xmlText } from './xlsx-parts.ts';
import { xlsxPieces } from './xlsx.ts';

function book(table: ExportTable, rowsMax?: number): Record<string, string> {
  const pieces = [...xlsxPieces(table, rowsMax)];
  const files = unzipSync(Buffer.concat(pieces.map(({ bytes }) => bytes)));
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]));
}

const columnsOfTable = columns('seq', times('time'), ids('user_id'), 'name ok');

function table(rows: ExportTable['rows']): ExportTable {
  return { title: 'gifts', columns: columnsOfTable, expected: 0, rows };
}

test('cells are numbers, dates, texts and truths, each as what it is', () => {
  const at = Date.UTC(2024, 1, 29, 12, 30);
  const sheet = book(table([[7, at, '7300000000000000001', 'Solène', true]]))['xl/worksheets/sheet1.xml']!;
  assert.match(sheet, /<row r="1"><c r="A1" t="inlineStr" s="1"><is><t>seq<\/t>/);
  assert.match(sheet, /<c r="A2"><v>7<\/v><\/c><c r="B2" s="2"><v>45351\.5208333\d*<\/v><\/c>/);
  assert.match(sheet, /<c r="C2" t="inlineStr" s="3"><is><t xml:space="preserve">7300000000000000001<\/t>/);
  assert.match(sheet, /<c r="D2" t="inlineStr"><is><t xml:space="preserve">Solène<\/t>/);
  assert.match(sheet, /<c r="E2" t="b"><v>1<\/v>/);
});

test('what would be a formula is text, whatever it begins with, and nobody breaks out of a cell', () => {
  const evil = ['=HYPERLINK("http://x","y")', '+1', '@SUM(A1)', '</t></is></c><f>1+1</f>', '&lt;', '\u0000\r\ud800'];
  const sheet = book(table(evil.map((text) => [1, null, text, text, null])))['xl/worksheets/sheet1.xml']!;
  assert.doesNotMatch(sheet, /<f>/);
  assert.equal(sheet.match(/<row /g)!.length, evil.length + 1);
  assert.match(sheet, /=HYPERLINK\("http:\/\/x","y"\)</);
  assert.match(sheet, /&lt;\/t&gt;&lt;\/is&gt;/);
  assert.match(sheet, /&amp;lt;/);
  assert.match(sheet, /_x0000__x000D_\ufffd/);
});

test('control characters, and texts that look like their escapes, come back as they were', () => {
  assert.equal(xmlText('a\u0001b'), 'a_x0001_b');
  assert.equal(xmlText('_x0041_'), '_x005F_x0041_');
  assert.equal(xmlText('tab\tline\n_x_'), 'tab\tline\n_x_');
  assert.equal(xmlText('x'.repeat(40_000)).length, 32_767);
});

test('a sheet that is full goes on in the next one, each with its header', () => {
  const rows = Array.from({ length: 25 }, (_, index) => [index + 1, null, 'a', 'b', false]);
  const files = book(table(rows), 11);
  const counts = [1, 2, 3].map((sheet) => files[`xl/worksheets/sheet${sheet}.xml`]!.match(/<row /g)!.length);
  assert.deepEqual(counts, [11, 11, 6]);
  assert.equal(files['xl/worksheets/sheet4.xml'], undefined);
  assert.match(files['xl/workbook.xml']!, /name="gifts 1".*name="gifts 2".*name="gifts 3"/);
  assert.equal(files['[Content_Types].xml']!.match(/worksheet\+xml/g)!.length, 3);
});

test('a table without rows is a sheet with its header', () => {
  const files = book(table([]));
  assert.equal(files['xl/worksheets/sheet1.xml']!.match(/<row /g)!.length, 1);
  assert.match(files['xl/workbook.xml']!, /name="gifts" sheetId="1"/);
});

test('rows are read as the file is, not before', () => {
  let read = 0;
  function* endless(): Generator<(number | string | null)[]> {
    for (;;) yield [++read, null, String(Math.imul(read, 2_654_435_761)), 'name', null];
  }
  const pieces = xlsxPieces(table(endless()));
  for (let piece = 1; piece <= 20; piece++) {
    const { value } = pieces.next();
    assert.ok(value !== undefined && value.bytes.length < 200_000, `${value?.bytes.length} bytes`);
    assert.equal(value.rows, read);
  }
  pieces.return(undefined);
});

test('columns are named as spreadsheets name them', () => {
  assert.deepEqual([0, 25, 26, 51, 52, 701, 702].map(letters), ['A', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA']);
});

test('times that no spreadsheet knows are left out', () => {
  assert.equal(dateNumber(0), null);
  assert.equal(dateNumber(Date.UTC(10_000, 0, 2)), null);
  assert.equal(dateNumber(86_400_000), 25_570);
});
