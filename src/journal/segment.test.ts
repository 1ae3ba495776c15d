import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  parseSegmentName,
  segmentHeaderBytes,
  type SegmentHeader,
  segmentName,
} from './segment.ts';

const header: SegmentHeader = {
  room: '7312345678901234567',
  epoch: '9fJ2kQx0aYo',
  firstSeq: 1001,
  createdAt: 1_700_000_000_000,
  bootId: '81a5414a-71a5-471e-a316-561e8ba1d6bb',
  sync: 'interval',
  released: false,
  identity: 42,
};

test('a segment header gives back what was put into it', () => {
  const bytes = encodeSegmentHeader(header);
  assert.equal(bytes.length, segmentHeaderBytes);
  assert.deepEqual({ ...decodeSegmentHeader(bytes) }, { format: 1, ...header });
});

test('every single flipped bit of a segment header is detected, and so is every cut', () => {
  const bytes = encodeSegmentHeader(header);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(decodeSegmentHeader(damaged), null, `bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length++)
    assert.equal(decodeSegmentHeader(bytes.subarray(0, length)), null, `cut at ${length}`);
});

test('a header of a later format is not taken for damage: whoever reads it is told to use the newer MEKS', () => {
  const bytes = encodeSegmentHeader(header);
  const json = bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(8)).replace('"format":1', '"format":2');
  bytes.write(json, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(16), crc32(bytes.subarray(0, 12))), 12);
  assert.throws(() => decodeSegmentHeader(bytes), { code: 'MEKS_JOURNAL_CORRUPT' });
});

test('a segment is named after its first seq, and nothing else counts as one', () => {
  assert.equal(parseSegmentName(segmentName(1001)), 1001);
  assert.ok(segmentName(999) < segmentName(1000), 'names sort like their numbers');
  for (const name of ['lock', 'segment-1.log', 'set-aside-1-segment-000000000000001.log', 'snapshot-1.state'])
    assert.equal(parseSegmentName(name), 0, name);
});
