import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest } from './closest.ts';

const names = ['port', 'host', 'rooms', 'tokenFile', 'keepDays'];

test('a slip of a name is recognised: a letter too many, too few, another one, two swapped, other capitals', () => {
  for (const [typed, meant] of [
    ['prot', 'port'],
    ['porrt', 'port'],
    ['prt', 'port'],
    ['pork', 'port'],
    ['tokenfile', 'tokenFile'],
    ['keep-days', 'keepDays'],
  ] as const)
    assert.equal(closest(typed, names), meant, typed);
});

test('what is like none of the names is not made into one of them', () => {
  for (const typed of ['', 'x', 'sender', 'completely-different']) assert.equal(closest(typed, names), null, typed);
  assert.equal(closest('port', []), null);
});
