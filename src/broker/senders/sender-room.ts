import type { Clock } from '../../base/clock.ts';
import { Counters } from '../../base/counters.ts';
import { Histogram } from '../../base/histogram.ts';
import { Follower } from '../../broadcast/broadcast.ts';
import { Delivery, type DeliveryAttachment, deliveryCounterSpec, type RoomSnapshot } from '../../delivery/delivery.ts';
import type { Attachment } from '../../gateway/gateway.ts';
import type { BoardRequest } from '../../protocol/board-scope.ts';
import type { CloseReason } from '../../protocol/close-codes.ts';
import type { Link } from '../../protocol/link.ts';
import type { Position } from '../../protocol/position.ts';
import { framedText } from '../../protocol/websocket-frame.ts';
import { LatencyMeter } from '../latency-meter.ts';
import { SourceFacts } from '../source-facts.ts';
import type { BoardRelay } from './board-relay.ts';
import type { SharedRoom } from './sender-messages.ts';

// One room on a sender thread: the same delivery as on the hot thread, over a ring that follows the shared one. What
// only the room's owner knows, the snapshot, is asked for: one question at a time, whoever waits shares the answer.

/** How long a snapshot is kept for whoever wanted it, in milliseconds: longer than a round of flushes takes. */
const keptMsMax = 1000;

export interface SenderRoomOptions {
  readonly clock: Clock;
  readonly room: SharedRoom;
  /** Added to the hot thread's monotonic time, gives this thread's. */
  readonly offsetMs: number;
  /** Takes viewers of boards in, which are the hot thread's business. */
  readonly boards: BoardRelay;
  /** Asks the room's owner for a snapshot; the answer comes to `snapshotCame`. */
  readonly askSnapshot: () => void;
}

export class SenderRoom {
  readonly id: string;
  readonly handle: string;
  readonly #clock: Clock;
  readonly #follower: Follower;
  readonly #delivery: Delivery;
  readonly #boards: BoardRelay;
  readonly #askSnapshot: () => void;
  #asked = false;
  #snapshot: RoomSnapshot | null = null;
  /** When it came, monotonic ms. */
  #cameMs = 0;

  constructor(options: SenderRoomOptions) {
    const { clock, room, offsetMs } = options;
    this.id = room.id;
    this.handle = room.handle;
    this.#clock = clock;
    this.#boards = options.boards;
    this.#askSnapshot = options.askSnapshot;
    const { memory, epoch, recordsMax, seq } = room;
    this.#follower = new Follower({ memory, epoch, recordsMax, seq });
    const latency = new LatencyMeter(new Histogram(room.latencyValues));
    this.#follower.onEvent = (number, arrivedMs) => latency.published(number, arrivedMs + offsetMs);
    const facts = new SourceFacts(clock, { values: room.factsValues, offsetMs });
    this.#delivery = new Delivery({
      clock,
      room: room.id,
      stream: this.#follower,
      gate: this.#follower,
      snapshots: { snapshot: () => this.#takeSnapshot() },
      heartbeat: (number) => facts.heartbeatText(number),
      counters: new Counters(deliveryCounterSpec, room.deliveryValues),
      lag: new Histogram(room.lagValues),
      onFlush: (endMs, limit) => latency.flushed(limit, endMs),
    });
  }

  /** Whether events came that were not taken over yet. */
  get news(): boolean {
    return this.#follower.news;
  }

  attach(link: Link, since: Position | null): DeliveryAttachment {
    return this.#delivery.attach(link, since);
  }

  attachBoard(link: Link, request: BoardRequest): Attachment {
    return this.#boards.attach(this.id, link, request);
  }

  wake(): void {
    this.#delivery.wake();
  }

  announce(): void {
    this.#delivery.announce();
  }

  snapshotCame(seq: number, bytes: Uint8Array): void {
    this.#asked = false;
    this.#snapshot = { seq, bytes: framedText(bytes) };
    this.#cameMs = this.#clock.nowMs();
    this.#delivery.wake();
  }

  close(reason: CloseReason): void {
    this.#delivery.flushAll();
    this.#delivery.close(reason);
  }

  #takeSnapshot(): RoomSnapshot | null {
    const snapshot = this.#snapshot;
    this.#snapshot = null;
    // Whoever wanted it may have left, and the next one come an hour later.
    if (snapshot !== null && this.#clock.nowMs() - this.#cameMs <= keptMsMax) return snapshot;
    if (!this.#asked) {
      this.#asked = true;
      this.#askSnapshot();
    }
    return null;
  }
}
