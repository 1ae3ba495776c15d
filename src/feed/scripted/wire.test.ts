import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { Fields } from './wire.ts';

test('what is written reads back with another reader, whatever its size', () => {
  const id = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
  const part = fc.record({
    field: fc.integer({ min: 1, max: 5_000 }),
    value: fc.oneof(
      id,
      fc.integer({ min: 1 }),
      fc.maxSafeInteger().filter((n) => n > 0),
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 300 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      const fields = new Fields();
      for (const { field, value } of parts) {
        if (typeof value === 'bigint') fields.id(field, value.toString());
        else if (typeof value === 'number') fields.int(field, value);
        else if (typeof value === 'string') fields.text(field, value);
        else fields.part(field, value);
      }
      const reader = new BinaryReader(fields.bytes());
      for (const { field, value } of parts) {
        const scalar = typeof value === 'bigint' || typeof value === 'number';
        assert.deepEqual(reader.tag(), [field, scalar ? WireType.Varint : WireType.LengthDelimited]);
        if (scalar) assert.equal(BigInt(reader.int64()), BigInt(value));
        else if (typeof value === 'string') assert.equal(reader.string(), value);
        else assert.deepEqual(new Uint8Array(reader.bytes()), value);
      }
      assert.equal(reader.pos, reader.len);
    }),
  );
});

test('defaults are left out, and nested messages larger than the scratch buffer are whole', () => {
  assert.equal(new Fields().int(1, 0).id(2, '0').text(3, '').bytes().length, 0);
  const large = new Uint8Array(100_000).fill(7);
  const outer = new BinaryReader(new Fields().part(1, new Fields().part(2, large).bytes()).bytes());
  outer.tag();
  const inner = new BinaryReader(outer.bytes());
  assert.deepEqual(inner.tag(), [2, WireType.LengthDelimited]);
  assert.deepEqual(new Uint8Array(inner.bytes()), large);
});
