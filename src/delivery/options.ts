import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import type { Histogram } from '../base/histogram.ts';
import type { deliveryCounterSpec } from './counters.ts';
import type { SnapshotSource } from './snapshot-cache.ts';
import type { DeliveryGate, DeliveryStream } from './stream.ts';

/** What a delivery is made of. */
export interface DeliveryOptions {
  readonly clock: Clock;
  readonly room: string;
  readonly stream: DeliveryStream;
  readonly gate: DeliveryGate;
  readonly snapshots: SnapshotSource;
  /** Text of the heartbeat frame for a connection that has been sent everything up to `seq`. */
  readonly heartbeat: (seq: number) => string;
  readonly counters?: Counters<keyof typeof deliveryCounterSpec>;
  /** What stalled connections may hold beyond the ring; limits.stalledBytesMax unless given. */
  readonly stalledBytesMax?: number;
  /** What a connection is given of the ring in one flush; limits.writeBytesMax unless given. */
  readonly writeBytesMax?: number;
  /** How many events connections are behind, each once a second; memory of its own unless given. */
  readonly lag?: Histogram;
  /** How long a flush may keep the thread before others get their turn; limits.flushTurnMsMax unless given. */
  readonly turnMsMax?: number;
  /** Told at the end of each flush up to where everybody who keeps up was sent: for the latency histogram. */
  readonly onFlush?: (endMs: number, limit: number) => void;
}
