import { parentPort, workerData } from 'node:worker_threads';
import { SharedRingWriter } from '../../src/base/shared-byte-ring.ts';

// Writes into a small shared ring as fast as it can, for tests of who reads it meanwhile. Every byte of a record is the
// lowest byte of its number, so that a torn one shows.

/** What the thread is given: `stop[0]` becomes 1 when it should end; `memory` is sent back as the first message. */
export interface RingWriterData {
  readonly stop: Int32Array;
  readonly recordsMax: number;
  readonly bytesMax: number;
  readonly recordBytesMax: number;
}

const { stop, ...options } = workerData as RingWriterData;
const ring = new SharedRingWriter(options);
parentPort!.postMessage(ring.memory);
for (let number = 1; Atomics.load(stop, 0) === 0; number++) {
  const length = 1 + ((number * 7919) % options.recordBytesMax);
  const buffer = ring.reserve(length);
  buffer.fill(number & 0xff, ring.writeOffset, ring.writeOffset + length);
  ring.stamp(ring.commit(length), number);
  ring.pass(ring.head);
}
