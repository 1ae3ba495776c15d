import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { knownGift, knownUser } from './known.ts';

test('whoever is met again unchanged is the same object, and always what was said', () => {
  knownUser('71', 'a', 'A', '');
  const second = knownUser('71', 'a', 'A', '');
  assert.equal(knownUser('71', 'a', 'A', ''), second);
  const renamed = knownUser('71', 'a', 'B', '');
  assert.deepEqual(renamed, { id: '71', handle: 'a', name: 'B', avatar: '' });
  assert.equal(knownUser('71', 'a', 'B', ''), renamed);
  assert.deepEqual(second, { id: '71', handle: 'a', name: 'A', avatar: '' });
});

test('nobody is taken for somebody else, however many come', () => {
  const text = fc.constantFrom('', 'a', 'b');
  const person = fc.tuple(fc.integer({ min: 1, max: 20_000 }).map(String), text, text, text);
  fc.assert(
    fc.property(fc.array(person, { maxLength: 200 }), (met) => {
      for (const [id, handle, name, avatar] of met)
        assert.deepEqual(knownUser(id, handle, name, avatar), { id, handle, name, avatar });
    }),
  );
});

test('passers-by displace nobody', () => {
  knownUser('9000001', 'regular', 'R', '');
  const regular = knownUser('9000001', 'regular', 'R', '');
  for (let id = 1; id < 50_000; id++) knownUser(String(id), 'passer', '', '');
  assert.equal(knownUser('9000001', 'regular', 'R', ''), regular);
});

test('a gift is the same object as long as its price, name and type are', () => {
  const rose = knownGift('5655', 'Rose', 1, 1);
  assert.equal(knownGift('5655', 'Rose', 1, 1), rose);
  assert.deepEqual(knownGift('5655', 'Rose', 2, 1), { id: '5655', name: 'Rose', price: 2, type: 1 });
  assert.deepEqual(knownGift('5655', 'Rosa', 2, 1), { id: '5655', name: 'Rosa', price: 2, type: 1 });
});
