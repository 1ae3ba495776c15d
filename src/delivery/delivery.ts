import { assert } from '../base/assert.ts';
import { Piece } from '../base/byte-ring.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { Histogram } from '../base/histogram.ts';
import { closeReasons, type CloseReason, reasonWithRetry } from '../protocol/close-codes.ts';
import { limits } from '../protocol/limits.ts';
import type { Position } from '../protocol/position.ts';
import { textFrame } from '../protocol/websocket-frame.ts';
import { DeliveryAttachment } from './attachment.ts';
import { Compression } from './compression.ts';
import { Connections, needsSnapshot } from './connections.ts';
import { deliveryCounterSpec } from './counters.ts';
import { EarliestTimer } from './earliest-timer.ts';
import { helloFrame } from './hello.ts';
import { oldestOutside, recordLag } from './lag.ts';
import type { Link } from './link.ts';
import { Pacer } from './pacer.ts';
import { ReadWindow } from './read-window.ts';
import { SnapshotCache, type SnapshotSource } from './snapshot-cache.ts';
import type { DeliveryGate, DeliveryStream } from './stream.ts';

export type { DeliveryAttachment } from './attachment.ts';
export { deliveryCounterSpec } from './counters.ts';
export type { DeliveryGate, DeliveryStream } from './stream.ts';
export type { RoomSnapshot } from './snapshot-cache.ts';

// One sender per connection, for one room. Owns the connections' cursors and nothing of what is sent: no queue per
// client, no object per client per event. docs/PROTOCOL.md tells what a client sees.
//
// Law, for every connection, from the position where it began: delivered + missed + pending = published. In detail:
//   1. Everything that is ready goes to a connection in one write per flush, in order, each event once.
//   2. A connection whose last write has not drained, or that has not read what was written a second ago
//      (read-window.ts), is left alone: its cursor is its only state. Nobody waits for it.
//   3. A cursor that fell off the ring is told `lagged` with the exact count, then a snapshot at S, then S + 1, ...
//   4. Nothing is sent that the gate (the log) has not passed; a snapshot at S waits until the gate has passed S.
//   5. Control frames go out in order with the events and are never dropped.
//   6. No progress for stallMs, or no pong for pongMs, closes the connection with a code that says: come back.
// Bounded by connectionsMax (kept by the gateway). A stalled connection holds one segment of the ring at most, together
// with whoever stalled there too; beyond stalledBytesMax of segments that the ring itself has left behind, those who
// hold the oldest are closed, and may come back.

export interface DeliveryOptions {
  readonly clock: Clock;
  readonly room: string;
  readonly stream: DeliveryStream;
  readonly gate: DeliveryGate;
  readonly snapshots: SnapshotSource;
  /** Text of the heartbeat frame for a connection that has been sent everything up to `seq`. */
  readonly heartbeat: (seq: number) => string;
  readonly counters?: Counters<keyof typeof deliveryCounterSpec>;
  /** What stalled connections may hold beyond the ring; limits.stalledBytesMax unless given. */
  readonly stalledBytesMax?: number;
  /** How many events connections are behind, each once a second; memory of its own unless given. */
  readonly lag?: Histogram;
  /** Told of each flush that wrote something, with its start and end: for the latency histogram. */
  readonly onFlush?: (startMs: number, endMs: number, limit: number) => void;
}

/** How often connections are looked after (heartbeats, pings, stalls), in milliseconds. */
const tendMs = 1000;
/**
 * How soon a flush is tried again for connections whose writes have not drained, in milliseconds: doubles up to the
 * last.
 */
const retryMsMin = 4;
const retryMsMax = 64;

/** How long a flush after a rest waits for the log, in milliseconds. Mostly it takes 0.1. */
const settleMsMax = 1;

/** Nobody is told to come back sooner: whoever takes over has to start first. */
const returnMs = 500;

export class Delivery {
  readonly counters: Counters<keyof typeof deliveryCounterSpec>;
  readonly lag: Histogram;
  readonly #options: DeliveryOptions;
  readonly #clock: Clock;
  readonly #stream: DeliveryStream;
  readonly #gate: DeliveryGate;
  readonly #connections = new Connections();
  readonly #window = new ReadWindow(this.#connections);
  readonly #pacer = new Pacer(limits.flushIntervalMsMax.value);
  readonly #snapshots: SnapshotCache;
  readonly #compression: Compression;
  readonly #piece = new Piece();
  readonly #onTend = (): void => this.#tend();
  readonly #timer: EarliestTimer;
  #tendTimer: Timer;
  #retryMs = retryMsMin;
  /** Connections that could not take all that was ready, at the end of the last flush. */
  #behind = 0;
  /** Set when a connection wants something although no event was published. */
  #wanted = false;
  /** Events below this went to everybody who keeps up. */
  #flushedTo: number;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#stream = options.stream;
    this.#gate = options.gate;
    this.counters = options.counters ?? new Counters(deliveryCounterSpec);
    this.lag = options.lag ?? new Histogram();
    this.#snapshots = new SnapshotCache(options.snapshots, this.counters);
    this.#compression = new Compression(this.#clock, this.#connections, this.counters);
    this.#flushedTo = options.stream.head;
    this.#timer = new EarliestTimer(this.#clock, () => this.flush());
    this.#tendTimer = this.#clock.after(tendMs, this.#onTend);
  }

  /** Connections now. */
  get size(): number {
    return this.#connections.size;
  }

  /**
   * Takes a connection in. `since` continues behind that position if every event since is still in the ring (all or
   * nothing); otherwise, or with null, the connection begins with a snapshot.
   */
  attach(link: Link, since: Position | null): DeliveryAttachment {
    // Where the stream comes from another thread, this takes over what is new: somebody may come with what another
    // thread has sent them.
    this.#gate.sendable();
    const { epoch, head, oldest } = this.#stream;
    const resumed = since !== null && since.epoch === epoch && since.seq + 1 >= oldest && since.seq < head;
    const nowMs = this.#clock.nowMs();
    const connection = this.#connections.add(link, resumed ? since.seq + 1 : head, nowMs);
    if (!resumed) this.#connections.flags[connection.slot] = needsSnapshot;
    this.counters.add('attached');
    this.counters.set('connections', this.#connections.size);
    if (since !== null) this.counters.add(resumed ? 'resumed' : 'resumeRefused');
    const hello = helloFrame({ room: this.#options.room, epoch, seq: head - 1, resumed }, this.#clock.wallMs());
    this.#write(connection.slot, hello, nowMs);
    this.#wanted = true;
    this.wake();
    return new DeliveryAttachment(this, connection);
  }

  /** Says that something may be ready: called at the end of a turn that published, and when the gate has moved on. */
  wake(): void {
    const waits = !this.#wanted && this.#gate.sendable() === this.#flushedTo;
    if (waits && this.#stream.head === this.#flushedTo) return;
    const dueInMs = this.#pacer.dueInMs(this.#clock.nowMs());
    // While it rests nobody tells that the gate has moved on. Afterwards the gate has to be asked to: on its thread's
    // clock the rest may not be over yet.
    if (dueInMs > 0) this.#timer.within(dueInMs);
    else if (waits) this.#gate.restUntil?.(0);
    else this.flush();
  }

  /** Sends everybody what is ready for them. Called by the pacing; public for tests and for the end of the house. */
  flush(): void {
    this.#timer.cancel();
    // A flush for many should take along what was published just before.
    if (this.#pacer.restMs > 0) this.#gate.settle?.(settleMsMax);
    const startMs = this.#clock.nowMs();
    const writesBefore = this.counters.get('writes');
    this.#gate.restUntil?.(0);
    const limit = this.#gate.sendable();
    assert(limit <= this.#stream.head, 'the gate passes only what was published');
    this.#wanted = false;
    this.#window.begin();
    let behind = 0;
    let held = 0;
    let waiting = 0;
    for (let slot = 0; slot < this.#connections.size; slot++) {
      if (!this.#drained(slot, startMs)) behind++;
      else if (this.#window.holds(slot, startMs)) held++;
      else if (!this.#serve(slot, limit, startMs)) waiting++;
      else if (this.#connections.stalledSinceMs[slot] !== 0) behind++;
    }
    this.counters.set('held', held);
    const events = limit - this.#flushedTo;
    this.#flushedTo = limit;
    this.#wanted = waiting > 0;
    this.#setBehind(behind);
    const endMs = this.#clock.nowMs();
    const writes = this.counters.get('writes') - writesBefore;
    this.#pacer.flushed(startMs, endMs, writes, this.#connections.size, events);
    const { restMs } = this.#pacer;
    // What was published and did not pass is asked for when the rest is over; if nothing passed at all, the gate tells.
    if (writes > 0 && restMs > 0) {
      this.#gate.restUntil?.(endMs + restMs);
      if (limit < this.#stream.head) this.#timer.within(restMs);
    }
    this.counters.add('flushes');
    this.#options.onFlush?.(startMs, endMs, limit);
  }

  /** Sends a heartbeat to everybody who is up to date: the source's state has changed. */
  announce(): void {
    const nowMs = this.#clock.nowMs();
    const frame = textFrame(this.#options.heartbeat(this.#flushedTo - 1));
    for (let slot = 0; slot < this.#connections.size; slot++) this.#beat(slot, frame, nowMs);
  }

  /** Closes every connection with `reason`, which tells each when to come back, and stops the timers. */
  close(reason: CloseReason): void {
    this.#timer.cancel();
    this.#tendTimer.cancel();
    this.#gate.restUntil?.(0);
    // Everybody gets a time of their own, at the pace at which they will be let in.
    for (let slot = this.#connections.size - 1; slot >= 0; slot--) {
      const retryMs = returnMs + (slot / limits.openingsPerSecondMax.value) * 1000;
      this.#drop(slot, reason.reconnect ? { ...reason, reason: reasonWithRetry(reason.reason, retryMs) } : reason);
    }
  }

  /** Events that the connection in `slot` has still to get, of those that may be sent. */
  pending(slot: number): number {
    return this.#gate.sendable() - this.#connections.cursors[slot]!;
  }

  /** For DeliveryAttachment. */
  detach(slot: number): void {
    // A socket that closes may still have bytes to send: what it needs of the ring is not written to again.
    this.#release(slot, this.#connections.stalledSinceMs[slot] === 0);
    this.#connections.remove(slot);
    this.counters.add('detached');
    this.counters.set('connections', this.#connections.size);
  }

  /** For DeliveryAttachment. */
  alive(slot: number, mark?: number): void {
    this.#connections.aliveMs[slot] = this.#clock.nowMs();
    if (mark === undefined || !this.#window.answered(slot, mark)) return;
    // Others in its place have gone on meanwhile: it is served with the next flush, which nothing else may bring.
    if (this.#connections.cursors[slot]! >= this.#flushedTo) return;
    this.#wanted = true;
    this.wake();
  }

  /** Gives one connection all that is ready for it. False when it waits for a snapshot that may not be sent yet. */
  #serve(slot: number, limit: number, nowMs: number): boolean {
    const { cursors, flags } = this.#connections;
    const lost = cursors[slot]! < this.#stream.oldest;
    if ((lost || flags[slot] !== 0) && !this.#heal(slot, limit, nowMs)) return false;
    this.#send(slot, limit, nowMs);
    return true;
  }

  /** Everything from the cursor to `limit`, piece by piece until the socket does not take it at once. */
  #send(slot: number, limit: number, nowMs: number): void {
    const { cursors, stalledSinceMs, links, holds } = this.#connections;
    let cursor = cursors[slot]!;
    const piece = this.#piece;
    while (cursor < limit && stalledSinceMs[slot] === 0 && !this.#window.full(slot)) {
      // In a burst nearly everybody is at the same place: the view of the piece is made once for all of them.
      if (piece.from !== cursor || piece.next > limit || piece.next <= cursor || piece.from < this.#stream.oldest)
        this.#stream.read(cursor, limit, piece);
      const deflates = links[slot]!.deflates === true;
      const bytes = deflates ? this.#compression.piece(slot, piece, this.#flushedTo) : piece.bytes;
      this.#write(slot, bytes, nowMs);
      if (stalledSinceMs[slot] !== 0 && bytes === piece.bytes) holds[slot] = this.#stream.hold(cursor);
      this.counters.add('delivered', piece.next - cursor);
      cursor = piece.next;
    }
    cursors[slot] = cursor;
    // Nothing but its answer brings it the rest: no other flush may come in a quiet room.
    if (this.#window.full(slot)) this.#window.ask(slot, nowMs);
  }

  /** Lagged (unless it is the first thing the connection sees), then a snapshot at S, and the cursor behind S. */
  #heal(slot: number, limit: number, nowMs: number): boolean {
    const connections = this.#connections;
    const cursor = connections.cursors[slot]!;
    // Whoever could not resume has been before what the ring holds: no snapshot that it can go on from is older.
    const snapshot = this.#snapshots.obtain(this.#stream.oldest - 1, limit, nowMs);
    if (snapshot === null) return false;
    // Who waits for a first snapshot has no position that it could have lost.
    if (connections.flags[slot] !== needsSnapshot) {
      const missed = snapshot.seq + 1 - cursor;
      this.counters.add('lagged');
      this.counters.add('missed', missed);
      const frame = { kind: 'lagged', missed, from: cursor, to: snapshot.seq };
      this.#write(slot, textFrame(JSON.stringify(frame)), nowMs);
    }
    const deflates = connections.links[slot]!.deflates === true;
    this.#write(slot, deflates ? this.#compression.snapshot(slot, snapshot) : snapshot.bytes, nowMs);
    this.counters.add('snapshotsSent');
    connections.cursors[slot] = snapshot.seq + 1;
    connections.flags[slot] = 0;
    return true;
  }

  #write(slot: number, bytes: Uint8Array, nowMs: number): void {
    const link = this.#connections.links[slot]!;
    link.write(bytes);
    this.#connections.written[slot]! += bytes.length;
    this.counters.add('writes');
    this.counters.add('bytes', bytes.length);
    const pendingBytes = link.pendingBytes();
    if (pendingBytes > 0) this.#connections.stall(slot, pendingBytes, nowMs);
  }

  /** True when the connection can take more now. Notices progress of one that could not. */
  #drained(slot: number, nowMs: number): boolean {
    const { links, stalledSinceMs, stalledBytes } = this.#connections;
    if (stalledSinceMs[slot] === 0) return true;
    const pendingBytes = links[slot]!.pendingBytes();
    if (pendingBytes > 0) {
      // More than before is no progress: pongs to a peer that pings and reads nothing.
      if (pendingBytes < stalledBytes[slot]!) this.#connections.stall(slot, pendingBytes, nowMs);
      else stalledBytes[slot] = pendingBytes;
      return false;
    }
    stalledSinceMs[slot] = 0;
    this.#release(slot, true);
    return true;
  }

  /** Whether the connection has taken, or read, nothing of what it was sent for too long. */
  #stalled(slot: number, nowMs: number): boolean {
    const sinceMs = this.#connections.stalledSinceMs[slot]!;
    if (sinceMs !== 0 && !this.#drained(slot, nowMs) && nowMs - sinceMs > limits.stallMs.value) return true;
    const owesSinceMs = this.#window.owesSinceMs(slot);
    return owesSinceMs !== 0 && nowMs - owesSinceMs > limits.stallMs.value;
  }

  #release(slot: number, read: boolean): void {
    const { holds } = this.#connections;
    const hold = holds[slot]!;
    if (hold !== null) this.#stream.release(hold, read);
    holds[slot] = null;
  }

  #setBehind(behind: number): void {
    this.#retryMs = behind < this.#behind ? retryMsMin : Math.min(retryMsMax, this.#retryMs * 2);
    this.#behind = behind;
    this.counters.set('behind', behind);
    if (behind > 0) this.#timer.within(this.#retryMs);
  }

  /** Once a second: closes who is stalled or gone, pings who is quiet, sends the heartbeats that are due. */
  #tend(): void {
    this.#tendTimer = this.#clock.after(tendMs, this.#onTend);
    const nowMs = this.#clock.nowMs();
    const connections = this.#connections;
    this.counters.set('lagEventsMax', recordLag(connections, this.#gate.sendable(), this.lag));
    this.#freeStalled();
    let heartbeat: Buffer | null = null;
    // Backwards: closing one moves the last into its place.
    for (let slot = connections.size - 1; slot >= 0; slot--) {
      const quietMs = nowMs - connections.aliveMs[slot]!;
      if (this.#stalled(slot, nowMs)) {
        this.counters.add('stalledClosed');
        this.#drop(slot, closeReasons.stalled);
      } else if (quietMs > limits.pongMs.value) {
        this.counters.add('pongsMissed');
        this.#drop(slot, closeReasons.pingTimeout);
      } else {
        if (quietMs > limits.pongMs.value / 3) this.#window.ask(slot, nowMs);
        // Also to who was sent events a moment ago: they do not say what time it is.
        if (nowMs >= connections.beatDueMs[slot]!) {
          heartbeat ??= textFrame(this.#options.heartbeat(this.#flushedTo - 1));
          if (this.#beat(slot, heartbeat, nowMs)) connections.beaten(slot, nowMs);
        }
      }
    }
  }

  /** Keeps what stalled connections hold beyond the ring within its limit: who holds the oldest of it has to go. */
  #freeStalled(): void {
    const connections = this.#connections;
    const bytesMax = this.#options.stalledBytesMax ?? limits.stalledBytesMax.value;
    while (this.#stream.outsideBytes > bytesMax) {
      const oldest = oldestOutside(connections);
      // What is left belongs to connections that are closed already.
      if (oldest === null) break;
      for (let slot = connections.size - 1; slot >= 0; slot--) {
        if (connections.holds[slot] !== oldest) continue;
        this.counters.add('stalledClosed');
        this.#drop(slot, closeReasons.stalled);
      }
    }
    this.counters.set('stalledBytes', this.#stream.outsideBytes);
  }

  /** False: the connection is not up to date, or its last write has not drained. */
  #beat(slot: number, frame: Buffer, nowMs: number): boolean {
    const { cursors, stalledSinceMs, flags } = this.#connections;
    if (stalledSinceMs[slot] !== 0 || flags[slot] !== 0 || cursors[slot] !== this.#flushedTo) return false;
    this.counters.add('heartbeats');
    this.#write(slot, frame, nowMs);
    return true;
  }

  #drop(slot: number, reason: CloseReason): void {
    const link = this.#connections.links[slot]!;
    this.detach(slot);
    link.close(reason.code, reason.reason);
  }
}
