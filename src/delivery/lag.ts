import type { Hold } from '../base/byte-ring.ts';
import type { Histogram } from '../base/histogram.ts';
import type { Connections } from './connections.ts';

// Looks over all connections once a second: how far behind each is, and who keeps the oldest memory from being freed.

/** Records how many of the events below `limit` each connection has still to get. Returns the highest. */
export function recordLag(connections: Connections, limit: number, histogram: Histogram): number {
  let eventsMax = 0;
  for (let slot = 0; slot < connections.size; slot++) {
    const events = Math.max(0, limit - connections.cursors[slot]!);
    histogram.record(events);
    if (events > eventsMax) eventsMax = events;
  }
  return eventsMax;
}

/** The oldest memory that the ring has left behind and a connection still holds; null = none does. */
export function oldestOutside(connections: Connections): Hold | null {
  let oldest: Hold | null = null;
  for (let slot = 0; slot < connections.size; slot++) {
    const hold = connections.holds[slot]!;
    if (hold !== null && hold.outside && (oldest === null || hold.first < oldest.first)) oldest = hold;
  }
  return oldest;
}
