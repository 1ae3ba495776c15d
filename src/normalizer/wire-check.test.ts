import assert from 'node:assert/strict';
import { test } from 'node:test';
import { giftOf, realSizeGift } from '../../test/support/webcast-messages.ts';
import { handlingOf, methodsRead } from './handlers.ts';
import { WireCheck, type WireProblem } from './wire-check.ts';

const gift = handlingOf('WebcastGiftMessage')!;

function check(bytes: Uint8Array | readonly number[], fieldsMax = 1000): { problem: WireProblem; check: WireCheck } {
  const check = new WireCheck(fieldsMax);
  return { problem: check.check(gift.shape, gift.known, Uint8Array.from(bytes)), check };
}

test('a message of real make-up passes, and its fields are noted', () => {
  const { problem, check: looked } = check(realSizeGift({ msgId: '1' }).payload);
  assert.equal(problem, '');
  assert.ok(looked.has(1) && looked.has(15) && looked.has(41));
  assert.ok(!looked.has(8));
  assert.equal(looked.newFieldsCount, 0);
});

test('an empty message passes', () => assert.equal(check([]).problem, ''));

const bad: [string, readonly number[], WireProblem][] = [
  ['a tag cut off', [0x80], 'malformed'],
  ['field number 0', [0x00, 0x01], 'malformed'],
  ['a varint cut off', [0x10, 0xff], 'malformed'],
  ['a varint of eleven bytes', [0x10, ...Array.from({ length: 11 }, () => 0xff), 0x01], 'malformed'],
  ['a length beyond the end', [0x0a, 0x05, 0x08], 'malformed'],
  ['a length above 31 bits', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], 'malformed'],
  ['a part that is longer than its whole', [0x3a, 0x02, 0x1a, 0x05, 0x61, 0x61, 0x61], 'malformed'],
  ['a fixed number cut off', [0xd1, 0x3e, 0x01], 'malformed'],
  ['a group', [0x83, 0x7d, 0x84, 0x7d], 'malformed'],
  ['wire type 7', [0x87, 0x7d], 'malformed'],
  ['an id that has become a text', [0x12, 0x01, 0x35], 'type-changed'],
  ['a person that has become a number', [0x38, 0x01], 'type-changed'],
  ['an id inside of a person that has become a text', [0x3a, 0x03, 0x0a, 0x01, 0x35], 'type-changed'],
];

for (const [what, bytes, problem] of bad) {
  test(`${what} is ${problem}`, () => assert.equal(check(bytes).problem, problem));
}

test('the field at which a check stopped is named', () => {
  assert.equal(check([0x10, 0x01, 0x38, 0x01]).check.badPath, '7');
});

test('fields that nobody reads are skipped by any wire type and noted when they are new', () => {
  const unread = [0xa8, 0x3e, 0x01, 0xaa, 0x3e, 0x01, 0x00, 0xad, 0x3e, 1, 2, 3, 4, 0xa9, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8];
  const { problem, check: looked } = check(unread);
  assert.equal(problem, '');
  assert.deepEqual([...looked.newFields.subarray(0, looked.newFieldsCount)], [997, 997, 997, 997]);
});

test('more fields than any message has are refused, also those inside, also packed ones', () => {
  const flood = Array.from({ length: 40 }, () => [0x3a, 0x00]).flat();
  assert.equal(check(flood, 40).problem, '');
  assert.equal(check(flood, 39).problem, 'too-many-fields');
  const inside = [0x3a, 0x50, ...Array.from({ length: 40 }, () => [0x4a, 0x00]).flat()];
  assert.equal(check(inside, 40).problem, 'too-many-fields');
  const battle = handlingOf('WebcastLinkMicBattle')!;
  const packed = Uint8Array.from([0x72, 0x34, 0x12, 0x32, ...Array.from({ length: 50 }, () => 1)]);
  assert.equal(new WireCheck(52).check(battle.shape, battle.known, packed), '');
  assert.equal(new WireCheck(51).check(battle.shape, battle.known, packed), 'too-many-fields');
});

test('every way to cut a message short is malformed or a shorter message', () => {
  const { payload } = giftOf({ msgId: '7400000000000001234' });
  const problems = Array.from({ length: payload.length }, (_, end) => check(payload.subarray(0, end)).problem);
  assert.ok(problems.every((problem) => problem === '' || problem === 'malformed'));
  assert.ok(
    problems.filter((problem) => problem === '').length < 20,
    'a cut is noticed unless it falls between fields',
  );
});

test('the schema reads no field that its makers did not know', () => {
  for (const method of methodsRead) {
    const { schema, known, expected } = handlingOf(method)!;
    for (const field of schema.fields) assert.equal(known[field.number], 1, `${method} ${field.number}`);
    for (const number of expected) assert.equal(known[number], 1, `${method} ${number}`);
  }
});
