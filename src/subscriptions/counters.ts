/**
 * What subscriptions to boards count, per room. For every connection: the deltas made while it was there = deltasSent +
 * deltasSkipped, and whoever skipped one is sent the whole board.
 */
export const subscriptionCounterSpec = {
  attached: 'connections that subscribed to a board',
  detached: 'of those, that left or were closed',
  connections: 'connections subscribed to a board now (gauge)',
  refused: 'subscriptions refused because boardSubscriptionsMax different ones are open',
  boards: 'different boards subscribed to now (gauge)',
  looks: 'times that the boards were looked at for changes',
  deltasMade: 'changes of a board encoded, once for all who show it',
  deltasSent: 'changes of a board written to connections',
  deltasSkipped: 'changes of a board not written to a connection: it had not drained, and gets the whole board',
  eventsConflated: 'events that the encoded changes cover',
  boardsMade: 'whole boards encoded',
  boardsSent: 'whole boards written to connections',
  bytes: 'bytes written to connections that subscribed to a board',
  heartbeats: 'heartbeat frames written to them',
  stalledClosed: 'of them, closed because nothing drained for stallMs',
  pongsMissed: 'of them, closed because no pong came for pongMs',
} as const;
