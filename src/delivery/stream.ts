import type { Hold, Piece } from '../base/byte-ring.ts';

// What delivery needs of a room: its stream, and the gate in front of it.

/** The room's stream. Implemented by the broadcast. */
export interface DeliveryStream {
  readonly epoch: string;
  readonly head: number;
  readonly oldest: number;
  read(cursor: number, limit: number, piece: Piece): void;
  /** Keeps the bytes of `seq` as they are until they are released. */
  hold(seq: number): Hold;
  /** `read`: nothing of it is still to be read. */
  release(hold: Hold, read: boolean): void;
  /** Bytes that are only kept because somebody holds them. */
  readonly outsideBytes: number;
}

/** What may leave the house. Implemented by the log: events below `sendable()` have been handed to the system. */
export interface DeliveryGate {
  sendable(): number;
  /** Waits, `withinMs` at most, until more may pass: what is about to be sent should be all there is. */
  settle?(withinMs: number): void;
  /**
   * Until `atMs` (monotonic) nobody needs to be told that more may pass: `sendable` is asked then. 0 = tell at once.
   */
  restUntil?(atMs: number): void;
}
