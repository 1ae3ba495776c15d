/** What delivery counts, per room. delivered + missed + pending = published, summed over connections. */
export const deliveryCounterSpec = {
  attached: 'connections taken in',
  detached: 'connections that left or were closed',
  connections: 'connections now (gauge)',
  behind: 'connections whose last write has not drained (gauge)',
  flushes: 'passes over all connections',
  writes: 'writes to connections, the unit of cost',
  bytes: 'bytes written to connections',
  delivered: 'events written, summed over connections',
  missed: 'events that connections were told they missed (lagged)',
  lagged: 'times that a connection fell off the ring',
  snapshotsMade: 'snapshots encoded',
  snapshotsSent: 'snapshots written to connections',
  resumed: 'connections that continued at their position',
  resumeRefused: 'connections that asked to continue and got a snapshot',
  stalledBytes:
    'bytes kept only because connections have not drained: ring segments that the ring has left behind (gauge)',
  stalledClosed: 'connections closed because nothing drained for stallMs, or because stalledBytesMax was exceeded',
  lagEventsMax: 'events that the connection furthest behind had still to get, a second ago at most (gauge)',
  pongsMissed: 'connections closed because no pong came for pongMs',
  heartbeats: 'heartbeat frames written',
} as const;
