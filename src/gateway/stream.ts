import type { CloseReason } from '../protocol/close-codes.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { Link } from '../protocol/link.ts';
import type { Attachment } from './rooms.ts';

/** A connection to a dashboard, whichever way its bytes go: a WebSocket or an event stream. */
export interface Stream extends Link {
  /** Set once the room has taken it in; null before, and for streams that are only opened to say why they close. */
  attachment: Attachment | null;
  /** Tells why in an error frame, then closes. */
  fail(reason: CloseReason, code: ErrorCode, message: string): void;
  /** Destroys the socket now. */
  terminate(): void;
}

/** Whoever counts the streams that are open. */
export interface StreamOwner {
  /** The stream's socket is gone, for whatever reason: called once for each. */
  streamClosed(stream: Stream): void;
}
