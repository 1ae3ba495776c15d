import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { ImageSchema } from '../protocol/webcast/webcast_pb.ts';
import { contentHash, readEnvelopeId, readId, readName, readPicture, readText, readTime } from './read.ts';

test('an id is its digits; 0 and what is below zero are no id', () => {
  assert.deepEqual(['7400000000000000001', '0', '-5', ''].map(readId), ['7400000000000000001', '', '', '']);
});

test('an id from an envelope is short, and has no colon that would part an event from its message', () => {
  assert.equal(readEnvelopeId('push:42'), 'push_42');
  assert.equal(readEnvelopeId('x'.repeat(100)).length, 64);
  assert.deepEqual(['0', '-7', '-'].map(readEnvelopeId), ['', '', ''], 'no id of upstream');
  assert.equal(readEnvelopeId('-a7'), '-a7');
  assert.equal(readEnvelopeId('a\u0000b'), 'a_b');
});

test('a text loses control characters, direction changes and halves of pairs; joiners and emoji stay', () => {
  assert.equal(readText('a\u0000b\u0085c\u202Ed\u2066e\uFEFFf\n'), 'a b c d e f');
  assert.equal(readText('x\uD800y'), 'x\uFFFDy');
  const family = '\u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u0627\u0644';
  assert.equal(readText(family), family);
});

test('a text that is too long is cut at a code point and says so', () => {
  assert.equal(readText('abcdef', 6), 'abcdef');
  assert.equal(readText('abcdefg', 6), 'abcde…');
  assert.equal(readText('abcd\u{1F600}fg', 6), 'abcd…');
  assert.ok(readText('abcd\u{1F600}fg', 6).isWellFormed());
  assert.equal(readName('n'.repeat(500)).length, 100);
});

test('a picture is the first https address of bearable length', () => {
  const picture = (...urlList: string[]): string => readPicture(create(ImageSchema, { urlList }));
  assert.equal(picture('https://a.example/1.webp', 'https://b.example/2'), 'https://a.example/1.webp');
  for (const url of ['http://a.example/1', 'javascript:alert(1)', `https://${'a'.repeat(1000)}`, 'https://a\u0000b'])
    assert.equal(picture(url), '');
  assert.equal(picture(), '');
  assert.equal(readPicture(undefined), '');
});

test('a time is milliseconds or seconds of a year that may be; anything else was not said', () => {
  const now = 1_780_000_000_000;
  assert.equal(readTime('1780000000123', now), 1_780_000_000_123);
  assert.equal(readTime('1780000000', now), now);
  for (const wrong of ['0', '-1', '', '12', 'x', '99999999999999999', String(now + 2 * 86_400_000), '1300000000000'])
    assert.equal(readTime(wrong, now), 0, wrong);
});

test('a hash depends on the method and on every byte', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const hashes = [
    contentHash('A', bytes),
    contentHash('B', bytes),
    contentHash('A', Uint8Array.of(1, 2, 4)),
    contentHash('A', Uint8Array.of(2, 1, 3)),
    contentHash('A', Uint8Array.of(1, 2)),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  for (const hash of hashes) assert.match(hash, /^[0-9a-f]{16}$/);
});
