import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../base/random.ts';
import { IdWindow } from './id-window.ts';

test('an id is new once, and known as long as it is among the last ones', () => {
  const window = new IdWindow(2);
  assert.equal(window.add('7400000000000001234'), true);
  assert.equal(window.add('7400000000000001234'), false);
  assert.equal(window.add('a'), true);
  assert.equal(window.add('b'), true);
  assert.equal(window.has('7400000000000001234'), false);
  assert.equal(window.has('a'), true);
  assert.equal(window.size, 2);
});

test('ids that differ in the last digit only, in a leading zero or in their kind are different ids', () => {
  const window = new IdWindow(100);
  const ids = [
    '7400000000000001234',
    '7400000000000001235',
    '0',
    '00',
    '',
    '1',
    '01',
    '-1',
    'settle-1',
    '9'.repeat(19),
  ];
  for (const id of ids) assert.equal(window.add(id), true, id);
  for (const id of ids) assert.equal(window.has(id), true, id);
});

/** The oracle: a list. */
class ListWindow {
  readonly #ids: string[] = [];
  readonly #idsMax: number;
  constructor(idsMax: number) {
    this.#idsMax = idsMax;
  }
  has(id: string): boolean {
    return this.#ids.includes(id);
  }
  add(id: string): boolean {
    if (this.has(id)) return false;
    this.#ids.push(id);
    if (this.#ids.length > this.#idsMax) this.#ids.shift();
    return true;
  }
}

test('the window answers as a list of the last ids would, whatever comes', () => {
  const id = fc.oneof(
    fc.integer({ min: 0, max: 30 }).map(String),
    fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
    fc.string({ maxLength: 3 }),
  );
  const commands = fc.array(fc.record({ add: fc.boolean(), id }), { maxLength: 400 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), commands, (idsMax, list) => {
      const window = new IdWindow(idsMax);
      const oracle = new ListWindow(idsMax);
      for (const { add, id } of list) {
        if (add) assert.equal(window.add(id), oracle.add(id));
        else assert.equal(window.has(id), oracle.has(id));
      }
    }),
  );
});

test('a window that grows past its first size, and then forgets, keeps exactly the last ids', () => {
  const idsMax = 5_000;
  const window = new IdWindow(idsMax);
  const random = seededRandom(7);
  const ids = Array.from({ length: 12_000 }, (_, index) => `74000000${random.int(1_000_000)}${index}`);
  for (const id of ids) assert.equal(window.add(id), true);
  assert.equal(window.size, idsMax);
  for (const id of ids.slice(0, -idsMax)) assert.equal(window.has(id), false);
  for (const id of ids.slice(-idsMax)) assert.equal(window.has(id), true);
});
