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

test('whatever the text, no field starts a formula, and a reader gets the text back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const field = csvField(text, false, programs);
      const read = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
      assert.ok(read === text || read === `'${text}`);
      assert.doesNotMatch(read, /^\s*[=+\-@]/);
    }),
  );
});
