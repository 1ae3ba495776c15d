import type { BoardDelta, BoardView } from './board-view.ts';
import type { ErrorFrame, HeartbeatFrame, HelloFrame } from './frames.ts';

// The `meks.board.v1` subprotocol: what a subscription to one board carries, one JSON object a message. `hello`, then
// the whole board, then what changed in its visible part, conflated and paced. There is no resume: a board is small,
// and whoever comes back is sent it. docs/PROTOCOL.md.

export const boardSubprotocol = 'meks.board.v1';

/** The whole visible part at one position: replaces all that the client held. */
export interface BoardFrame {
  readonly kind: 'board';
  readonly epoch: string;
  readonly seq: number;
  readonly view: BoardView;
}

/** What changed since the frame before, which was at `from`. */
export interface BoardDeltaFrame extends BoardDelta {
  readonly kind: 'board-delta';
}

/** heartbeat.seq: the board is as shown up to there. */
export type BoardServerFrame = HelloFrame | BoardFrame | BoardDeltaFrame | HeartbeatFrame | ErrorFrame;
