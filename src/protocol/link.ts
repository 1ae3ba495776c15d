// One connection to a dashboard, as the sender sees it. Implemented by the gateway over a WebSocket or an SSE answer,
// used by delivery, and by ten-line fakes in tests. One object per connection, made when it opens: never one per event.

/** The mark of an answer that brought none back: some clients answer a ping with an empty pong. */
export const anyMark = -1;

export interface Link {
  /** Whether it takes compressed frames that refer to those before them (RFC 7692); left out: it does not. */
  readonly deflates?: boolean;
  /** Hands bytes (whole WebSocket frames) over, in order. Never throws, never blocks; bytes are not copied. */
  write(bytes: Uint8Array): void;
  /** Bytes handed over that the kernel has not taken yet: above 0 the connection is left alone. */
  pendingBytes(): number;
  /** Asks the peer for a sign of life. Its answer brings `mark` back: what was written before has been read then. */
  ping(mark?: number): void;
  /** Closes with a WebSocket close code and reason, after what was written; forced when the peer does not answer. */
  close(code: number, reason: string): void;
}
