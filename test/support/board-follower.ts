import assert from 'node:assert/strict';
import type { BoardDeltaFrame, BoardFrame } from '../../src/protocol/board-frames.ts';
import { applyBoardDelta, type BoardView } from '../../src/protocol/board-view.ts';
import type { HeartbeatFrame } from '../../src/protocol/frames.ts';
import type { Link } from '../../src/protocol/link.ts';
import { FrameReader } from './frame-reader.ts';

// A subscriber without a socket: a link that drains or does not, and what a client makes of the frames.

type Told = BoardFrame | BoardDeltaFrame | HeartbeatFrame | { readonly kind: 'hello'; readonly seq: number };

export class SlowLink implements Link {
  /** While true, nothing that is written drains. */
  stalled = false;
  writes = 0;
  bytes = 0;
  pings = 0;
  closed: number | null = null;
  readonly #frames: Told[] = [];
  readonly #reader = new FrameReader();
  #pending = 0;

  write(bytes: Uint8Array): void {
    assert.ok(this.closed === null, 'nothing is written to a connection that was closed');
    assert.ok(this.pendingBytes() === 0, 'nothing is queued for a connection that has not drained');
    this.writes++;
    this.bytes += bytes.length;
    if (this.stalled) this.#pending += bytes.length;
    // What the room writes is what the types say.
    this.#frames.push(...(this.#reader.push(bytes) as unknown as Told[]));
  }

  /** What the socket queues by itself: a pong. */
  queueControl(bytes: number): void {
    if (this.stalled) this.#pending += bytes;
  }

  pendingBytes(): number {
    if (!this.stalled) this.#pending = 0;
    return this.#pending;
  }

  ping(): void {
    this.pings++;
  }

  close(code: number): void {
    this.closed = code;
  }

  /** What was written since it was last asked. */
  take(): Told[] {
    return this.#frames.splice(0);
  }
}

export class BoardFollower {
  view: BoardView | null = null;
  seq = -1;
  boards = 0;
  deltas = 0;

  take(frame: Told): void {
    if (frame.kind === 'board') {
      assert.ok(frame.seq >= this.seq, 'no screen goes back');
      this.view = structuredClone(frame.view);
      this.seq = frame.seq;
      this.boards++;
    } else if (frame.kind === 'board-delta') {
      assert.ok(this.view !== null, 'a whole board comes first');
      assert.equal(frame.from, this.seq, 'a change goes on from where the client is');
      assert.equal(frame.conflated, frame.seq - frame.from);
      applyBoardDelta(this.view, frame);
      this.seq = frame.seq;
      this.deltas++;
    } else if (frame.kind === 'heartbeat' && this.view !== null) assert.equal(frame.seq, this.seq);
  }
}
