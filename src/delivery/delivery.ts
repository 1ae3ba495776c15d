import { assert } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { Histogram } from '../base/histogram.ts';
import { closeReasons, type CloseReason, reasonWithRetry } from '../protocol/close-codes.ts';
import { limits } from '../protocol/limits.ts';
import type { Position } from '../protocol/position.ts';
import { DeliveryAttachment } from './attachment.ts';
import { CatchUp } from './catch-up.ts';
import { Compression } from './compression.ts';
import { Connections, needsSnapshot } from './connections.ts';
import { deliveryCounterSpec } from './counters.ts';
import { EarliestTimer } from './earliest-timer.ts';
import { FlushRound } from './flush-round.ts';
import { Heartbeats } from './heartbeats.ts';
import { helloFrame } from './hello.ts';
import { oldestOutside, recordLag } from './lag.ts';
import type { Link } from './link.ts';
import type { DeliveryOptions } from './options.ts';
import { Outlet } from './outlet.ts';
import { Pacer } from './pacer.ts';
import { ReadWindow } from './read-window.ts';
import { SnapshotCache } from './snapshot-cache.ts';
import type { DeliveryGate, DeliveryStream } from './stream.ts';
import { Upkeep } from './upkeep.ts';

export type { DeliveryAttachment } from './attachment.ts';
export { deliveryCounterSpec } from './counters.ts';
export type { DeliveryOptions } from './options.ts';
export type { DeliveryGate, DeliveryStream } from './stream.ts';
export type { RoomSnapshot } from './snapshot-cache.ts';

// One sender per connection, for one room. Owns the connections' cursors and nothing of what is sent: no queue per
// client, no object per client per event. docs/PROTOCOL.md tells what a client sees.
//
// Law, for every connection, from the position where it began: delivered + missed + pending = published. In detail:
//   1. Everything that is ready goes to a connection in one write per flush, in order, each event once. A flush to many
//      takes several turns of the loop (flush-round.ts), and what comes between them is ready for those who are left.
//      Who is far behind gets writeBytesMax of it, and the rest in the flushes that follow.
//   2. A connection whose last write has not drained, or that has not read what was written a second ago
//      (read-window.ts), is left alone: its cursor is its only state. Nobody waits for it.
//   3. A cursor that fell off the ring is told `lagged` with the exact count, then a snapshot at S, then S + 1, ...
//   4. Nothing is sent that the gate (the log) has not passed; a snapshot at S waits until the gate has passed S.
//   5. Control frames go out in order with the events and are never dropped.
//   6. No progress for stallMs, or no pong for pongMs, closes the connection with a code that says: come back.
// Bounded by connectionsMax (kept by the gateway). A stalled connection holds one segment of the ring at most, together
// with whoever stalled there too; beyond stalledBytesMax of segments that the ring itself has left behind, those who
// hold the oldest are closed, and may come back.

/** How often connections are looked after (heartbeats, pings, stalls), in milliseconds. */
const tendMs = 1000;
/** How soon a flush is tried again for connections that have not drained: doubles while it is as many of them. */
const retryMsMin = 4;
const retryMsMax = 64;

/** How long a flush after a rest waits for the log, in milliseconds. Mostly it takes 0.1. */
const settleMsMax = 1;

/** How many connections are served between two looks at the clock. */
const clockEvery = 8;
/** Of a turn of a flush, a turn of looking after connections may take this part: both may come in one of the loop. */
const upkeepShare = 0.25;

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
  readonly #outlet: Outlet;
  readonly #catchUp: CatchUp;
  readonly #upkeep: Upkeep;
  readonly #round = new FlushRound();
  readonly #turnMsMax: number;
  /** Set while the loop will call for the next turn of a round. */
  #turnIsDue = false;
  readonly #onTurn = (): void => this.#nextTurn();
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
    const { counters } = this;
    const shared = { connections: this.#connections, stream: this.#stream, window: this.#window, counters };
    this.#outlet = new Outlet(shared);
    this.#catchUp = new CatchUp({
      ...shared,
      outlet: this.#outlet,
      snapshots: new SnapshotCache(options.snapshots, counters),
      compression: new Compression(this.#clock, this.#connections, counters),
      writeBytesMax: options.writeBytesMax ?? limits.writeBytesMax.value,
    });
    this.#turnMsMax = options.turnMsMax ?? limits.flushTurnMsMax.value;
    this.#upkeep = new Upkeep({
      ...shared,
      clock: this.#clock,
      outlet: this.#outlet,
      heartbeats: new Heartbeats(options.heartbeat),
      turnMsMax: this.#turnMsMax * upkeepShare,
      flushedTo: () => this.#flushedTo,
      drop: (slot, reason) => this.#drop(slot, reason),
    });
    this.#flushedTo = options.stream.head;
    this.#timer = new EarliestTimer(this.#clock, () => this.#start());
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
    this.#outlet.write(connection.slot, hello, nowMs);
    this.#wanted = true;
    this.wake();
    return new DeliveryAttachment(this, connection);
  }

  /** Says that something may be ready: called at the end of a turn that published, and when the gate has moved on. */
  wake(): void {
    // What comes during a round is sent in it, or looked for at its end.
    if (this.#round.underWay) return;
    const waits = !this.#wanted && this.#gate.sendable() === this.#flushedTo;
    if (waits && this.#stream.head === this.#flushedTo) return;
    const dueInMs = this.#pacer.dueInMs(this.#clock.nowMs());
    // While it rests nobody tells that the gate has moved on. Afterwards the gate has to be asked to: on its thread's
    // clock the rest may not be over yet.
    if (dueInMs > 0) this.#timer.within(dueInMs);
    else if (waits) this.#gate.restUntil?.(0);
    else this.#start();
  }

  /** Sends everybody who can take it all that is ready, however much it is: for the end of the house. */
  flushAll(): void {
    do this.flush();
    while (this.#round.more > 0);
  }

  /** Sends everybody what is ready for them, writeBytesMax at most, in one turn however long that takes. */
  flush(): void {
    this.#begin();
    this.#turn(Number.POSITIVE_INFINITY);
  }

  /** Sends everybody a heartbeat, who is behind once they have caught up: the source's state has changed. */
  announce(): void {
    this.#upkeep.announce();
  }

  /** Closes every connection with `reason`, which tells each when to come back, and stops the timers. */
  close(reason: CloseReason): void {
    this.#timer.cancel();
    this.#tendTimer.cancel();
    this.#upkeep.stop();
    this.#round.underWay = false;
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
    this.#outlet.left(slot);
    const round = this.#round;
    // Those whom a round has served stay apart from those whom it has not.
    this.#connections.remove(slot, round.underWay ? round.slot : 0);
    if (round.underWay && slot < round.slot) round.slot--;
    this.counters.add('detached');
    this.counters.set('connections', this.#connections.size);
  }

  /** For DeliveryAttachment. */
  alive(slot: number, mark?: number): void {
    this.#connections.aliveMs[slot] = this.#clock.nowMs();
    if (mark === undefined || !this.#window.answered(slot, mark)) return;
    // Others in its place have gone on meanwhile: it is served with the next flush, which nothing else may bring.
    if (!this.#round.underWay && this.#connections.cursors[slot]! >= this.#flushedTo) return;
    this.#wanted = true;
    this.wake();
  }

  #start(): void {
    if (this.#round.underWay) return;
    this.#begin();
    this.#turn(this.#turnMsMax);
  }

  #begin(): void {
    this.#timer.cancel();
    // A flush for many should take along what was published just before.
    if (this.#pacer.restMs > 0) this.#gate.settle?.(settleMsMax);
    this.#gate.restUntil?.(0);
    this.#wanted = false;
    this.#window.begin();
    this.#round.begin(this.#gate.sendable());
  }

  /** Serves those who are next in the round, for `msMax` or until all have been. */
  #turn(msMax: number): void {
    const round = this.#round;
    const startMs = this.#clock.nowMs();
    const writesBefore = this.counters.get('writes');
    const limit = this.#gate.sendable();
    assert(limit <= this.#stream.head, 'the gate passes only what was published');
    round.turns++;
    this.#catchUp.begin(limit, this.#flushedTo);
    for (; round.slot < this.#connections.size; round.slot++) {
      const { slot } = round;
      if (slot % clockEvery === 0 && this.#clock.nowMs() - startMs > msMax) break;
      if (!this.#outlet.drained(slot, startMs)) round.behind++;
      else if (this.#window.holds(slot, startMs)) round.held++;
      else if (!this.#catchUp.serve(slot, startMs)) round.waiting++;
      else if (this.#connections.stalledSinceMs[slot] !== 0) round.behind++;
      else if (this.#connections.cursors[slot]! < limit) round.more++;
    }
    const endMs = this.#clock.nowMs();
    round.busyMs += endMs - startMs;
    round.writes += this.counters.get('writes') - writesBefore;
    if (round.slot === this.#connections.size) this.#end(endMs);
    else if (!this.#turnIsDue) {
      this.#turnIsDue = true;
      this.#clock.soon(this.#onTurn);
    }
  }

  #nextTurn(): void {
    this.#turnIsDue = false;
    if (this.#round.underWay) this.#turn(this.#turnMsMax);
  }

  /** Everybody has been served. */
  #end(endMs: number): void {
    const round = this.#round;
    round.underWay = false;
    const { limit, writes } = round;
    this.counters.set('held', round.held);
    const events = limit - this.#flushedTo;
    this.#flushedTo = limit;
    // Something came between its turns that those who were served before have not been sent.
    const missed = round.turns > 1 && (this.#wanted || this.#gate.sendable() !== limit);
    this.#wanted ||= round.waiting + round.more > 0;
    this.#setBehind(round.behind);
    this.#pacer.flushed(endMs - round.busyMs, endMs, writes, this.#connections.size, events);
    const { restMs } = this.#pacer;
    // Who was not given all has it next, at the pace of all flushes: nothing else may bring one.
    if (round.more > 0) this.#timer.within(restMs);
    // What was published and did not pass is asked for when the rest is over; if nothing passed at all, the gate tells.
    if (writes > 0 && restMs > 0) {
      this.#gate.restUntil?.(endMs + restMs);
      if (limit < this.#stream.head) this.#timer.within(restMs);
    }
    this.counters.add('flushes');
    this.#options.onFlush?.(endMs, limit);
    if (missed) this.wake();
  }

  #setBehind(behind: number): void {
    this.#retryMs = behind !== this.#behind ? retryMsMin : Math.min(retryMsMax, this.#retryMs * 2);
    this.#behind = behind;
    this.counters.set('behind', behind);
    if (behind > 0) this.#timer.within(Math.max(this.#retryMs, this.#pacer.restMs));
  }

  /** Once a second: looks how far everybody is, and after everybody. */
  #tend(): void {
    this.#tendTimer = this.#clock.after(tendMs, this.#onTend);
    this.counters.set('lagEventsMax', recordLag(this.#connections, this.#gate.sendable(), this.lag));
    this.#freeStalled();
    this.#upkeep.begin();
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

  #drop(slot: number, reason: CloseReason): void {
    const link = this.#connections.links[slot]!;
    this.detach(slot);
    link.close(reason.code, reason.reason);
  }
}
