import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { giftOf } from '../../test/support/webcast-messages.ts';
import { wireDump } from './wire-dump.ts';

test('fields are named by number, with what each may be', () => {
  const bytes = Buffer.concat(
    [
      [0x08, 0x96, 0x01], // 1 = 150
      [0x12, 2, 0x68, 0x69], // 2 = "hi"
      [0x1a, 2, 0x08, 0x07], // 3 { 1 = 7 }
      [0x22, 2, 0xff, 0xfe], // 4, no text and no message
      [0x2d, 0, 0, 0x80, 0x3f], // 5, four bytes
      [0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], // 6 = -1
      [0x3a, 0], // 7, empty
    ].map((field) => Buffer.from(field)),
  );
  assert.deepEqual(wireDump(bytes), [
    '1 = 150',
    '2 = "hi"',
    '3 {',
    '  1 = 7',
    '}',
    '4 = 2 bytes: fffe',
    '5 = 1065353216 (as float 1)',
    '6 = -1',
    '7 = ""',
  ]);
});

test('what is cut off is shown up to where it breaks', () => {
  assert.deepEqual(wireDump(Buffer.from([0x08, 1, 0x12, 9, 0x68])), ['1 = 1', 'broken at byte 2 of 5: 120968']);
});

test('a gift message shows the sender and the gift', () => {
  const text = wireDump(giftOf({ msgId: '1' }).payload).join('\n');
  assert.match(text, /^2 = 5655$/m);
  assert.match(text, /^ {2}3 = "Viewer 6900000000000000777"$/m);
});

test('whatever the bytes are, the dump ends, and is bounded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3_000, size: 'max' }), (bytes) => {
      assert.ok(wireDump(bytes).length <= 401 + 9);
    }),
  );
  let nested = Buffer.from([0x08, 1]);
  for (let depth = 0; depth < 30; depth++) nested = Buffer.from([0x0a, nested.length, ...nested]);
  assert.ok(wireDump(nested).length <= 20);
});
