import { Broadcast, type BroadcastOptions } from '../broadcast/broadcast.ts';
import { Delivery, type DeliveryOptions } from '../delivery/delivery.ts';
import { Ingest, type IngestOptions } from '../ingest/ingest.ts';

/** Makes the parts that a room owns. The simulated world makes them smaller, or breaks one on purpose. */
export interface RoomParts {
  broadcast(options: BroadcastOptions): Broadcast;
  delivery(options: DeliveryOptions): Delivery;
  ingest(options: IngestOptions): Ingest;
}

export const realParts: RoomParts = {
  broadcast: (options) => new Broadcast(options),
  delivery: (options) => new Delivery(options),
  ingest: (options) => new Ingest(options),
};
