import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import { Histogram } from '../base/histogram.ts';
import type { Broadcast } from '../broadcast/broadcast.ts';
import type { Delivery, DeliveryOptions } from '../delivery/delivery.ts';
import type { Attachment } from '../gateway/gateway.ts';
import type { CloseReason } from '../protocol/close-codes.ts';
import type { Link } from '../protocol/link.ts';
import type { Position } from '../protocol/position.ts';
import { framedText } from '../protocol/websocket-frame.ts';
import { LatencyMeter } from './latency-meter.ts';
import type { SourceFacts } from './source-facts.ts';

// The way from a room's ring to its dashboards: by this thread itself (LocalFanout), or by threads that do nothing else
// (senders/). The room does not know which.

/** A snapshot frame's JSON, and the last event that it holds. */
export interface SnapshotBytes {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** What a fanout is told about its room. */
export interface FanoutParts {
  readonly id: string;
  readonly handle: string;
  readonly broadcast: Broadcast;
  /** What may leave the house: the log. */
  readonly gate: { sendable(): number };
  readonly facts: SourceFacts;
  /** Made at most once per position. */
  readonly snapshot: () => SnapshotBytes;
}

/** Numbers for /metrics, with the labels that tell them apart from the same ones of others. */
export interface FanoutNumbers {
  readonly labels: Readonly<Record<string, string>>;
  readonly delivery: Counters<string>;
  readonly latency: Histogram;
  /** Events that connections are behind, each once a second. */
  readonly lag: Histogram;
}

export interface Fanout {
  readonly numbers: readonly FanoutNumbers[];
  /** Dashboards connected now. */
  readonly size: number;
  /** Takes a connection in that this thread has accepted. */
  attach(link: Link, since: Position | null): Attachment;
  /** Event `seq` is in the ring; its raw message arrived at `arrivedMs` (monotonic). */
  published(seq: number, arrivedMs: number): void;
  /** The turn is over, or the log has moved on: what may be sent should be. */
  wake(): void;
  /** The source's state has changed: everybody is told. */
  announce(): void;
  /** Sends all that may be sent: for the end of the house. */
  flush(): void;
  /** Closes every connection with `reason`; nothing is sent after it. */
  close(reason: CloseReason): void;
}

/** Makes the way of a room whose ring lies in shared memory. */
export interface FanoutMaker {
  make(parts: FanoutParts): Fanout;
}

/** What makes deliveries: the simulated world makes its own. */
export interface DeliveryMaker {
  delivery(options: DeliveryOptions): Delivery;
}

export class LocalFanout implements Fanout {
  readonly numbers: readonly FanoutNumbers[];
  readonly #delivery: Delivery;
  readonly #latency = new LatencyMeter(new Histogram());

  constructor(clock: Clock, parts: FanoutParts, make: DeliveryMaker) {
    this.#delivery = make.delivery({
      clock,
      room: parts.id,
      stream: parts.broadcast,
      gate: parts.gate,
      snapshots: {
        snapshot: () => {
          const { seq, bytes } = parts.snapshot();
          return { seq, bytes: framedText(bytes) };
        },
      },
      heartbeat: (seq) => parts.facts.heartbeatText(seq),
      onFlush: (endMs, limit) => this.#latency.flushed(limit, endMs),
    });
    const { counters, lag } = this.#delivery;
    this.numbers = [{ labels: {}, delivery: counters, latency: this.#latency.histogram, lag }];
  }

  get size(): number {
    return this.#delivery.size;
  }

  attach(link: Link, since: Position | null): Attachment {
    return this.#delivery.attach(link, since);
  }

  published(seq: number, arrivedMs: number): void {
    this.#latency.published(seq, arrivedMs);
  }

  wake(): void {
    this.#delivery.wake();
  }

  announce(): void {
    this.#delivery.announce();
  }

  flush(): void {
    this.#delivery.flushAll();
  }

  close(reason: CloseReason): void {
    this.#delivery.close(reason);
  }
}
