import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeRecord,
  eventRecord,
  payloadIsWhole,
  readRecordHeader,
  RecordHeader,
  recordHeaderBytes,
  recordNumberMax,
} from './record.ts';

const payload = Buffer.from('{"seq":7,"kind":"gift"}');
const record = encodeRecord({ kind: eventRecord, seq: 7, atMs: 1_700_000_000_123 }, payload, 99);

function readable(bytes: Buffer, seed = 99): boolean {
  const header = new RecordHeader();
  if (!readRecordHeader(bytes, 0, seed, 65_536, header)) return false;
  const end = recordHeaderBytes + header.payloadBytes;
  return end <= bytes.length && payloadIsWhole(bytes, recordHeaderBytes, end, seed, header);
}

test('a record gives back what was put into it, up to the largest numbers', () => {
  for (const seq of [1, 4_294_967_295, 4_294_967_296, recordNumberMax]) {
    const header = new RecordHeader();
    const bytes = encodeRecord({ kind: eventRecord, seq, atMs: recordNumberMax }, payload, 5);
    assert.ok(readRecordHeader(bytes, 0, 5, 65_536, header));
    assert.deepEqual(
      { seq: header.seq, atMs: header.atMs, kind: header.kind, payloadBytes: header.payloadBytes },
      { seq, atMs: recordNumberMax, kind: eventRecord, payloadBytes: payload.length },
    );
    assert.deepEqual(bytes.subarray(recordHeaderBytes), payload);
  }
});

test('every single flipped bit of a record is detected', () => {
  assert.ok(readable(record));
  for (let bit = 0; bit < record.length * 8; bit++) {
    const damaged = Buffer.from(record);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(readable(damaged), false, `bit ${bit}`);
  }
});

test('a record is not valid under the seed of another segment', () => {
  assert.equal(readable(record, 100), false);
});

test('zeros are no record, whatever the seed', () => {
  for (let seed = 0; seed < 1000; seed++) assert.equal(readable(Buffer.alloc(64), seed), false);
});
