import assert from 'node:assert/strict';
import test from 'node:test';
import { shortcutFor } from './shortcuts.ts';

const plain = { ctrlKey: false, metaKey: false, altKey: false, target: null };

function at(tagName: string): EventTarget {
  return Object.assign(new EventTarget(), { tagName });
}

test('letters act in either case, digits open rooms', () => {
  assert.deepEqual(shortcutFor({ ...plain, key: 'F' }), { kind: 'filter' });
  assert.deepEqual(shortcutFor({ ...plain, key: '3' }), { kind: 'room', index: 2 });
  assert.equal(shortcutFor({ ...plain, key: 'x' }), null);
});

test('a key with a modifier belongs to the browser', () => {
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey'])
    assert.equal(shortcutFor({ ...plain, key: 'd', [modifier]: true }), null);
});

test('what was done last is taken back as everywhere, but not while somebody writes', () => {
  assert.deepEqual(shortcutFor({ ...plain, key: 'z', ctrlKey: true }), { kind: 'undo' });
  assert.deepEqual(shortcutFor({ ...plain, key: 'z', metaKey: true }), { kind: 'undo' });
  assert.equal(shortcutFor({ ...plain, key: 'z', ctrlKey: true, target: at('TEXTAREA') }), null);
});

test('a field keeps its keys, and a button its space', () => {
  assert.equal(shortcutFor({ ...plain, key: '5', target: at('INPUT') }), null);
  for (const key of [' ', 'Enter']) assert.equal(shortcutFor({ ...plain, key, target: at('BUTTON') }), null);
  assert.deepEqual(shortcutFor({ ...plain, key: 's', target: at('BUTTON') }), { kind: 'scope' });
});
