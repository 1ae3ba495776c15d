import type { Random } from '../../src/base/random.ts';
import type { MeksEvent } from '../../src/protocol/events.ts';
import type { LivelyRoom, PlayedItem } from './lively-room.ts';

// What happens in a lively room, second by second: gifts at a rate that steps up in a battle, likes and viewers beside
// them, points twice a second, power-ups now and then, a rest, and the next battle. Time comes in; nothing runs
// by itself.

export interface Pace {
  /** Gifts a second outside of battles, and in them. */
  giftsPerSecond: number;
  giftsPerSecondInBattle: number;
  /** Seconds from the start to the first battle, and from one's end to the next; 0 = no battles. */
  battleEverySec: number;
  battleSec: number;
}

export const livelyPace: Readonly<Pace> = {
  giftsPerSecond: 50,
  giftsPerSecondInBattle: 500,
  battleEverySec: 20,
  battleSec: 90,
};

const murmursPerSecond = 12;
const scoreEveryMs = 500;
const restSec = 15;

const items: readonly PlayedItem[] = [
  { item: 'glove', durationSec: 30, multiplier: 5 },
  { item: 'mist', durationSec: 30, multiplier: 1 },
  { item: 'top2', durationSec: 20, multiplier: 2 },
  { item: 'top3', durationSec: 20, multiplier: 3 },
];

export class LivelyProgramme {
  readonly pace: Pace;
  readonly #room: LivelyRoom;
  readonly #random: Random;
  #nextBattleAtMs: number;
  #scoreAtMs = 0;
  #itemAtMs = 0;

  constructor(room: LivelyRoom, random: Random, startMs: number, pace: Readonly<Pace> = livelyPace) {
    this.pace = { ...pace };
    this.#room = room;
    this.#random = random;
    this.#nextBattleAtMs = pace.battleEverySec === 0 ? Number.POSITIVE_INFINITY : startMs + pace.battleEverySec * 1_000;
  }

  /** Starts a battle at the next step, whatever the programme says. */
  battleNow(): void {
    this.#nextBattleAtMs = 0;
  }

  /** Hands everything that falls into the last `forMs` before `nowMs` (Unix ms) to `publish`, which returns its seq. */
  step(nowMs: number, forMs: number, nextSeq: () => number, publish: (event: MeksEvent) => void): void {
    this.#stepBattle(nowMs, publish);
    const inBattle = this.#room.battle !== null;
    const perSecond = inBattle ? this.pace.giftsPerSecondInBattle : this.pace.giftsPerSecond;
    for (let left = this.#count(perSecond, forMs); left > 0; left--) publish(this.#room.gift(nextSeq(), nowMs));
    for (let left = this.#count(murmursPerSecond, forMs); left > 0; left--) publish(this.#room.murmur(nowMs));
  }

  /** How many of a Poisson process with this rate fall into `forMs`. */
  #count(perSecond: number, forMs: number): number {
    if (perSecond === 0) return 0;
    let count = 0;
    for (let at = this.#random.exponential(1_000 / perSecond); at < forMs; count++)
      at += this.#random.exponential(1_000 / perSecond);
    return count;
  }

  #stepBattle(nowMs: number, publish: (event: MeksEvent) => void): void {
    const told = (event: MeksEvent | null): void => void (event !== null && publish(event));
    const battle = this.#room.battle;
    if (battle === null) {
      if (nowMs < this.#nextBattleAtMs) return;
      this.#nextBattleAtMs = Number.POSITIVE_INFINITY;
      this.#itemAtMs = nowMs + 4_000;
      publish(this.#room.startBattle(nowMs, this.pace.battleSec));
      return;
    }
    if (nowMs >= battle.dueAt) {
      told(this.#room.score(nowMs));
      told(this.#room.endBattle(nowMs));
      this.#nextBattleAtMs = nowMs + (restSec + this.pace.battleEverySec) * 1_000;
      return;
    }
    if (nowMs >= this.#scoreAtMs) {
      this.#scoreAtMs = nowMs + scoreEveryMs;
      told(this.#room.score(nowMs));
    }
    if (nowMs >= this.#itemAtMs) {
      this.#itemAtMs = nowMs + 9_000 + this.#random.exponential(6_000);
      told(this.#room.playItem(this.#random.pick(items), this.#random.int(2), nowMs));
    }
  }
}
