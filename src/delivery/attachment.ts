import type { ConnectionHandle } from './connections.ts';
import type { Delivery } from './delivery.ts';

/** A connection's hold on the delivery. Held by whoever owns the socket. */
export class DeliveryAttachment {
  readonly #delivery: Delivery;
  readonly #connection: Readonly<ConnectionHandle>;

  constructor(delivery: Delivery, connection: Readonly<ConnectionHandle>) {
    this.#delivery = delivery;
    this.#connection = connection;
  }

  /** The peer gave a sign of life; `mark` is what the ping that it answers was given. */
  alive(mark?: number): void {
    if (this.#connection.slot >= 0) this.#delivery.alive(this.#connection.slot, mark);
  }

  /** The connection is gone. Twice is once. */
  detached(): void {
    if (this.#connection.slot >= 0) this.#delivery.detach(this.#connection.slot);
  }

  /** Events still to come for this connection, of those that may be sent; -1 when it is gone. */
  get pending(): number {
    return this.#connection.slot >= 0 ? this.#delivery.pending(this.#connection.slot) : -1;
  }
}
