import type { Counters } from '../base/counters.ts';

/**
 * What the gateway counts. upgrades = opened + upgradesRefused + upgradesAbandoned + those that wait for their turn;
 * opened = closed + connections; requests = requestsAnswered + requestsAborted + those under way.
 */
export const gatewayCounterSpec = {
  sockets: 'TCP connections accepted',
  socketsRefused: 'TCP connections closed at once because too many were open',
  notHttp: 'TCP connections closed because what came was no HTTP request, too slow or too large',
  upgrades: 'requests to open a stream (WebSocket or event stream)',
  upgradesRefused: 'of those, refused with an HTTP error',
  upgradesAbandoned: 'of those, gone before it was their turn',
  upgradesPaced: 'of those, made to wait because many came at once',
  opened: 'streams opened',
  closed: 'streams closed',
  connections: 'streams open now (gauge)',
  eventStreams: 'of those, event streams: the fallback (gauge)',
  refusedHost: 'requests refused for their Host (DNS rebinding)',
  refusedOrigin: 'requests refused for their Origin (another site)',
  refusedFull: 'streams refused because connectionsMax are open or too many wait',
  closedSubprotocol: 'streams closed with 4503: subprotocol',
  closedPosition: 'streams closed with 4502: malformed since=',
  closedRoom: 'streams closed with 4501: unknown room',
  closedBoard: 'streams closed with 4509 or 4003: no such board, or too many different ones',
  closedMessage: 'streams closed with 4504: a message that is not understood',
  closedTooMany: 'streams closed with 4505: too many messages',
  closedProtocol: 'streams closed because their frames broke RFC 6455 or were too big',
  clientFrames: 'frames received from clients',
  requests: 'HTTP requests',
  requestsAnswered: 'of those, answered to the end, errors included',
  requestsAborted: 'of those, given up by the client or cut off',
  requestsForwarded: 'of those, handed to the cold thread',
  requestsDown: 'requests answered 503 because the cold thread was down',
  requestsFull: 'requests answered 503 because httpRequestsMax were under way',
  requestsLate: 'requests answered 503 or cut off because nothing moved for httpAnswerMs',
  answerBytes: 'bytes of answers copied from the cold thread',
  pushUpgrades: 'requests of pushing programs to open a WebSocket',
  pushRefused: 'of those, refused, closed at once with the reason, or gone before they were let in',
  pushOpened: 'of those, opened; pushOpened = pushClosed + pushers',
  pushClosed: 'connections of pushing programs closed',
  pushers: 'pushing programs connected now (gauge)',
  pushMessages: 'messages received from pushing programs by WebSocket; each is acknowledged when the log has it',
  pushPauses: 'times that a pushing program was not read because its window was full',
  commands: 'commands carried out or refused by the broker',
  asks: 'questions of the cold thread answered (rooms, snapshots)',
} as const;

export type GatewayCounters = Counters<keyof typeof gatewayCounterSpec>;
