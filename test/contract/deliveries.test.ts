import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteRing } from '../../src/base/byte-ring.ts';
import { SharedRingWriter } from '../../src/base/shared-byte-ring.ts';
import { Follower } from '../../src/broadcast/broadcast.ts';
import type { DeliveryImplementation, StreamUnderTest } from '../support/delivery-world.ts';
import { ringStream } from '../support/ring-stream.ts';
import { compressionContract } from './compression.contract.ts';
import { deliveryContract } from './delivery.contract.ts';
import { deliveryLawContract } from './delivery-law.contract.ts';
import { lateLogContract } from './late-log.contract.ts';
import { readWindowContract } from './read-window.contract.ts';
import { rollingFlushContract } from './rolling-flush.contract.ts';
import { writeLimitContract } from './write-limit.contract.ts';

// One law for both ways from a ring to dashboards.

const sizes = { segmentBytes: 1024, bytesMax: 16 * 1024 };

const local: DeliveryImplementation = {
  name: 'a ring that is read where it is written',
  snapshotMs: 0,
  makeStream: (recordsMax) => {
    const ring = new ByteRing({ recordsMax, ...sizes });
    let limit = 1;
    return {
      stream: ringStream(ring),
      gate: { sendable: () => limit },
      get head() {
        return ring.head;
      },
      publish: (frame) => {
        frame.copy(ring.reserve(frame.length), ring.writeOffset);
        ring.commit(frame.length);
      },
      pass: (end) => void (limit = end),
    };
  },
};

function followed(sharedRecords: (recordsMax: number) => number): (recordsMax: number) => StreamUnderTest {
  return (recordsMax) => {
    const shared = { recordsMax: sharedRecords(recordsMax), bytesMax: sizes.bytesMax, recordBytesMax: 1024 };
    const ring = new SharedRingWriter(shared);
    const follower = new Follower({
      memory: ring.memory,
      epoch: 'epoch',
      seq: 1,
      recordsMax,
      recordBytesMax: 1024,
      ...sizes,
    });
    return {
      stream: follower,
      gate: follower,
      get head() {
        return ring.head;
      },
      publish: (frame) => {
        frame.copy(ring.reserve(frame.length), ring.writeOffset);
        ring.commit(frame.length);
      },
      pass: (end) => void ring.pass(end),
    };
  };
}

const followedRing: DeliveryImplementation = {
  name: 'a ring that another thread follows',
  snapshotMs: 3,
  makeStream: followed((recordsMax) => recordsMax),
};

const fallsBehind: DeliveryImplementation = {
  name: 'a follower that holds more than the ring it follows, and falls behind it now and then',
  snapshotMs: 3,
  makeStream: followed((recordsMax) => Math.max(2, recordsMax / 2)),
};

for (const implementation of [local, followedRing, fallsBehind]) {
  deliveryContract(implementation);
  deliveryLawContract(implementation);
  lateLogContract(implementation);
  readWindowContract(implementation);
  compressionContract(implementation);
  rollingFlushContract(implementation);
  writeLimitContract(implementation);
}

test('a follower that the ring went round begins again where the stream is, and says how much it skipped', () => {
  const under = followed(() => 4)(16);
  const follower = under.stream as Follower;
  const frame = Buffer.alloc(10);
  for (let n = 0; n < 3; n++) under.publish(frame);
  under.pass(4);
  assert.deepEqual([follower.sendable(), follower.oldest], [4, 1]);
  for (let n = 0; n < 9; n++) under.publish(frame);
  under.pass(13);
  assert.equal(follower.news, true);
  assert.deepEqual([follower.sendable(), follower.oldest, follower.restarts, follower.skipped], [13, 13, 1, 9]);
  assert.equal(follower.news, false);
});

test('a follower that begins late has what the ring still holds', () => {
  const ring = new SharedRingWriter({ recordsMax: 8, bytesMax: 4096, recordBytesMax: 64 });
  for (let n = 0; n < 20; n++) {
    ring.reserve(4).write('abcd', ring.writeOffset);
    ring.stamp(ring.commit(4), n + 100);
  }
  ring.pass(19);
  const follower = new Follower({
    memory: ring.memory,
    epoch: 'e',
    seq: 20,
    recordsMax: 8,
    recordBytesMax: 64,
    ...sizes,
  });
  assert.deepEqual([follower.oldest, follower.head], [13, 19]);
  const seen: number[][] = [];
  follower.onEvent = (seq, stamp) => seen.push([seq, stamp]);
  ring.pass(21);
  follower.follow();
  assert.deepEqual(seen, [
    [19, 118],
    [20, 119],
  ]);
});
