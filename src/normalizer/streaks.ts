import { assert } from '../base/assert.ts';
import type { GiftInfo, User } from '../protocol/events.ts';

// Owns the streaks of one room: rows of repeated gifts that upstream tells as running totals under one group id. At
// most `streaksMax`, each for as long as it is open and `keptMs` after, because frames overtake each other. At the
// bound the longest settled one is forgotten, or, where none is settled, the longest silent one is settled first.
//
// What a streak has counted is always
//     highest running total seen  -  lowest (running total - what that message itself adds) seen
// so the messages of a streak may come in any order, twice, or with holes, and the sum of what they add is the same.
// Where the first tick seen is not the first that was sent, the floor is above 0: the gifts before it are not counted.

export interface Streak {
  readonly key: string;
  user: User;
  gift: GiftInfo;
  /** True while `gift.price` is only what a message's diamonds make of it, and it may have been several gifts. */
  priceGuessed: boolean;
  readonly group: string;
  receiver: string;
  /** Highest running total seen. */
  highest: number;
  /** Running total below which nothing is counted; above 0 = MEKS joined in the middle. */
  floor: number;
  /** False once its end mark was seen, or it fell silent. */
  open: boolean;
  /** True once its end mark was seen: no later tick opens it again. */
  ended: boolean;
  /** Upstream's time of its newest message. */
  at: number;
  /** Monotonic ms at which it was last heard of, or settled. */
  touchedMs: number;
  previous: Streak | null;
  next: Streak | null;
}

export interface StreakBounds {
  readonly streaksMax: number;
  readonly silenceMs: number;
  readonly keptMs: number;
}

/** Room is implied: a table belongs to one. Group ids are clocks of senders, so they are no key of their own. */
export function streakKey(userId: string, giftId: string, group: string): string {
  return `${userId}|${giftId}|${group}`;
}

/**
 * What a message with the running total `total`, of which it adds `added` itself, says that has not been counted yet:
 * 0 or more. `undefined`: a streak never heard of.
 */
export function uncounted(streak: Streak | undefined, total: number, added: number): number {
  if (streak === undefined) return added;
  return Math.max(streak.highest, total) - Math.min(streak.floor, total - added) - (streak.highest - streak.floor);
}

/** Counts that message: afterwards `uncounted` says 0 of it. */
export function advance(streak: Streak, total: number, added: number): void {
  if (total > streak.highest) streak.highest = total;
  if (total - added < streak.floor) streak.floor = total - added;
}

/** Streaks in order of their last touch, oldest first. */
class StreakList {
  first: Streak | null = null;
  #last: Streak | null = null;

  append(streak: Streak): void {
    streak.previous = this.#last;
    streak.next = null;
    if (this.#last === null) this.first = streak;
    else this.#last.next = streak;
    this.#last = streak;
  }

  remove(streak: Streak): void {
    if (streak.previous === null) this.first = streak.next;
    else streak.previous.next = streak.next;
    if (streak.next === null) this.#last = streak.previous;
    else streak.next.previous = streak.previous;
    streak.previous = null;
    streak.next = null;
  }
}

export class Streaks {
  readonly #bounds: StreakBounds;
  readonly #byKey = new Map<string, Streak>();
  readonly #open = new StreakList();
  readonly #settled = new StreakList();
  #openCount = 0;

  constructor(bounds: StreakBounds) {
    assert(bounds.streaksMax > 0, `a table of streaks holds at least one, not ${bounds.streaksMax}`);
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get openCount(): number {
    return this.#openCount;
  }

  find(key: string): Streak | undefined {
    return this.#byKey.get(key);
  }

  /**
   * Makes room for one more. Gives the open streak that had to go, already settled and forgotten, so that its end
   * can be told; null where none had to.
   */
  makeRoom(): Streak | null {
    if (this.#byKey.size < this.#bounds.streaksMax) return null;
    const settled = this.#settled.first;
    if (settled !== null) {
      this.#forget(settled);
      return null;
    }
    const silent = this.#open.first;
    assert(silent !== null, 'a full table of streaks has an oldest one');
    this.settle(silent, silent.touchedMs);
    this.#forget(silent);
    return silent;
  }

  /** A streak heard of for the first time, with the total of that message: nothing of it is counted yet. */
  begin(
    what: Pick<Streak, 'key' | 'user' | 'gift' | 'group' | 'receiver' | 'at'>,
    total: number,
    nowMs: number,
  ): Streak {
    assert(this.#byKey.size < this.#bounds.streaksMax, 'room is made before a streak begins');
    const { key, user, gift, group, receiver, at } = what;
    const streak: Streak = {
      key,
      user,
      gift,
      priceGuessed: false,
      group,
      receiver,
      highest: total,
      floor: total,
      open: true,
      ended: false,
      at,
      touchedMs: nowMs,
      previous: null,
      next: null,
    };
    this.#byKey.set(key, streak);
    this.#open.append(streak);
    this.#openCount++;
    return streak;
  }

  /** It was heard of: its silence begins anew. Opens it again where it had only fallen silent. */
  touch(streak: Streak, nowMs: number): void {
    (streak.open ? this.#open : this.#settled).remove(streak);
    streak.touchedMs = nowMs;
    if (!streak.open && !streak.ended) {
      streak.open = true;
      this.#openCount++;
    }
    (streak.open ? this.#open : this.#settled).append(streak);
  }

  /** It is over: by its end mark (set `ended` before), or by silence. */
  settle(streak: Streak, nowMs: number): void {
    if (!streak.open) return;
    this.#open.remove(streak);
    streak.open = false;
    streak.touchedMs = nowMs;
    this.#openCount--;
    this.#settled.append(streak);
  }

  /** The next open streak that has been silent for too long, now settled; null when there is none left. */
  takeSilent(nowMs: number): Streak | null {
    const streak = this.#open.first;
    if (streak === null || nowMs - streak.touchedMs < this.#bounds.silenceMs) return null;
    this.settle(streak, nowMs);
    return streak;
  }

  /** Forgets the streaks that were settled long enough ago. */
  forgetOld(nowMs: number): void {
    for (;;) {
      const streak = this.#settled.first;
      if (streak === null || nowMs - streak.touchedMs < this.#bounds.keptMs) return;
      this.#forget(streak);
    }
  }

  #forget(streak: Streak): void {
    assert(!streak.open, 'a streak is settled before it is forgotten');
    this.#settled.remove(streak);
    this.#byKey.delete(streak.key);
  }
}
