import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { unknownUser } from '../../src/protocol/events.ts';
import { cleanName, displayName, initials, secondName, tintOf } from './names.ts';

const someone = { id: '7000123', handle: 'anna.o', name: 'Anna', avatar: '' };

test('a person is called by name, else by handle, else by the end of the id', () => {
  assert.equal(displayName(someone), 'Anna');
  assert.equal(displayName({ ...someone, name: ' \u200B ' }), '@anna.o');
  assert.equal(displayName(unknownUser('7000123')), 'Viewer 0123');
  assert.equal(secondName(someone), '@anna.o');
  assert.equal(secondName({ ...someone, name: '' }), '');
});

test('marks that turn text around are taken out', () => {
  assert.equal(cleanName('\u202Eevil\u202C \u2066x\u2069'), 'evil x');
});

test('marks piled on a letter are cut to two', () => {
  assert.equal(cleanName(`z${'\u0337'.repeat(40)}algo`), 'z\u0337\u0337algo');
});

test('a long name is cut between whole characters, as people see them', () => {
  const family = '👨‍👩‍👧‍👦';
  const cut = cleanName(family.repeat(60));
  assert.equal(cut, `${family.repeat(32)}…`);
});

test('initials take one letter a word, and one sign alone where letters are not Latin', () => {
  const shown = ['Anna Okafor', '@anna.o', 'a', '山田太郎', 'สมชาย ใจดี', '🌹 Rosa', 'user771'].map(initials);
  assert.deepEqual(shown, ['AO', 'AO', 'A', '山', 'ส', '🌹', 'U']);
});

test('whatever the name, what is shown has no control or direction marks and is never endless', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (name) => {
      const shown = displayName({ ...someone, name });
      assert.ok(shown.length > 0);
      assert.doesNotMatch(shown, /[\u0000-\u001F\u202A-\u202E\u2066-\u2069]/);
      assert.ok([...new Intl.Segmenter().segment(shown)].length <= 33);
    }),
  );
});

test('the same person has the same tint everywhere', () => {
  const tints = Array.from({ length: 400 }, (_, index) => tintOf(String(7_000_000_000 + index)));
  assert.equal(tintOf('7000000000'), tints[0]);
  assert.deepEqual(
    [...new Set(tints)].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
});
