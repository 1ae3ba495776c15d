import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import { type CloseReason, closeReasons } from '../protocol/close-codes.ts';
import { limits } from '../protocol/limits.ts';
import type { Connections } from './connections.ts';
import type { deliveryCounterSpec } from './counters.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { Outlet } from './outlet.ts';
import type { ReadWindow } from './read-window.ts';

// Looks after connections: closes who is stalled or gone, pings who is quiet, sends the heartbeats that are due, and
// tells everybody when the source's state has changed. Owns one such round while it is under way, and the columns
// beatDueMs and untold of the table.
//
// A heartbeat costs a write, as an event does: to a crowd it takes several turns of the loop. Bounded: one round at a
// time; a turn by a part of limits.flushTurnMsMax, for a turn of a flush may be in the same turn of the loop.

export interface UpkeepParts {
  readonly clock: Clock;
  readonly connections: Connections;
  readonly outlet: Outlet;
  readonly window: ReadWindow;
  readonly heartbeats: Heartbeats;
  readonly counters: Counters<keyof typeof deliveryCounterSpec>;
  /** How long it may keep the thread before others get their turn, in milliseconds. */
  readonly turnMsMax: number;
  /** Who keeps up has been sent the events below. */
  readonly flushedTo: () => number;
  readonly drop: (slot: number, reason: CloseReason) => void;
}

/** How many connections are looked at between two looks at the clock. */
const clockEvery = 8;

export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #onTurn = (): void => this.#nextTurn();
  /**
   * Those below it are still to be looked at. Downwards: whoever leaves, somebody from further up takes the place, so
   * that nobody is left out. Who is met twice is not due any more.
   */
  #left = 0;
  /** Set when somebody whom the round has been at is to be told something. */
  #again = false;
  /** Set while the loop will call for the next turn. */
  #turnIsDue = false;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Looks after everybody, unless that is under way. */
  begin(): void {
    if (this.#left > 0) return;
    this.#left = this.#parts.connections.size;
    this.#turn();
  }

  /** The source's state has changed: everybody is told, who is behind once they have caught up. */
  announce(): void {
    const { connections } = this.#parts;
    connections.untold.fill(1, 0, connections.size);
    this.#again = this.#left > 0;
    this.begin();
  }

  stop(): void {
    this.#left = 0;
    this.#again = false;
  }

  #turn(): void {
    const { clock, connections, heartbeats, turnMsMax } = this.#parts;
    const startMs = clock.nowMs();
    heartbeats.renew();
    let slot = Math.min(this.#left, connections.size);
    while (slot > 0) {
      this.#look(--slot, startMs);
      if (slot % clockEvery === 0 && clock.nowMs() - startMs > turnMsMax) break;
    }
    this.#left = slot;
    if (slot === 0 && this.#again) {
      this.#again = false;
      this.#left = connections.size;
    }
    if (this.#left === 0 || this.#turnIsDue) return;
    this.#turnIsDue = true;
    clock.soon(this.#onTurn);
  }

  #nextTurn(): void {
    this.#turnIsDue = false;
    if (this.#left > 0) this.#turn();
  }

  #look(slot: number, nowMs: number): void {
    const { connections, outlet, window, counters, drop } = this.#parts;
    const quietMs = nowMs - connections.aliveMs[slot]!;
    if (outlet.stalled(slot, nowMs)) {
      counters.add('stalledClosed');
      drop(slot, closeReasons.stalled);
    } else if (quietMs > limits.pongMs.value) {
      counters.add('pongsMissed');
      drop(slot, closeReasons.pingTimeout);
    } else {
      if (quietMs > limits.pongMs.value / 3) window.ask(slot, nowMs);
      this.#beat(slot, nowMs);
    }
  }

  /** A heartbeat to who is up to date and has drained, if it is due: also to who was sent events a moment ago. */
  #beat(slot: number, nowMs: number): void {
    const { connections, outlet, heartbeats, counters, flushedTo } = this.#parts;
    const { cursors, stalledSinceMs, flags, untold, beatDueMs } = connections;
    const isDue = nowMs >= beatDueMs[slot]!;
    if (!isDue && untold[slot] === 0) return;
    const cursor = cursors[slot]!;
    if (stalledSinceMs[slot] !== 0 || flags[slot] !== 0 || cursor < flushedTo()) return;
    counters.add('heartbeats');
    outlet.write(slot, heartbeats.frame(cursor), nowMs);
    untold[slot] = 0;
    if (isDue) connections.beaten(slot, nowMs);
  }
}
