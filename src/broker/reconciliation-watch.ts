import type { Clock, Timer } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import { type Reconciliation, reconciliationText } from '../protocol/reconciliation.ts';
import type { RoomEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import type { Ranking } from '../ranking/ranking.ts';
import type { roomCounterSpec } from './room-counters.ts';

// Looks once a second how far each room's count is from upstream's totals: for /metrics, and for dashboards, which are
// told by an event when a difference begins, changes and ends. Totals and gifts come a moment apart, so that a
// difference counts only once it has lasted; what dashboards show is in their views, so that nothing is told twice, not
// even after a restart. Owns a few numbers a room; one event each reconciliationNoticeMs at most.

const lookMs = 1_000;
/** So many looks in a row must find a difference. */
const looksMin = 5;

/** A room, as it is watched. */
export interface WatchedRoom {
  readonly id: string;
  readonly ranking: Ranking;
  readonly counters: Counters<keyof typeof roomCounterSpec>;
  admits(): boolean;
  tell(event: RoomEvent): void;
}

/** What is remembered of a room between looks. */
interface Watched {
  /** The newest differences, oldest first. */
  readonly seen: Reconciliation[];
  toldMs: number;
}

export class ReconciliationWatch {
  readonly #clock: Clock;
  readonly #rooms: () => Iterable<WatchedRoom>;
  readonly #watched = new WeakMap<WatchedRoom, Watched>();
  readonly #onTimer = (): void => this.#look();
  #timer: Timer | null = null;

  constructor(clock: Clock, rooms: () => Iterable<WatchedRoom>) {
    this.#clock = clock;
    this.#rooms = rooms;
  }

  start(): void {
    this.#timer = this.#clock.after(lookMs, this.#onTimer);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    this.start();
    for (const room of this.#rooms()) this.#lookAt(room);
  }

  #lookAt(room: WatchedRoom): void {
    const { total, viewers, army } = room.ranking.drift();
    const { counters } = room;
    counters.set('reconciliationUsers', [...viewers, ...army].filter(({ drift }) => drift !== 0).length);
    counters.set('reconciliationCounted', total?.counted ?? 0);
    counters.set('reconciliationUpstream', total?.upstream ?? 0);
    counters.set('reconciliationJoinedLate', total?.joinedLate ?? 0);
    counters.set('reconciliationGap', total?.gap ?? 0);
    counters.set('reconciliationUnknownGift', total?.unknownGift ?? 0);
    counters.set('reconciliationMultiGuest', total?.multiGuest ?? 0);
    counters.set('reconciliationUnknown', total?.unknown ?? 0);
    let watched = this.#watched.get(room);
    if (watched === undefined) this.#watched.set(room, (watched = { seen: [], toldMs: Number.NEGATIVE_INFINITY }));
    // Upstream has told no total in this session: there is nothing to compare, and nothing to remember.
    if (total === null) watched.seen.length = 0;
    else this.#notice(room, watched, total);
  }

  #notice(room: WatchedRoom, watched: Watched, total: Reconciliation): void {
    const { seen } = watched;
    seen.push(total);
    if (seen.length > looksMin) seen.shift();
    const nowMs = this.#clock.nowMs();
    if (seen.length < looksMin || nowMs - watched.toldMs < limits.reconciliationNoticeMs.value || !room.admits())
      return;
    // The least that was apart is what lasted; the rest was under way.
    const lasting = seen.reduce((least, other) => (Math.abs(apart(other)) < Math.abs(apart(least)) ? other : least));
    const shown = room.ranking.view.reconciliation;
    if ((shown === null ? 0 : apart(shown)) === apart(lasting)) return;
    watched.toldMs = nowMs;
    room.counters.add('reconciliationNotices');
    const at = this.#clock.wallMs();
    room.tell({
      kind: 'room',
      id: `reconciliation-${room.ranking.seq}`,
      at,
      topic: 'reconciliation',
      user: null,
      text: reconciliationText(lasting),
      value: lasting.counted,
      target: lasting.upstream,
      reconciliation: lasting,
    });
  }
}

function apart(total: Reconciliation): number {
  return total.upstream - total.counted;
}
