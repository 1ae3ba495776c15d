import type { BattleItemEvent, BattleOutcome, BattlePhase, User } from './events.ts';

// A battle as every dashboard shows it: computed once, in the broker's ranking, and carried whole by each event that
// changes it (it is small), so that no client has to repeat the state machine.

export interface BattleSide {
  /** Anchor user id, or team id in team battles. */
  readonly id: string;
  readonly hosts: readonly User[];
  /** Match points by upstream; null = not told yet. Likes and multipliers count here: not the same as diamonds. */
  points: number | null;
  /** Diamonds counted by MEKS from gifts seen in this room. null for sides whose gifts this broker does not see. */
  diamonds: number | null;
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

export interface BattleState {
  readonly battleId: string;
  /** 'running' = started, points are coming in (or joined in the middle). */
  phase: BattlePhase | 'running';
  form: 'duel' | 'team' | 'individual' | 'one-vs-many' | 'unknown';
  /** Unix ms; 0 = not known. */
  startAt: number;
  /** Unix ms at which time is up, extra time included; 0 = not known. */
  dueAt: number;
  /** Unix ms at which it ended; 0 = it has not. */
  endedAt: number;
  /** True when MEKS saw this battle's start: only then are `diamonds` complete. */
  complete: boolean;
  /** Upstream's clock of the newest points; 0 = none yet. */
  scoredAt: number;
  /** This room's own side first, where it is known. */
  sides: BattleSide[];
  items: ActiveItem[];
}
