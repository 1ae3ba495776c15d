import { sampleGift } from '../../test/support/sample-gift.ts';
import { Piece } from '../base/byte-ring.ts';
import { systemClock } from '../base/clock.ts';
import { Broadcast } from './broadcast.ts';

// Goal: what publishing one event costs (the one JSON encoding, the frame, the ring) and what handing it to a reader
// costs, with the garbage of both. Sockets are not part of it: bench/ measures those. Run: node
// src/broadcast/broadcast.bench.ts The check number is the sum of bytes read: it changes when the frames do.

export interface BroadcastCost {
  readonly publishNs: number;
  readonly publishBytes: number;
  /** Per reader and flush: finding the piece of the ring that is ready. */
  readonly readNs: number;
  readonly readBytes: number;
  readonly frameBytes: number;
  readonly check: number;
}

/** Costs of publishing `events` gifts, read by one cursor after each `burst` of them. */
export function runBroadcastBench(events: number, burst: number): BroadcastCost {
  const broadcast = new Broadcast({ log: { append: () => 'taken' } });
  const gifts = Array.from({ length: 1000 }, (_, index) => sampleGift(index));
  const piece = new Piece();
  let publishMs = 0;
  let publishBytes = 0;
  let readMs = 0;
  let readBytes = 0;
  let check = 0;
  let reads = 0;
  for (let done = 0; done < events; done += burst) {
    let heap = process.memoryUsage().heapUsed;
    let start = systemClock.nowMs();
    for (let index = 0; index < burst; index++) {
      const text = broadcast.encode(gifts[(done + index) % gifts.length]!);
      broadcast.publish(text, Broadcast.bytesOf(text));
    }
    publishMs += systemClock.nowMs() - start;
    publishBytes += Math.max(0, process.memoryUsage().heapUsed - heap);
    heap = process.memoryUsage().heapUsed;
    start = systemClock.nowMs();
    for (
      let cursor = Math.max(broadcast.oldest, broadcast.head - burst);
      cursor < broadcast.head;
      cursor = piece.next
    ) {
      broadcast.read(cursor, broadcast.head, piece);
      check += piece.bytes.length;
      reads++;
    }
    readMs += systemClock.nowMs() - start;
    readBytes += Math.max(0, process.memoryUsage().heapUsed - heap);
  }
  return {
    publishNs: (publishMs / events) * 1e6,
    publishBytes: publishBytes / events,
    readNs: (readMs / reads) * 1e6,
    readBytes: readBytes / reads,
    frameBytes: check / events,
    check,
  };
}

if (import.meta.main) {
  runBroadcastBench(100_000, 1000);
  console.table([runBroadcastBench(1_000_000, 1000), runBroadcastBench(1_000_000, 10)]);
}
