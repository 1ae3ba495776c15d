import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, grouped, printable } from './terminal.ts';

test('a name from a stranger cannot move the cursor, colour the line, break it or turn it around', () => {
  assert.equal(printable('\u001b[31mred\u0007'), '·[31mred·');
  assert.equal(printable('a\r\nb\u2028c'), 'a··b·c');
  assert.equal(printable('\u202etxt.exe\u2066'), '·txt.exe·');
});

test('names keep their letters and emoji whole, also where they are cut', () => {
  assert.equal(printable('Ana 🦋 林'), 'Ana 🦋 林');
  assert.equal(printable('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 2), '👩‍👩‍👧‍👦…');
  assert.equal(printable('x'.repeat(100), 5), 'xxxx…');
});

test('numbers are grouped the same on every machine, and counted in words', () => {
  assert.equal(grouped(1_234_567), '1,234,567');
  assert.deepEqual(
    [counted(0, 'gift'), counted(1, 'gift'), counted(1200, 'gift')],
    ['0 gifts', '1 gift', '1,200 gifts'],
  );
});
