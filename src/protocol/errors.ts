// Failures at the edges: a file, a socket, a setting. Each has one code, listed in docs/ERRORS.md (a test compares).
// The message names the value and the remedy, so that the person who reads it can act.

/** Every code, with the HTTP status it has when it answers a request (0 = never over HTTP). */
export const errorCodes = {
  MEKS_NODE_TOO_OLD: 0,
  MEKS_PORT_IN_USE: 0,
  MEKS_HOST_UNAVAILABLE: 0,
  MEKS_FILE_UNREADABLE: 400,
  MEKS_FILE_MALFORMED: 400,
  MEKS_FILE_UNWRITABLE: 500,
  MEKS_PAGES_MISSING: 503,
  MEKS_OPTION_INVALID: 400,
  MEKS_CONFIG_INVALID: 400,
  MEKS_BROKER_UNREACHABLE: 0,
  MEKS_ROOM_UNKNOWN: 404,
  MEKS_ROUTE_UNKNOWN: 404,
  MEKS_POSITION_INVALID: 400,
  MEKS_BOARD_INVALID: 400,
  MEKS_BOARDS_FULL: 503,
  MEKS_BATTLE_UNKNOWN: 404,
  MEKS_SUBPROTOCOL_INVALID: 400,
  MEKS_UPGRADE_REQUIRED: 426,
  MEKS_HANDSHAKE_INVALID: 400,
  MEKS_HOST_REFUSED: 421,
  MEKS_ORIGIN_REFUSED: 403,
  MEKS_CONNECTIONS_FULL: 503,
  MEKS_REQUESTS_FULL: 503,
  MEKS_COLD_THREAD_DOWN: 503,
  MEKS_ANSWER_LATE: 503,
  MEKS_REQUEST_SLOW: 408,
  MEKS_HEADERS_TOO_LARGE: 431,
  MEKS_REQUEST_INVALID: 400,
  MEKS_REQUEST_TOO_LARGE: 413,
  MEKS_UNAUTHORIZED: 401,
  MEKS_ROOM_NOT_PUSHED: 409,
  MEKS_PUSH_BUSY: 503,
  MEKS_ROOM_BUSY: 503,
  MEKS_MESSAGE_UNKNOWN: 404,
  MEKS_GIFTER_UNKNOWN: 404,
  MEKS_GIFT_UNKNOWN: 404,
  MEKS_CORRECTION_UNKNOWN: 404,
  MEKS_CORRECTION_UNDONE: 409,
  MEKS_CORRECTION_CLOSED: 409,
  MEKS_CORRECTION_EMPTY: 409,
  MEKS_OPERATOR_FULL: 409,
  MEKS_OPERATOR_SAME: 409,
  MEKS_OPERATOR_CHANGED: 409,
  MEKS_OPERATOR_UNKNOWN: 404,
  MEKS_INTERNAL: 500,
  MEKS_JOURNAL_UNWRITABLE: 500,
  MEKS_JOURNAL_TORN: 0,
  MEKS_JOURNAL_CORRUPT: 500,
  MEKS_JOURNAL_UNREADABLE: 0,
  MEKS_JOURNAL_LOCKED: 409,
  MEKS_HISTORY_NEWER: 0,
  MEKS_HISTORY_LONGER: 0,
  MEKS_HISTORY_OFF: 404,
  MEKS_HISTORY_UNKNOWN: 404,
  MEKS_HISTORY_UNAVAILABLE: 503,
  MEKS_HISTORY_BUSY: 503,
  MEKS_HISTORY_LATE: 503,
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A coded failure at an edge. `message` names the value and the remedy; `cause` is what lay beneath. */
export class MeksError extends Error {
  override readonly name = 'MeksError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** MEKS_FILE_UNWRITABLE of `file`: what lay beneath, and what to do unless `remedy` knows better. */
export function fileUnwritable(
  file: string,
  cause: unknown,
  remedy = 'free space, or name another place, where this user may write',
): MeksError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MeksError('MEKS_FILE_UNWRITABLE', `${file} cannot be written (${why}): ${remedy}`, cause);
}
