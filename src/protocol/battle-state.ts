import type { BattleItemEvent, BattleOutcome, BattlePhase, BattleTaskEvent, User } from './events.ts';

// A battle as every dashboard shows it: computed once, in the broker's ranking, and carried whole by each event that
// changes it (it is small), so that no client has to repeat the state machine.

/** What another room of this broker counted for a side: gifts of that room's own feed, which this one never sees. */
export interface JoinedDiamonds {
  /** Id of that room. */
  readonly room: string;
  readonly diamonds: number;
  /** True when that room saw the battle's start and no gap since. */
  readonly complete: boolean;
  /** Its best gifters for this side, at most three. */
  readonly top: readonly { readonly user: User; readonly diamonds: number }[];
}

export interface BattleSide {
  /** Anchor user id, or team id in team battles. */
  readonly id: string;
  readonly hosts: readonly User[];
  /** Match points by upstream; null = not told yet. Likes and multipliers count here: not the same as diamonds. */
  points: number | null;
  /** Diamonds counted by MEKS from gifts seen in this room. null for sides whose gifts this room does not see. */
  diamonds: number | null;
  /** What other rooms of this broker counted for this side, beside `diamonds`; absent = there is no such room. */
  joined?: readonly JoinedDiamonds[];
  outcome: BattleOutcome;
  /** Consecutive wins as upstream tells; null = not told. */
  winStreak: number | null;
}

export interface ActiveItem {
  readonly item: BattleItemEvent['item'];
  readonly anchorId: string;
  readonly userId: string;
  readonly startAt: number;
  /** Unix ms at which it stops working; 0 = not known. */
  readonly endAt: number;
  readonly multiplier: number;
}

/** One way to cover what is needed: so many of these gifts together. */
export interface GapCloser {
  /** What they cost together. */
  readonly diamonds: number;
  readonly gifts: readonly {
    readonly id: string;
    readonly name: string;
    readonly price: number;
    readonly count: number;
  }[];
}

/** Own results of this session's battles, this one included once its result is known. */
export interface BattleSeries {
  readonly wins: number;
  readonly losses: number;
  readonly draws: number;
  /** Wins in a row until now: 0 after a loss or a draw. Battles without a known result neither add nor break. */
  readonly streak: number;
  /** Of these, those against the rival of this battle: the score of a best-of-three. */
  readonly versus: { readonly wins: number; readonly losses: number; readonly draws: number };
}

/**
 * Why the own side's match points are not its diamonds: points = diamonds + multiplied + likes + effects + other. What
 * moved points is upstream's word for the newest of its reasons, so that a little of one may stand under another.
 */
export interface PointsDifference {
  readonly points: number;
  readonly diamonds: number;
  /** What multipliers added to gifts that were counted. */
  readonly multiplied: number;
  readonly likes: number;
  readonly effects: number;
  /** Below 0 where gifts have not become points yet; above where points came before MEKS listened, or in a gap. */
  readonly other: number;
}

/** The numbers of the last half minute, from the own side's point of view. Computed once, in the broker. */
export interface BattleCockpit {
  /** Index of the rival with the most points; -1 = none known. */
  readonly rival: number;
  /** That rival's points minus ours: above 0 = we are behind. null = not known. */
  readonly gap: number | null;
  /** Diamonds that put us in the lead at `multiplier`: 0 = we lead; null = not known. */
  readonly need: number | null;
  /** Diamonds that would do with luck, at `multiplierMax`; `need` where nothing is left to chance. */
  readonly needMin: number | null;
  /** What surely multiplies our gifts now (x2, x3 boosters); 1 = nothing. */
  readonly multiplier: number;
  /** What may multiply them at best (a glove is a chance, not a promise). */
  readonly multiplierMax: number;
  /** Smallest gifts that cover `need`, cheapest first: at most 3 alternatives. */
  readonly closers: readonly GapCloser[];
  /** Match points gained in the last minute, by the index of the side; null = too little seen. */
  readonly pointsPerMinute: readonly (number | null)[];
  /** When a side's points last rose, by upstream's clock and the index of the side; 0 = not seen. */
  readonly scoredAt: readonly number[];
  /** Gifters of the own side whose first gift of this session fell into this battle. */
  readonly newGifters: number;
  /** null where points or diamonds are not known. */
  readonly difference: PointsDifference | null;
  /** Seconds by which extra time may still move the end. */
  readonly extensionSecMax: number;
  /**
   * Points of the biggest single gift seen here today at our best multiplier: a lead above it is safe from one gift.
   */
  readonly safeLead: number;
  readonly series: BattleSeries;
}

/** A speed challenge as last told. */
export interface BattleTask {
  readonly step: BattleTaskEvent['step'];
  readonly progress: number;
  readonly result: BattleTaskEvent['result'];
}

export interface BattleState {
  readonly battleId: string;
  /** 'running' = started, points are coming in (or joined in the middle). */
  phase: BattlePhase | 'running';
  form: 'duel' | 'team' | 'individual' | 'one-vs-many' | 'unknown';
  /** Unix ms; 0 = not known. */
  startAt: number;
  /** Length without extra time, in seconds; 0 = not known. */
  durationSec: number;
  /** Extra time granted so far, in seconds. */
  extraSec: number;
  /** Unix ms at which time is up, extra time included; 0 = not known. */
  dueAt: number;
  /** Unix ms at which it ended; 0 = it has not. */
  endedAt: number;
  /** True when MEKS saw this battle's start and no gap since: only then are `diamonds` complete. */
  complete: boolean;
  /** True once upstream told the final points: from then on a late message can only raise them. */
  final: boolean;
  /** Upstream's clock of the newest points; 0 = none yet. */
  scoredAt: number;
  /** This room's own side first, where it is known. */
  sides: BattleSide[];
  /** Index of this room's own side: 0, or -1 where it is not known. */
  own: number;
  /** Power-ups played, newest last; those that ran out before the newest message are gone. */
  items: ActiveItem[];
  /** The newest speed challenge; null = none yet. */
  task: BattleTask | null;
  /** null where the own side is not known, and before the battle has begun. */
  cockpit: BattleCockpit | null;
}
