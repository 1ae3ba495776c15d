import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareLines } from './diff.ts';

const marks = { same: '', removed: '-', added: '+' };

const shown = (before: string, after: string): string =>
  compareLines(before.split(''), after.split(''))
    .map(({ kind, line }) => (kind === 'same' ? '' : marks[kind] + line))
    .join('');

test('only what differs is shown, in the order of the lines', () => {
  assert.equal(shown('abc', 'abc'), '');
  assert.equal(shown('abcd', 'abxd'), '-c+x');
  assert.equal(shown('abcde', 'xbdey'), '-a+x-c+y');
  assert.equal(shown('', 'ab'), '+a+b');
  assert.equal(shown('ab', ''), '-a-b');
});

test('what stays and goes is the first run, what stays and comes the second, and most that can stay stays', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const compared = compareLines(before, after);
      const without = (kind: string): string[] => compared.filter((one) => one.kind !== kind).map((one) => one.line);
      assert.deepEqual(without('added'), before);
      assert.deepEqual(without('removed'), after);
      assert.equal(compared.filter((one) => one.kind === 'same').length, longestCommon(before, after));
    }),
  );
});

/** The naive definition. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  if (a[0] === b[0]) return 1 + longestCommon(a.slice(1), b.slice(1));
  return Math.max(longestCommon(a.slice(1), b), longestCommon(a, b.slice(1)));
}

test('runs too long to compare are shown as all out, then all in', () => {
  const before = Array.from({ length: 3000 }, (_, index) => `a${index}`);
  const after = Array.from({ length: 3000 }, (_, index) => `b${index}`);
  assert.equal(compareLines(before, after).length, 6000);
});
