import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvField, csvLine } from './csv.ts';

const people = { forSpreadsheets: true };
const programs = { forSpreadsheets: false };

test('fields are quoted where they must be, and only there', () => {
  assert.equal(csvField('plain', false, programs), 'plain');
  assert.equal(csvField('a,b', false, programs), '"a,b"');
  assert.equal(csvField('say "hi"', false, programs), '"say ""hi"""');
  assert.equal(csvField('two\nlines', false, programs), '"two\nlines"');
  assert.equal(csvLine(['a', 1, true, null], [], programs), 'a,1,true,\r\n');
});

test('what a spreadsheet takes for a formula is disarmed, behind blanks and in full width too', () => {
  for (const text of ['=1+1', '+1', '-1+2', '@SUM(A1)', '\t=1', '\r=1', '  =cmd', '\u{ff1d}1', '\n@x'])
    assert.match(csvField(text, false, programs), /^"?'/, JSON.stringify(text));
  assert.equal(csvField('=HYPERLINK("http://x")', false, people), '"\'=HYPERLINK(""http://x"")"');
  for (const text of ['a=b', 'x@y', '1-2', 'ha-ha']) assert.equal(csvField(text, false, programs), text);
});

test('numbers of ours stay numbers, ids stay what they are', () => {
  assert.equal(csvField(-5, false, people), '-5');
  assert.equal(csvField('7312345678901234567', true, people), "'7312345678901234567");
  assert.equal(csvField('7312345678901234567', true, programs), '7312345678901234567');
});

test('a formula behind a semicolon is disarmed, for spreadsheets that split there', () => {
  assert.equal(csvField("a;=cmd|'/C calc'!A0", false, programs), `"a;'=cmd|'/C calc'!A0"`);
  assert.equal(csvField('a; \t"@x', false, programs), '"a; \t""\'@x"');
  assert.equal(csvField('a\n-1', false, programs), '"a\n\'-1"');
  assert.equal(csvField('a; b=c;', false, programs), '"a; b=c;"');
});

const hostile = fc.string({ unit: fc.constantFrom(...'=+-@;,"\' \t\r\n\0a'.split('')) });

test('whatever the text, no field starts a formula, and a reader gets the text back', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), hostile), (text) => {
      const field = csvField(text, false, programs);
      const read = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
      let taken = 0;
      for (const [index, unit] of read.split('').entries()) {
        if (unit === text[taken]) taken++;
        else assert.match(read.slice(index), index === 0 ? /^'/ : /^'[=+\-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]/u);
      }
      assert.equal(taken, text.length);
      assert.doesNotMatch(read, /^\s*[=+\-@]/);
    }),
  );
});

test('whatever the text, no part starts a formula where the line is split at semicolons, quotes or not', () => {
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      const line = csvLine(['x', one, other], [], programs);
      for (const part of line.split(/[;\t\r\n]/)) assert.doesNotMatch(part, /^[\s\0"]*[=+\-@]/);
    }),
  );
});
