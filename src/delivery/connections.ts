import type { Hold } from '../base/byte-ring.ts';
import { limits } from '../protocol/limits.ts';
import type { Link } from './link.ts';

// Owns the table of a room's connections: plain arrays side by side, dense, so that a flush walks memory in order and
// a connection costs a few numbers. Grows by doubling; bounded by connectionsMax at the gateway's door.

/** Flag: the connection gets a snapshot before anything else. */
export const needsSnapshot = 1;

/** Over how many parts of their interval heartbeats are spread: delivery looks for those that are due once a second. */
const beatPhases = 5;

/** Where a connection is in the table. `slot` changes when others leave, and is -1 once it has left itself. */
export interface ConnectionHandle {
  slot: number;
}

export class Connections {
  size = 0;
  readonly links: Link[] = [];
  /** What of the ring a connection's last write still needs; null = nothing. */
  readonly holds: (Hold | null)[] = [];
  readonly #handles: ConnectionHandle[] = [];
  /** The seq that the connection wants next. */
  cursors = new Float64Array(16);
  /** When the write that is not yet drained last made progress (monotonic ms); 0 = everything has drained. */
  stalledSinceMs = new Float64Array(16);
  /** Bytes not drained when that was seen. */
  stalledBytes = new Float64Array(16);
  /** When the next heartbeat is due, monotonic ms. */
  beatDueMs = new Float64Array(16);
  /** When the peer last gave a sign of life, monotonic ms. */
  aliveMs = new Float64Array(16);
  /** Bytes written since it came. */
  written = new Float64Array(16);
  /** Of them, those that it is known to have read. */
  read = new Float64Array(16);
  /** Of them, those that the last ping asked about: more than `read` while its pong has not come. */
  asked = new Float64Array(16);
  /** When that ping was sent, monotonic ms. */
  askedMs = new Float64Array(16);
  flags = new Uint8Array(16);
  /** 1: the source's state has changed, and no heartbeat has told it so yet. */
  untold = new Uint8Array(16);
  /** The generation of compressed frames of which it has been sent everything so far; 0 = none. */
  generations = new Float64Array(16);
  #arrivals = 0;

  add(link: Link, cursor: number, nowMs: number): ConnectionHandle {
    if (this.size === this.cursors.length) this.#grow();
    const slot = this.size++;
    const handle = { slot };
    this.links[slot] = link;
    this.holds[slot] = null;
    this.#handles[slot] = handle;
    this.cursors[slot] = cursor;
    this.stalledSinceMs[slot] = 0;
    this.stalledBytes[slot] = 0;
    // Beats of a crowd that came together would be one long turn: each gets a part of the interval.
    this.beatDueMs[slot] = nowMs + (limits.heartbeatMs.value / beatPhases) * (this.#arrivals++ % beatPhases);
    this.aliveMs[slot] = nowMs;
    this.written[slot] = 0;
    this.read[slot] = 0;
    this.asked[slot] = 0;
    this.askedMs[slot] = nowMs;
    this.flags[slot] = 0;
    this.untold[slot] = 0;
    this.generations[slot] = 0;
    return handle;
  }

  /**
   * A connection leaves: the last one takes its place. Those below `served` stay apart from the others: of them it is
   * their last that takes the place, and the last of all takes that one's.
   */
  remove(slot: number, served = 0): void {
    this.#handles[slot]!.slot = -1;
    const last = --this.size;
    const hole = Math.max(slot, served - 1);
    this.#move(hole, slot);
    this.#move(last, hole);
    this.links.length = last;
    this.holds.length = last;
    this.#handles.length = last;
  }

  /** Notes that the connection's last write has not drained. 0 is kept for "drained": time 0 counts as 1. */
  stall(slot: number, pendingBytes: number, nowMs: number): void {
    this.stalledSinceMs[slot] = nowMs === 0 ? 1 : nowMs;
    this.stalledBytes[slot] = pendingBytes;
  }

  /** Notes that a heartbeat went out. The next is counted from when it was due, so that a late one moves no other. */
  beaten(slot: number, nowMs: number): void {
    const everyMs = limits.heartbeatMs.value;
    const dueMs = this.beatDueMs[slot]!;
    this.beatDueMs[slot] = dueMs + (Math.floor((nowMs - dueMs) / everyMs) + 1) * everyMs;
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    this.links[to] = this.links[from]!;
    this.holds[to] = this.holds[from]!;
    this.#handles[to] = this.#handles[from]!;
    this.#handles[to].slot = to;
    for (const column of [
      this.cursors,
      this.stalledSinceMs,
      this.stalledBytes,
      this.beatDueMs,
      this.aliveMs,
      this.written,
      this.read,
      this.asked,
      this.askedMs,
      this.generations,
    ])
      column[to] = column[from]!;
    this.flags[to] = this.flags[from]!;
    this.untold[to] = this.untold[from]!;
  }

  #grow(): void {
    const places = this.cursors.length * 2;
    this.cursors = grown(this.cursors, places);
    this.stalledSinceMs = grown(this.stalledSinceMs, places);
    this.stalledBytes = grown(this.stalledBytes, places);
    this.beatDueMs = grown(this.beatDueMs, places);
    this.aliveMs = grown(this.aliveMs, places);
    this.written = grown(this.written, places);
    this.read = grown(this.read, places);
    this.asked = grown(this.asked, places);
    this.askedMs = grown(this.askedMs, places);
    this.generations = grown(this.generations, places);
    this.flags = grownBytes(this.flags, places);
    this.untold = grownBytes(this.untold, places);
  }
}

function grown(column: Float64Array, places: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(places);
  larger.set(column);
  return larger;
}

function grownBytes(column: Uint8Array, places: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(places);
  larger.set(column);
  return larger;
}
