import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Inflater } from './inflate.ts';

const strategies = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
];

/** Bytes that repeat themselves near and far, as messages do, with noise in between. */
const wordy = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom('a', 'https://pictures.example/', '\0\0\0\0').map((text) => Buffer.from(text)),
    ),
    {
      maxLength: 300,
    },
  )
  .map((parts) => Buffer.concat([...parts, ...parts.slice(0, 40)]));

test('whatever zlib has compressed, in whatever way, comes out as it was', () => {
  const inflater = new Inflater();
  fc.assert(
    fc.property(wordy, fc.integer({ min: 0, max: 9 }), fc.constantFrom(...strategies), (bytes, level, strategy) => {
      const gzip = gzipSync(bytes, { level, strategy });
      const inflated = inflater.gunzip(gzip);
      assert.ok(inflated !== null);
      assert.deepEqual(inflated, bytes);
    }),
    { numRuns: 2_000 },
  );
});

test('what was given away is not written to again', () => {
  const inflater = new Inflater();
  const parts = Array.from({ length: 200 }, (_, index) => Buffer.alloc(3_000 + index * 10, `part ${index} `));
  const inflated = parts.map((part) => inflater.gunzip(gzipSync(part)));
  assert.deepEqual(inflated, parts);
});

test('a damaged member is left to zlib, or was not damaged at all', () => {
  const inflater = new Inflater();
  const sound = gzipSync(
    Buffer.from(Array.from({ length: 400 }, (_, index) => `row ${(index * 7_919) % 1_000}`).join()),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }),
      (changes) => {
        const broken = Buffer.from(sound);
        for (const [at, change] of changes) broken[at]! ^= change;
        const inflated = inflater.gunzip(broken);
        if (inflated !== null) assert.deepEqual(inflated, gunzipSync(broken));
      },
    ),
    { numRuns: 5_000 },
  );
});

test('bits without end, and random ones, end', () => {
  const inflater = new Inflater();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: 0, max: 70_000 }), (bits, size) => {
      const trailer = Buffer.alloc(8);
      trailer.writeUInt32LE(size, 4);
      const member = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), bits, trailer]);
      const inflated = inflater.gunzip(member);
      // Chance also finds what is no bytes at all (`3 0`), and that is sound.
      if (inflated !== null) assert.deepEqual(inflated, gunzipSync(member));
    }),
    { numRuns: 5_000, examples: [[Uint8Array.from([3, 0]), 0]] },
  );
});

test('anything but one plain member of moderate size is left to zlib', () => {
  const inflater = new Inflater();
  const member = gzipSync('one');
  assert.equal(inflater.gunzip(Buffer.concat([member, gzipSync('another')])), null);
  const named = Buffer.concat([member.subarray(0, 3), Buffer.from([8]), member.subarray(4, 10), Buffer.from('name\0')]);
  assert.equal(inflater.gunzip(Buffer.concat([named, member.subarray(10)])), null);
  assert.equal(inflater.gunzip(gzipSync(Buffer.alloc(70_000))), null);
  for (let length = 0; length < member.length; length++)
    assert.equal(inflater.gunzip(member.subarray(0, length)), null);
  assert.deepEqual(inflater.gunzip(member), Buffer.from('one'));
});
