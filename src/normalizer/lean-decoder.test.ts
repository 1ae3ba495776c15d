import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, type DescField, type DescMessage, fromBinary, ScalarType, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { handlingOf, methodsRead } from './handlers.ts';
import { LeanDecoder } from './lean-decoder.ts';
import { WireCheck } from './wire-check.ts';

type Fields = Record<string, unknown>;

/** Some message of `schema`, as what `create` takes; deep ones have few parts. */
function messageOf(schema: DescMessage, depth: number): fc.Arbitrary<Fields> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of schema.fields) fields[field.localName] = valueOf(field, depth);
  return fc.record(fields, { requiredKeys: [] });
}

function valueOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.fieldKind === 'message') return depth > 3 ? fc.constant(undefined) : messageOf(field.message, depth + 1);
  if (field.fieldKind === 'list' && field.listKind === 'message')
    return depth > 3 ? fc.constant([]) : fc.array(messageOf(field.message, depth + 1), { maxLength: 3 });
  if (field.fieldKind === 'list' && field.listKind === 'scalar')
    return fc.array(scalarOf(field.scalar), { maxLength: 3 });
  assert.ok(field.fieldKind === 'scalar', `${field.name} is of a kind that this test knows`);
  return scalarOf(field.scalar);
}

function scalarOf(scalar: ScalarType): fc.Arbitrary<unknown> {
  if (scalar === ScalarType.STRING) return fc.string({ unit: 'grapheme', maxLength: 20 });
  if (scalar === ScalarType.BOOL) return fc.boolean();
  if (scalar === ScalarType.INT32) return fc.integer();
  assert.equal(scalar, ScalarType.INT64);
  return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
}

/** The fields of a message that the library has read, as the lean decoder gives them. */
function plain(schema: DescMessage, message: Fields): Fields {
  const fields: Fields = {};
  for (const field of schema.fields) {
    const value = message[field.localName];
    if (field.fieldKind === 'message')
      fields[field.localName] = value === undefined ? undefined : plain(field.message, value as Fields);
    else if (field.fieldKind === 'list' && field.listKind === 'message')
      fields[field.localName] = (value as Fields[]).map((element) => plain(field.message, element));
    else if (schema.name === 'Image') fields[field.localName] = (value as string[]).slice(0, 1);
    else fields[field.localName] = value;
  }
  return fields;
}

const decoders = methodsRead
  .map((method) => ({
    method,
    schema: handlingOf(method)!.schema,
    decoder: new LeanDecoder(handlingOf(method)!.schema),
  }))
  .filter(({ decoder }) => decoder.lean);

test('the messages of a burst are read without the library', () => {
  const lean = new Set(decoders.map(({ method }) => method));
  for (const method of ['Gift', 'Chat', 'Like', 'Member', 'Social', 'RoomUserSeq'])
    assert.ok(lean.has(`Webcast${method}Message`), method);
});

for (const { method, schema, decoder } of decoders)
  test(`${method} is read as the library reads it, in one piece and in two`, () => {
    fc.assert(
      fc.property(messageOf(schema, 0), messageOf(schema, 0), fc.boolean(), (first, second, twice) => {
        const parts = [first, ...(twice ? [second] : [])].map((init) => toBinary(schema, create(schema, init)));
        const bytes = Buffer.concat(parts);
        assert.deepEqual(decoder.decode(bytes), plain(schema, fromBinary(schema, bytes) as unknown as Fields));
      }),
      { numRuns: 200 },
    );
  });

test('damaged bytes that pass the wire check are read as the library reads them', () => {
  const check = new WireCheck(10_000);
  const { schema, decoder, method } = decoders.find((one) => one.method === 'WebcastGiftMessage')!;
  const { shape, known } = handlingOf(method)!;
  const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
    minLength: 1,
    maxLength: 2,
  });
  let passed = 0;
  fc.assert(
    fc.property(messageOf(schema, 0), damage, (init, changes) => {
      const bytes = Buffer.from(toBinary(schema, create(schema, init)));
      for (const [where, byte] of changes) if (bytes.length > 0) bytes[Math.floor(where * bytes.length)] = byte;
      if (check.check(shape, known, bytes) !== '') return;
      passed++;
      assert.deepEqual(decoder.decode(bytes), plain(schema, fromBinary(schema, bytes) as unknown as Fields));
    }),
    { numRuns: 3_000 },
  );
  assert.ok(passed > 20, `${passed} passed the check`);
});
