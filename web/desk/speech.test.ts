import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SpokenLine, withLine } from './speech.ts';

function saying(...texts: string[]): readonly SpokenLine[] {
  return texts.reduce<readonly SpokenLine[]>(withLine, []);
}

test('what is said at the same moment is all there, in order', () => {
  const lines = saying('Ahead by 5.', 'Disk slow.');
  assert.deepEqual(
    lines.map(({ text }) => text),
    ['Ahead by 5.', 'Disk slow.'],
  );
});

test('a sentence that is said again is a line of its own, so that it is heard again', () => {
  const lines = saying('1, Ann.', '1, Ann.');
  assert.equal(new Set(lines.map(({ id }) => id)).size, 2);
});

test('only the newest lines are kept, and none is numbered as another was', () => {
  const many = Array.from({ length: 40 }, (_, index) => String(index));
  const lines = saying(...many);
  assert.deepEqual(
    lines.map(({ text }) => text),
    many.slice(-5),
  );
  assert.deepEqual(
    lines.map(({ id }) => id),
    [36, 37, 38, 39, 40],
  );
});
