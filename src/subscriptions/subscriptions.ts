import type { Clock, Timer } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { type BoardRequest, formatBoardScope } from '../protocol/board-scope.ts';
import { closeReasons, type CloseReason } from '../protocol/close-codes.ts';
import { limits } from '../protocol/limits.ts';
import type { Link } from '../protocol/link.ts';
import { textFrame } from '../protocol/websocket-frame.ts';
import { Audience, type Viewer } from './audience.ts';
import { subscriptionCounterSpec } from './counters.ts';
import { SubscribedBoard, type VisibleRows } from './subscribed-board.ts';

// Subscriptions to boards, for one room: what changed in the part of a board that a dashboard shows, keyed by gifter
// and conflated. Made once for each different board (scope, rows, neighbours) and shared by all who show it. Owns these
// boards and their audiences. docs/BOARDS.md tells what a client sees.
//
//   1. A connection is sent the whole board at S, then changes that each go on from the position before.
//   2. At most one change each boardDeltaMs; at once when nothing happened for that long.
//   3. Whoever has not drained when a change comes skips it and is sent the whole board later: never a queue.
//   4. Nothing is sent that the gate (the log) has not passed.
//   5. Nothing for nobody: a board that nobody shows any more is forgotten.
//   6. What is sent to many takes several turns of the loop; what changes meanwhile is looked for when all have it.
// Bounded: boardSubscriptionsMax different boards; a look at all of them costs a few hundred microseconds at most.

export interface SubscriptionsOptions {
  readonly clock: Clock;
  readonly room: string;
  /** The room's stream: `head` is the seq that the next event gets. */
  readonly stream: { readonly epoch: string; readonly head: number };
  /** Events below `sendable()` are in the log. */
  readonly gate: { sendable(): number };
  /** The visible part of a board, at the position of the last published event. */
  readonly window: (request: BoardRequest) => VisibleRows;
  /** Text of the heartbeat frame for who has been told everything up to `seq`. */
  readonly heartbeat: (seq: number) => string;
}

/** How often connections are looked after (heartbeats, pings, stalls), in milliseconds. */
const tendMs = 1000;
/** How long a turn of sending takes, in milliseconds: a part of one of the room's events, which comes beside it. */
const turnMsMax = limits.flushTurnMsMax.value / 4;

export class Subscriptions {
  readonly counters = new Counters(subscriptionCounterSpec);
  readonly #options: SubscriptionsOptions;
  readonly #clock: Clock;
  readonly #audiences = new Map<string, Audience>();
  readonly #onTimer = (): void => this.#timerFired();
  readonly #onTend = (): void => this.#tend();
  readonly #onTurn = (): void => this.#nextTurn();
  #timer: Timer | null = null;
  #tendTimer: Timer | null = null;
  /** Position of the last look, and when it was. */
  #lookedTo = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** Set when something may be sent: a change was found, or somebody came. Cleared once the log has passed it all. */
  #unsent = false;
  /** Connections that have to drain before they are sent a board. */
  #behind = 0;
  /** Boards that are still to be served in the round that is under way, and the one it is at; null = none is. */
  #round: Iterator<Audience> | null = null;
  #current: Audience | null = null;
  /** Set while the loop will call for the next turn of a round. */
  #turnIsDue = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Connections now. */
  get size(): number {
    return this.counters.get('connections');
  }

  /** Takes a connection in; null = there are too many different boards, and nothing was written. */
  attach(link: Link, request: BoardRequest): Subscription | null {
    const key = `${formatBoardScope(request.scope)} ${request.rows} ${request.each} ${request.around}`;
    let audience = this.#audiences.get(key);
    if (audience === undefined) {
      if (this.#audiences.size >= limits.boardSubscriptionsMax.value) {
        this.counters.add('refused');
        return null;
      }
      audience = this.#begin(key, request);
    }
    const nowMs = this.#clock.nowMs();
    const viewer = audience.add(link, nowMs);
    this.counters.add('attached');
    this.counters.add('connections');
    const { epoch, head } = this.#options.stream;
    const hello = {
      kind: 'hello',
      room: this.#options.room,
      epoch,
      seq: head - 1,
      resumed: false,
      serverTime: this.#clock.wallMs(),
      heartbeatMs: limits.heartbeatMs.value,
    };
    audience.write(viewer, textFrame(JSON.stringify(hello)), nowMs);
    this.#unsent = true;
    this.#tendTimer ??= this.#clock.after(tendMs, this.#onTend);
    this.wake();
    return new Subscription(this, key, viewer);
  }

  /**
   * Says that boards may have changed, or the gate has moved: at the end of a turn. Costs nothing while nobody looks.
   */
  wake(): void {
    // What comes during a round is looked for at its end.
    if (this.#audiences.size === 0 || this.#round !== null) return;
    const { head } = this.#options.stream;
    const moved = head - 1 !== this.#lookedTo;
    if (!moved && !this.#unsent) return;
    const nowMs = this.#clock.nowMs();
    const dueMs = this.#lookedMs + limits.boardDeltaMs.value;
    if (this.#unsent) this.#send(nowMs);
    // While a change waits for the log there is no second one: the log wakes us when it has passed it.
    if (this.#unsent || this.#round !== null || !moved) return;
    if (nowMs < dueMs) this.#schedule(dueMs - nowMs);
    else {
      this.#look(head - 1, nowMs);
      this.#send(nowMs);
    }
  }

  /** Tells everybody how the source is doing: at once, or as soon as they can be told. */
  announce(): void {
    const nowMs = this.#clock.nowMs();
    for (const audience of this.#audiences.values()) {
      for (const viewer of audience.viewers) viewer.untold = true;
      this.#beat(audience, nowMs);
    }
  }

  /** Closes every connection with `reason` and stops the timers. */
  close(reason: CloseReason): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#round = null;
    this.#current = null;
    for (const [key, { viewers }] of this.#audiences) for (const viewer of viewers) this.#drop(key, viewer, reason);
    this.#tendTimer?.cancel();
    this.#tendTimer = null;
  }

  /** For Subscription. */
  detach(key: string, viewer: Viewer): void {
    const audience = this.#audiences.get(key);
    if (audience?.remove(viewer) !== true) return;
    this.counters.add('detached');
    this.counters.add('connections', -1);
    if (audience.viewers.size > 0) return;
    this.#audiences.delete(key);
    this.counters.set('boards', this.#audiences.size);
  }

  /** For Subscription. */
  alive(viewer: Viewer): void {
    viewer.aliveMs = this.#clock.nowMs();
  }

  #begin(key: string, request: BoardRequest): Audience {
    const { epoch, head } = this.#options.stream;
    const board = new SubscribedBoard(this.#options.window(request), request, head - 1);
    const audience = new Audience({ board, epoch, counters: this.counters });
    // The first one has just been read: there is nothing to look for yet.
    if (this.#audiences.size === 0) this.#lookedTo = head - 1;
    this.#audiences.set(key, audience);
    this.counters.set('boards', this.#audiences.size);
    return audience;
  }

  #look(seq: number, nowMs: number): void {
    for (const audience of this.#audiences.values()) audience.look(seq);
    this.#lookedTo = seq;
    this.#lookedMs = nowMs;
    this.counters.add('looks');
  }

  /** Sends what the log has passed. What it has not waits for the next wake, which comes when the log moves. */
  #send(nowMs: number): void {
    this.#unsent = false;
    this.#behind = 0;
    this.#round = this.#audiences.values();
    this.#turn(nowMs);
  }

  /** Serves those who are next in the round, until the turn is over or all have been. */
  #turn(nowMs: number): void {
    const limit = this.#options.gate.sendable();
    for (;;) {
      const audience = this.#current ?? this.#round!.next().value;
      if (audience === undefined) break;
      this.#current = null;
      if (audience.seq >= limit) {
        this.#unsent = true;
        continue;
      }
      if (!audience.send(this.#clock, nowMs + turnMsMax)) {
        this.#current = audience;
        if (!this.#turnIsDue) this.#clock.soon(this.#onTurn);
        this.#turnIsDue = true;
        return;
      }
      this.#behind += audience.needing;
    }
    this.#round = null;
    if (this.#behind > 0) this.#schedule(limits.boardDeltaMs.value);
  }

  #nextTurn(): void {
    this.#turnIsDue = false;
    if (this.#round === null) return;
    this.#turn(this.#clock.nowMs());
    this.wake();
  }

  #schedule(inMs: number): void {
    this.#timer ??= this.#clock.after(Math.max(1, inMs), this.#onTimer);
  }

  #timerFired(): void {
    this.#timer = null;
    if (this.#behind > 0) this.#unsent = true;
    this.wake();
  }

  /** Once a second: closes who is stalled or gone, pings who is quiet, sends heartbeats where nothing else was sent. */
  #tend(): void {
    this.#tendTimer = this.#audiences.size > 0 ? this.#clock.after(tendMs, this.#onTend) : null;
    const nowMs = this.#clock.nowMs();
    for (const [key, audience] of this.#audiences) {
      for (const viewer of audience.viewers) {
        const quietMs = nowMs - viewer.aliveMs;
        const { stalledSinceMs } = viewer;
        if (stalledSinceMs !== 0 && !audience.drained(viewer, nowMs) && nowMs - stalledSinceMs > limits.stallMs.value) {
          this.counters.add('stalledClosed');
          this.#drop(key, viewer, closeReasons.stalled);
        } else if (quietMs > limits.pongMs.value) {
          this.counters.add('pongsMissed');
          this.#drop(key, viewer, closeReasons.pingTimeout);
        } else if (quietMs > limits.pongMs.value / 3) viewer.link.ping();
      }
      this.#beat(audience, nowMs);
    }
    this.wake();
  }

  /** A heartbeat to those who keep up and have been sent nothing for a while, or not yet what was announced. */
  #beat(audience: Audience, nowMs: number): void {
    const toldTo = audience.toldTo;
    if (toldTo === null) return;
    let frame: Buffer | null = null;
    for (const viewer of audience.viewers) {
      const isQuiet = nowMs - viewer.sentMs >= limits.heartbeatMs.value;
      if (viewer.needsBoard || viewer.stalledSinceMs !== 0 || !(isQuiet || viewer.untold)) continue;
      viewer.untold = false;
      frame ??= textFrame(this.#options.heartbeat(toldTo));
      audience.write(viewer, frame, nowMs);
      this.counters.add('heartbeats');
    }
  }

  #drop(key: string, viewer: Viewer, reason: CloseReason): void {
    this.detach(key, viewer);
    viewer.link.close(reason.code, reason.reason);
  }
}

/** A connection's hold on its subscription. Held by whoever owns the socket. */
export class Subscription {
  readonly #subscriptions: Subscriptions;
  readonly #key: string;
  readonly #viewer: Viewer;

  constructor(subscriptions: Subscriptions, key: string, viewer: Viewer) {
    this.#subscriptions = subscriptions;
    this.#key = key;
    this.#viewer = viewer;
  }

  /** The peer gave a sign of life. */
  alive(): void {
    this.#subscriptions.alive(this.#viewer);
  }

  /** The connection is gone. Twice is once. */
  detached(): void {
    this.#subscriptions.detach(this.#key, this.#viewer);
  }
}
