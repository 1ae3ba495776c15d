import type { BattleState, PointsDifference } from '../protocol/battle-state.ts';
import type { GiftEvent, MeksEvent } from '../protocol/events.ts';
import type { BattleInput } from './battle.ts';
import { heardAfter } from './heard.ts';
import { ScoreRates } from './score-rates.ts';

// Owns what has to be remembered of a battle's events beside its state, for the cockpit: the pace of the points, when
// each side last scored, what moved the own side's points apart from its diamonds, and who gave for the first time.
// Begins anew with every battle. And since when nothing was missed, which battles and sessions do not change. Bounded:
// a few numbers a side.

/** What is remembered of one battle. */
interface Tally {
  readonly battleId: string;
  /** Gifters of the own side whose first gift of the session fell into this battle. */
  readonly newGifters: number;
  /** Diamonds that multipliers added to the own side's gifts, as points. */
  readonly multiplied: number;
  /** Points that came with likes, and with effects, by what upstream says moved them. */
  readonly likes: number;
  readonly effects: number;
  /** By the id of the side: upstream's clock when its points last rose. */
  readonly scoredAt: Readonly<Record<string, number>>;
}

/** What the cockpit takes from here, as it is once an event has been taken in. */
export interface TallyReading {
  readonly tally: Tally;
  readonly pointsPerMinute: readonly (number | null)[];
  readonly scoredAt: readonly number[];
  readonly newGifters: number;
  /** null where points or diamonds are not known. */
  readonly difference: PointsDifference | null;
}

export interface SavedTally {
  readonly rates: ReturnType<ScoreRates['save']>;
  readonly tally: Tally;
  /** Absent in snapshots of versions before it was kept. */
  readonly heardSince?: number;
}

function emptyTally(battleId: string): Tally {
  return { battleId, newGifters: 0, multiplied: 0, likes: 0, effects: 0, scoredAt: {} };
}

export class BattleTally {
  readonly #rates = new ScoreRates();
  #tally = emptyTally('');
  #heardSince = 0;

  /** Unix ms since when nothing was missed; 0 = no event has told a time yet. */
  get heardSince(): number {
    return this.#heardSince;
  }

  /** Takes any event, of a battle or not. */
  hear(event: MeksEvent): void {
    this.#heardSince = heardAfter(this.#heardSince, event);
  }

  /** What is so once `event` has brought the battle from `before` to `after`. Changes nothing yet: see `take`. */
  read(before: BattleState | null, after: BattleState, event: BattleInput): TallyReading {
    const known = before?.battleId === after.battleId ? before : null;
    const base = this.#tally.battleId === after.battleId ? this.#tally : emptyTally(after.battleId);
    const tally = withPoints(base, known, after, event);
    return {
      tally,
      pointsPerMinute: this.#rates.perMinute(after),
      scoredAt: after.sides.map((side) => tally.scoredAt[side.id] ?? 0),
      newGifters: tally.newGifters,
      difference: differenceOf(tally, after),
    };
  }

  /** The battle is now `after`, as it was read. */
  take(reading: TallyReading, after: BattleState): void {
    this.#tally = reading.tally;
    this.#rates.sample(after);
  }

  /** A gift was counted for the own side of a battle. Nearly all of them leave nothing to remember. */
  gift(battleId: string, event: GiftEvent): void {
    const isNew = event.standing?.diamonds === event.diamonds;
    if (!isNew && event.multiplier <= 1) return;
    const base = this.#tally.battleId === battleId ? this.#tally : emptyTally(battleId);
    this.#tally = {
      ...base,
      newGifters: base.newGifters + (isNew ? 1 : 0),
      multiplied: base.multiplied + Math.round(event.diamonds * (Math.max(1, event.multiplier) - 1)),
    };
  }

  clear(): void {
    this.#tally = emptyTally('');
    this.#rates.restore('', []);
  }

  save(): SavedTally {
    return { rates: this.#rates.save(), tally: this.#tally, heardSince: this.#heardSince };
  }

  restore(saved: SavedTally): void {
    this.#rates.restore(saved.rates.key, saved.rates.samples);
    this.#tally = saved.tally;
    this.#heardSince = saved.heardSince ?? 0;
  }
}

function withPoints(base: Tally, before: BattleState | null, after: BattleState, event: BattleInput): Tally {
  const at = event.kind === 'score' && event.scoredAt !== 0 ? event.scoredAt : event.at;
  let { likes, effects } = base;
  const scoredAt = { ...base.scoredAt };
  for (let index = 0; index < after.sides.length; index++) {
    const { id, points } = after.sides[index]!;
    const known = before?.sides.find((side) => side.id === id)?.points ?? 0;
    const gained = (points ?? 0) - known;
    if (gained <= 0) continue;
    scoredAt[id] = at;
    if (index !== after.own || event.kind !== 'score') continue;
    if (event.cause === 'like') likes += gained;
    else if (event.cause === 'effect') effects += gained;
  }
  return { ...base, likes, effects, scoredAt };
}

function differenceOf(tally: Tally, after: BattleState): PointsDifference | null {
  const own = after.own < 0 ? undefined : after.sides[after.own];
  if (own === undefined || own.points === null || own.diamonds === null) return null;
  const { multiplied, likes, effects } = tally;
  const { points, diamonds } = own;
  return { points, diamonds, multiplied, likes, effects, other: points - diamonds - multiplied - likes - effects };
}
