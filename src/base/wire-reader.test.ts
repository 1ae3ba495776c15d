import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { wireType, WireReader } from './wire-reader.ts';

test('what a writer of the format wrote is read back, in order', () => {
  const reader = new WireReader();
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const field = fc.integer({ min: 1, max: 2 ** 29 - 1 });
  fc.assert(
    fc.property(field, int64, fc.string({ unit: 'grapheme' }), fc.boolean(), (number, id, text, truth) => {
      const writer = new BinaryWriter();
      writer.tag(number, WireType.Varint).int64(id).tag(number, WireType.LengthDelimited).string(text);
      writer.tag(1, WireType.Bit64).double(1.5).tag(2, WireType.Bit32).float(1.5);
      writer.tag(3, WireType.LengthDelimited).fork().tag(4, WireType.Varint).bool(truth).join();
      reader.reset(writer.finish());
      assert.ok(reader.next());
      assert.deepEqual([reader.field, reader.wire, reader.int64()], [number, wireType.varint, String(id)]);
      assert.ok(reader.next());
      assert.deepEqual([reader.field, reader.text()], [number, text]);
      for (const wire of [wireType.bytes8, wireType.bytes4]) {
        assert.ok(reader.next());
        assert.equal(reader.wire, wire);
        reader.skip();
      }
      assert.ok(reader.next());
      const outer = reader.enter();
      assert.ok(reader.next());
      assert.equal(reader.bool(), truth);
      assert.equal(reader.next(), false);
      reader.leave(outer);
      assert.equal(reader.next(), false);
    }),
  );
});

test('a text that is known is given as the known one', () => {
  const reader = new WireReader();
  const known = ['gift', 'like'];
  for (const text of ['gift', 'like', 'gifts', 'Gift', '']) {
    reader.reset(new BinaryWriter().tag(1, WireType.LengthDelimited).string(text).finish());
    assert.ok(reader.next());
    assert.equal(reader.textOf(known), text);
  }
});

test('whatever the bytes are, reading ends: with all of them read, or with RangeError', () => {
  const reader = new WireReader();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      reader.reset(bytes);
      try {
        while (reader.next()) {
          if (reader.wire === wireType.lengthed) {
            const outer = reader.enter();
            assert.ok(reader.start <= reader.end && reader.end <= bytes.length);
            while (reader.next()) reader.skip();
            reader.leave(outer);
          } else reader.skip();
        }
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 5_000 },
  );
});
