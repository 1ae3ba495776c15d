// Why a WebSocket was closed, and whether to come back. 4000-4499: come back (with backoff and the last position).
// 4500-4999: do not, until something was changed. Standard codes 1000-1015 keep their RFC 6455 meaning.

export interface CloseReason {
  readonly code: number;
  readonly reason: string;
  /** Whether a client should reconnect by itself. */
  readonly reconnect: boolean;
}

export const closeReasons = {
  /** The server stops; another will take over or the same one return. */
  goingAway: { code: 1001, reason: 'server is stopping', reconnect: true },
  /** A message above the limit. RFC 6455 1009. */
  messageTooBig: { code: 1009, reason: 'message too big', reconnect: false },
  /** No byte drained for the stall limit. */
  stalled: { code: 4000, reason: 'stalled: nothing was read for too long', reconnect: true },
  /** No answer to pings. */
  pingTimeout: { code: 4001, reason: 'no pong', reconnect: true },
  /** Admission is paced; try again after a moment. */
  busy: { code: 4002, reason: 'too many connections at once', reconnect: true },
  /** Too many different boards are subscribed to. */
  boardsFull: { code: 4003, reason: 'too many different boards', reconnect: true },
  /** The room was removed from this broker. */
  roomRemoved: { code: 4500, reason: 'room removed', reconnect: false },
  unknownRoom: { code: 4501, reason: 'unknown room', reconnect: false },
  badResume: { code: 4502, reason: 'malformed since=', reconnect: false },
  badSubprotocol: { code: 4503, reason: 'subprotocol must be meks.v1', reconnect: false },
  badMessage: { code: 4504, reason: 'message not understood', reconnect: false },
  /** More client messages than the limit allows. */
  tooMany: { code: 4505, reason: 'too many messages', reconnect: false },
  unauthorized: { code: 4506, reason: 'not allowed', reconnect: false },
  notPushed: { code: 4507, reason: 'this room is not pushed to', reconnect: false },
  badPushProtocol: { code: 4508, reason: 'subprotocol must be meks.push.v1', reconnect: false },
  badBoard: { code: 4509, reason: 'no such board', reconnect: false },
} as const satisfies Record<string, CloseReason>;

export type CloseName = keyof typeof closeReasons;

/** Longest time that a client stays away because it was told to, in milliseconds. */
const retryMsMax = 60_000;
const retryPattern = /; retry after (\d{1,6}) ms$/;

/** The text of a close that also tells this client when to come back: a crowd is spread by whoever sends it away. */
export function reasonWithRetry(reason: string, retryMs: number): string {
  return `${reason}; retry after ${Math.round(retryMs)} ms`;
}

/** When a close said to come back, in milliseconds; null = it did not say. */
export function retryMsOf(reason: string): number | null {
  const match = retryPattern.exec(reason);
  return match === null ? null : Math.min(retryMsMax, Number(match[1]));
}

/** Whether a client should reconnect by itself after this close code. Unknown codes: yes, networks fail. */
export function shouldReconnect(code: number): boolean {
  if (code >= 4500 && code <= 4999) return false;
  return code !== 1000 && code !== 1009 && code !== 1002 && code !== 1003 && code !== 1008;
}
