import { getHeapStatistics } from 'node:v8';
import { ByteRing, Piece } from './byte-ring.ts';
import { systemClock } from './clock.ts';

// Goal: what it costs to put a record into the ring, and to find what is ready for a reader, with the garbage of both.
// Run: node src/base/byte-ring.bench.ts. The check number is the sum of bytes read.

export interface RingCost {
  readonly putNs: number;
  readonly putBytes: number;
  /** Per reader: all that is ready for one. */
  readonly readNs: number;
  readonly readBytes: number;
  readonly check: number;
}

/** Costs of `records` records of 500 bytes, and of as many readers who are `behind` records behind. */
export function runRingBench(records: number, behind: number): RingCost {
  const ring = new ByteRing({ recordsMax: 16_384, segmentBytes: 1_048_576, bytesMax: 16_777_216 });
  const record = Buffer.alloc(500, 'record');
  const put = measure(records, () => {
    ring.reserve(record.length).set(record, ring.writeOffset);
    ring.commit(record.length);
  });
  const piece = new Piece();
  let check = 0;
  const read = measure(records, () => {
    for (let cursor = ring.head - behind; cursor < ring.head; cursor = piece.next) {
      ring.read(cursor, ring.head, piece);
      check += piece.bytes.length;
    }
  });
  return { putNs: put.ns, putBytes: put.bytes, readNs: read.ns, readBytes: read.bytes, check };
}

/** Nanoseconds and bytes of heap, garbage included, for each of `count` calls. */
function measure(count: number, work: () => void): { readonly ns: number; readonly bytes: number } {
  const bytesBefore = getHeapStatistics().total_allocated_bytes;
  const startMs = systemClock.nowMs();
  for (let done = 0; done < count; done++) work();
  const ms = systemClock.nowMs() - startMs;
  const bytes = getHeapStatistics().total_allocated_bytes - bytesBefore;
  return { ns: (ms / count) * 1e6, bytes: bytes / count };
}

if (import.meta.main) {
  runRingBench(100_000, 1_000);
  console.table([runRingBench(1_000_000, 10), runRingBench(1_000_000, 1_000)]);
}
