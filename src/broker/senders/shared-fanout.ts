import { assert } from '../../base/assert.ts';
import { Counters } from '../../base/counters.ts';
import { Histogram } from '../../base/histogram.ts';
import type { SharedRingWriter } from '../../base/shared-byte-ring.ts';
import { deliveryCounterSpec } from '../../delivery/delivery.ts';
import type { Attachment } from '../../gateway/gateway.ts';
import type { CloseReason } from '../../protocol/close-codes.ts';
import type { Fanout, FanoutNumbers, FanoutParts, SnapshotBytes } from '../fanout.ts';
import type { SharedRoom, ToSender } from './sender-messages.ts';

// One room's way through the sender threads, on the hot side: what may be sent is passed in the shared ring, and the
// bells are rung. Owns the room's counters of each sender, which outlive the threads.

/** What it needs of the senders. */
export interface SendersOfRoom {
  ring(): void;
  closeRoom(id: string, reason: CloseReason): void;
}

/** What it needs of one of them. */
export interface SenderOfRoom {
  /** From 0. */
  readonly place: number;
  readonly labels: Readonly<Record<string, string>>;
  tell(message: ToSender): void;
}

interface SenderNumbers extends FanoutNumbers {
  readonly delivery: Counters<keyof typeof deliveryCounterSpec>;
}

export class SharedFanout implements Fanout {
  readonly numbers: readonly SenderNumbers[];
  readonly #parts: FanoutParts;
  readonly #ring: SharedRingWriter;
  readonly #senders: SendersOfRoom;
  readonly #each: readonly SenderOfRoom[];

  constructor(parts: FanoutParts, senders: SendersOfRoom, each: readonly SenderOfRoom[]) {
    this.#parts = parts;
    this.#ring = parts.broadcast.shared;
    this.#senders = senders;
    this.#each = each;
    this.numbers = each.map(({ labels }) => ({
      labels,
      delivery: new Counters(deliveryCounterSpec),
      latency: new Histogram(),
      lag: new Histogram(),
    }));
    // What an earlier life of the stream left is sent to whoever resumes.
    this.#ring.pass(parts.gate.sendable());
  }

  get size(): number {
    return this.numbers.reduce((sum, { delivery }) => sum + delivery.get('connections'), 0);
  }

  attach(): Attachment {
    assert(false, 'senders take connections in');
  }

  published(seq: number, arrivedMs: number): void {
    this.#ring.stamp(seq, arrivedMs);
  }

  wake(): void {
    if (this.#ring.pass(this.#parts.gate.sendable())) this.#senders.ring();
  }

  announce(): void {
    for (const sender of this.#each) sender.tell({ kind: 'announce', id: this.#parts.id });
  }

  flush(): void {
    this.wake();
  }

  close(reason: CloseReason): void {
    this.#senders.closeRoom(this.#parts.id, reason);
  }

  snapshot(): SnapshotBytes {
    return this.#parts.snapshot();
  }

  /** What a life of `sender` has to know of this room. */
  describe(sender: SenderOfRoom): SharedRoom {
    const { id, handle, broadcast, facts } = this.#parts;
    const { delivery, latency, lag } = this.numbers[sender.place]!;
    return {
      id,
      handle,
      epoch: broadcast.epoch,
      memory: this.#ring.memory,
      seq: broadcast.head,
      recordsMax: this.#ring.recordsMax,
      deliveryValues: delivery.values,
      latencyValues: latency.values,
      lagValues: lag.values,
      factsValues: facts.values,
    };
  }

  /** A life of `sender` is over: who was connected there is no more. */
  lost(sender: SenderOfRoom): void {
    const { delivery } = this.numbers[sender.place]!;
    delivery.add('detached', delivery.get('connections'));
    delivery.set('connections', 0);
    delivery.set('behind', 0);
  }
}
