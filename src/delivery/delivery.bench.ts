import { ringStream } from '../../test/support/ring-stream.ts';
import { ByteRing } from '../base/byte-ring.ts';
import { systemClock } from '../base/clock.ts';
import type { Link } from '../protocol/link.ts';
import { textFrame } from '../protocol/websocket-frame.ts';
import { Delivery } from './delivery.ts';

// Goal: what a flush costs per connection without the system call, and its garbage: the part of the fan-out that is
// ours. Links take everything at once. Run: node src/delivery/delivery.bench.ts. The check number is the sum of bytes
// handed over.

export interface FlushCost {
  readonly connections: number;
  /** Per connection and flush. */
  readonly flushNs: number;
  readonly flushBytes: number;
  readonly check: number;
}

/** Costs of `flushes` flushes of one event each over `connections` connections. */
export function runFlushBench(connections: number, flushes: number): FlushCost {
  const ring = new ByteRing({ recordsMax: 1024, segmentBytes: 65_536, bytesMax: 1_048_576 });
  const frame = textFrame(JSON.stringify({ seq: 1, kind: 'share', padding: 'x'.repeat(400) }));
  let check = 0;
  const link: Link = {
    write: (bytes) => {
      check += bytes.length;
    },
    pendingBytes: () => 0,
    ping: () => {},
    close: () => {},
  };
  const delivery = new Delivery({
    clock: systemClock,
    room: 'bench',
    stream: ringStream(ring, 'bench'),
    gate: { sendable: () => ring.head },
    snapshots: { snapshot: () => ({ seq: ring.head - 1, bytes: textFrame('{"kind":"snapshot","seq":0}') }) },
    heartbeat: () => '{"kind":"heartbeat"}',
  });
  for (let index = 0; index < connections; index++) delivery.attach(link, null);
  delivery.flush();
  const heapBefore = process.memoryUsage().heapUsed;
  const start = systemClock.nowMs();
  for (let flush = 0; flush < flushes; flush++) {
    const buffer = ring.reserve(frame.length);
    buffer.set(frame, ring.writeOffset);
    ring.commit(frame.length);
    delivery.flush();
  }
  const flushMs = systemClock.nowMs() - start;
  const heapBytes = Math.max(0, process.memoryUsage().heapUsed - heapBefore);
  delivery.close({ code: 1001, reason: 'done', reconnect: true });
  const passes = flushes * connections;
  return { connections, flushNs: (flushMs / passes) * 1e6, flushBytes: heapBytes / passes, check };
}

if (import.meta.main) {
  runFlushBench(300, 1000);
  console.table([runFlushBench(300, 20_000), runFlushBench(3000, 2000), runFlushBench(10_000, 600)]);
}
