import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import type { Link } from '../protocol/link.ts';
import { textFrame } from '../protocol/websocket-frame.ts';
import type { subscriptionCounterSpec } from './counters.ts';
import type { SubscribedBoard } from './subscribed-board.ts';

// Owns the connections that show one board. Everybody who keeps up is handed the same bytes; there is no queue: whoever
// has not drained when a change comes is sent the whole board once it has. What waits for the log (the gate) is one
// change for all of them. Bounded by connectionsMax at the gateway's door.

/** A connection that shows a board. One object, made when it comes. */
export interface Viewer {
  readonly link: Link;
  /** Gets the whole board before anything else. */
  needsBoard: boolean;
  /** How the source is doing has changed, and could not be told yet: it had not drained, or a change was held. */
  untold: boolean;
  /** When the write that has not drained last made progress, monotonic ms; 0 = everything has drained. */
  stalledSinceMs: number;
  stalledBytes: number;
  /** When something was last written, and when the peer last gave a sign of life: monotonic ms. */
  sentMs: number;
  aliveMs: number;
}

/** How many viewers are served between two looks at the clock. */
const clockEvery = 8;

export interface AudienceParts {
  readonly board: SubscribedBoard;
  readonly epoch: string;
  readonly counters: Counters<keyof typeof subscriptionCounterSpec>;
}

export class Audience {
  readonly #board: SubscribedBoard;
  readonly #epoch: string;
  readonly #counters: AudienceParts['counters'];
  readonly #viewers = new Set<Viewer>();
  /** Of them, those that need the whole board. */
  #needing = 0;
  /** A change that not everybody has been sent yet: the log has not passed it, or a round is under way. */
  #held: Buffer | null = null;
  /** Who is still to be served in the round that is under way; null = none is. Who comes meanwhile is among them. */
  #round: Iterator<Viewer> | null = null;
  /** The whole board as a frame; null = not made since it last changed. */
  #whole: Buffer | null = null;

  constructor(parts: AudienceParts) {
    this.#board = parts.board;
    this.#epoch = parts.epoch;
    this.#counters = parts.counters;
  }

  add(link: Link, nowMs: number): Viewer {
    const viewer: Viewer = {
      link,
      needsBoard: true,
      untold: false,
      stalledSinceMs: 0,
      stalledBytes: 0,
      sentMs: nowMs,
      aliveMs: nowMs,
    };
    this.#viewers.add(viewer);
    this.#needing++;
    return viewer;
  }

  /** False when it had gone before. */
  remove(viewer: Viewer): boolean {
    if (!this.#viewers.delete(viewer)) return false;
    if (viewer.needsBoard) this.#needing--;
    return true;
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#viewers;
  }

  /** Looks for changes at position `seq`. What was found before has been sent. */
  look(seq: number): void {
    assert(this.#held === null, 'a change is sent before the next is looked for');
    const delta = this.#board.look(seq);
    if (delta === null) return;
    this.#held = textFrame(JSON.stringify(delta));
    this.#whole = null;
    this.#counters.add('deltasMade');
    this.#counters.add('eventsConflated', delta.conflated);
  }

  /** Position of what `send` sends. */
  get seq(): number {
    return this.#board.seq;
  }

  /** Viewers that have to drain before they are sent a board. */
  get needing(): number {
    return this.#needing;
  }

  /**
   * Sends everybody what is there for them, once the log has passed `seq`. False: it is `untilMs`, and the rest is for
   * another turn.
   */
  send(clock: Clock, untilMs: number): boolean {
    if (this.#round === null && this.#held === null && this.#needing === 0) return true;
    this.#round ??= this.#viewers.values();
    const nowMs = clock.nowMs();
    let served = 0;
    for (let next = this.#round.next(); next.done !== true; next = this.#round.next()) {
      this.#serve(next.value, nowMs);
      if (++served % clockEvery === 0 && clock.nowMs() > untilMs) return false;
    }
    this.#round = null;
    this.#held = null;
    return true;
  }

  #serve(viewer: Viewer, nowMs: number): void {
    const drained = this.drained(viewer, nowMs);
    if (this.#held !== null) this.#sendDelta(viewer, this.#held, drained, nowMs);
    if (viewer.needsBoard && drained) this.#sendBoard(viewer, nowMs);
  }

  #sendDelta(viewer: Viewer, bytes: Buffer, drained: boolean, nowMs: number): void {
    if (viewer.needsBoard || !drained) {
      this.#counters.add('deltasSkipped');
      if (!viewer.needsBoard) this.#needing++;
      viewer.needsBoard = true;
      return;
    }
    this.write(viewer, bytes, nowMs);
    this.#counters.add('deltasSent');
  }

  /** Position up to which everybody who keeps up has been told; null while a change is held. */
  get toldTo(): number | null {
    return this.#held === null ? this.#board.seq : null;
  }

  write(viewer: Viewer, bytes: Uint8Array, nowMs: number): void {
    viewer.link.write(bytes);
    viewer.sentMs = nowMs;
    this.#counters.add('bytes', bytes.length);
    const pendingBytes = viewer.link.pendingBytes();
    if (pendingBytes > 0) stall(viewer, pendingBytes, nowMs);
  }

  /** True when the connection can take more. Notices progress of one that could not. */
  drained(viewer: Viewer, nowMs: number): boolean {
    if (viewer.stalledSinceMs === 0) return true;
    const pendingBytes = viewer.link.pendingBytes();
    if (pendingBytes === 0) viewer.stalledSinceMs = 0;
    else if (pendingBytes < viewer.stalledBytes) stall(viewer, pendingBytes, nowMs);
    // More than before is no progress: pongs to a peer that pings and reads nothing.
    else viewer.stalledBytes = pendingBytes;
    return pendingBytes === 0;
  }

  #sendBoard(viewer: Viewer, nowMs: number): void {
    if (this.#whole === null) {
      this.#whole = textFrame(this.#board.boardText(this.#epoch));
      this.#counters.add('boardsMade');
    }
    this.write(viewer, this.#whole, nowMs);
    viewer.needsBoard = false;
    this.#needing--;
    this.#counters.add('boardsSent');
  }
}

/** 0 is kept for "drained": time 0 counts as 1. */
function stall(viewer: Viewer, pendingBytes: number, nowMs: number): void {
  viewer.stalledSinceMs = nowMs === 0 ? 1 : nowMs;
  viewer.stalledBytes = pendingBytes;
}
