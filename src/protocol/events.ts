// The event model: normalized, typed facts about a room. This is what the normalizer makes, the ranking enriches,
// the log keeps and dashboards receive (JSON, one event a frame). Ids are decimal strings: 64-bit numbers do not
// survive a JavaScript number. Times are Unix milliseconds; 0 means that upstream did not say.

import type { BattleState } from './battle-state.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { CorrectionEvent } from './corrections.ts';
import type { OperatorEvent } from './operator.ts';

/** A person: viewer, gifter, host or guest. Key on `id`; handle and name change. */
export interface User {
  readonly id: string;
  /** The @handle without the @; '' when upstream did not say. */
  readonly handle: string;
  /** The display name; '' when upstream did not say. */
  readonly name: string;
  /** https URL of a small picture, or ''. */
  readonly avatar: string;
}

/** What every event has. `id` is unique in its room and survives replays: duplicates share it. */
export interface EventBase {
  readonly id: string;
  /** When it happened by upstream's clock; 0 = not said. For display and hints, never for order. */
  readonly at: number;
  /** It could not be understood when it came, and was run again later, out of the quarantine. Absent otherwise. */
  late?: true;
}

export interface GiftInfo {
  readonly id: string;
  readonly name: string;
  /** Listed price of one, in diamonds. */
  readonly price: number;
  /** TikTok's gift type: 1 combo, 2 big, 4 others; 0 = not said. */
  readonly type: number;
}

/** A row of repeated gifts under one group. `open` until its end mark or a timeout. */
export interface Streak {
  readonly group: string;
  /** Highest running count seen, this event included. */
  readonly total: number;
  readonly open: boolean;
  /** True when the first message seen of it already had a count above what it added: MEKS joined in the middle. */
  readonly joined: boolean;
}

/** Where a gifter stands after an event. Filled in by the ranking, null before it. */
export interface GiftStanding {
  /** The gifter's diamonds on the session board, this gift included. */
  readonly diamonds: number;
  /** Rank on the session board, from 1. */
  readonly rank: number;
  /** Gifters on the session board. */
  readonly gifters: number;
}

/** A gift's part in a running battle. Filled in by the ranking; null outside of battles. */
export interface GiftBattle {
  readonly battleId: string;
  /** Index of the side in the battle's `sides`. */
  readonly side: number;
  /** Diamonds counted for that side, this gift included. */
  readonly sideDiamonds: number;
  /** The gifter's own diamonds on that side's board, and rank there. */
  readonly diamonds: number;
  readonly rank: number;
}

/** A gift, or one step of a streak. `count` and `diamonds` are what this event adds: never a running total. */
export interface GiftEvent extends EventBase {
  readonly kind: 'gift';
  readonly user: User;
  readonly gift: GiftInfo;
  /** How many this event adds; 0 when it only ends a streak. */
  readonly count: number;
  /** count x price. */
  readonly diamonds: number;
  /** null for gifts that come without a group (each message is a whole gift). */
  readonly streak: Streak | null;
  /** Id of the host or guest who received it; '' = the room's host. */
  readonly receiver: string;
  /** TikTok's multiplier on match points for this gift (1 = none). Diamonds are never multiplied. */
  readonly multiplier: number;
  standing: GiftStanding | null;
  battle: GiftBattle | null;
}

/**
 * invited and declined never reach `open`; open = started; finished = time is up, result known; cut-short = ended
 * early; punish = victory lap; settled = over for good. Source: Webcast `action` and `status`, see docs/PROTOCOL.md.
 */
export type BattlePhase = 'invited' | 'declined' | 'open' | 'finished' | 'cut-short' | 'punish' | 'settled';

/** Never read an absent result as a win: TikTok's WIN is protobuf's default 0. */
export type BattleOutcome = 'win' | 'lose' | 'draw' | 'unknown';

export interface BattleSideInfo {
  /** Anchor (host) user id, or team id in team battles. */
  readonly id: string;
  readonly hosts: readonly User[];
  /** Room ids of the hosts, where told. */
  readonly rooms: readonly string[];
  /** Match points; null = not said. */
  readonly points: number | null;
  readonly outcome: BattleOutcome;
  /** Consecutive wins shown by TikTok; null = not said. */
  readonly winStreak: number | null;
}

/** A battle (PK) changed state. */
export interface BattleEvent extends EventBase {
  readonly kind: 'battle';
  readonly change: 'state';
  readonly battleId: string;
  readonly phase: BattlePhase;
  readonly form: 'duel' | 'team' | 'individual' | 'one-vs-many' | 'unknown';
  /** Unix ms; 0 = not said. */
  readonly startAt: number;
  readonly durationSec: number;
  readonly extraSec: number;
  /** Unix ms at which it ended; 0 = not yet, or not said. */
  readonly endAt: number;
  /** Sides known from this message; empty when it names none. */
  readonly sides: readonly BattleSideInfo[];
  /** The battle after this event; filled in by the ranking, null before it and where no battle is known. */
  state: BattleState | null;
}

/** A speed challenge inside a battle. */
export interface BattleTaskEvent extends EventBase {
  readonly kind: 'battle';
  readonly change: 'task';
  readonly battleId: string;
  readonly step: 'start' | 'progress' | 'settled' | 'reward';
  readonly progress: number;
  readonly result: 'succeeded' | 'failed' | 'unknown';
  readonly userId: string;
  /** The battle after this event; filled in by the ranking, null before it and where no battle is known. */
  state: BattleState | null;
}

/** A power-up was played: glove (chance of x5), mist (hides points), extra time, boosters. */
export interface BattleItemEvent extends EventBase {
  readonly kind: 'battle';
  readonly change: 'item';
  readonly battleId: string;
  readonly item: 'glove' | 'mist' | 'extra-time' | 'potion' | 'wave' | 'top2' | 'top3' | 'vault-glove' | 'other';
  readonly userId: string;
  /** Side it works for, an anchor id; '' = not said. */
  readonly anchorId: string;
  /** Unix ms; 0 = not said. */
  readonly startAt: number;
  readonly durationSec: number;
  readonly multiplier: number;
  /** The battle after this event; filled in by the ranking, null before it and where no battle is known. */
  state: BattleState | null;
}

export interface SideScore {
  /** Anchor user id, or team id in team battles. */
  readonly id: string;
  /** Match points (basis 'points') or running diamonds (basis 'diamonds'). */
  readonly value: number;
  /** Upstream's own top contributors: match points, and diamonds where told. */
  readonly top: readonly { readonly user: User; readonly points: number; readonly diamonds: number | null }[];
}

/** Upstream's own running totals: match points of a battle, or diamonds per host ("fan tickets"). */
export interface ScoreEvent extends EventBase {
  readonly kind: 'score';
  readonly basis: 'points' | 'diamonds';
  /** '' when it belongs to no battle. */
  readonly battleId: string;
  /** Upstream's clock of this total (last writer wins); 0 = not said. */
  readonly scoredAt: number;
  /**
   * Basis 'points': what its battle is like, as upstream repeats with every score. It is how a battle that was joined
   * in the middle learns its start and end; absent = as 0 and 'unknown': not said.
   */
  readonly startAt?: number;
  readonly durationSec?: number;
  readonly extraSec?: number;
  readonly form?: BattleEvent['form'];
  readonly sides: readonly SideScore[];
  /**
   * Basis 'diamonds': counted by another room of this broker that is in the same battle, for its own host's side;
   * absent = told by upstream. Changes nothing but that side's `joined`.
   */
  readonly from?: { readonly room: string; readonly complete: boolean };
  /** What moved it: a gift, likes, an effect; 'other' also covers keep-alives. */
  readonly cause: 'gift' | 'like' | 'effect' | 'end' | 'other';
  /** The battle after this event; filled in by the ranking, null before it and where no battle is known. */
  state: BattleState | null;
}

/** The room's place in one of TikTok's lists, or a viewer's move among the room's top viewers. */
export interface RankEvent extends EventBase {
  readonly kind: 'rank';
  readonly list:
    | 'hourly'
    | 'hourly-star'
    | 'daily'
    | 'weekly'
    | 'weekly-rising'
    | 'weekly-rookie'
    | 'daily-rookie'
    | 'league'
    | 'game'
    | 'daily-game'
    | 'hall-of-fame'
    | 'first-gift'
    | 'team'
    | 'class'
    | 'viewer'
    /** A list that this version does not know, by TikTok's number; `other`: one of those beyond the bound. */
    | `other-${number}`
    | 'other';
  /** Place from 1; 0 = not placed. */
  readonly rank: number;
  readonly score: number | null;
  readonly countdownSec: number;
  /** Whose place: '' = the room's host. */
  readonly userId: string;
  /** Place before, for list 'viewer'; 0 = not said. */
  readonly before: number;
}

export interface ViewersEvent extends EventBase {
  readonly kind: 'viewers';
  /** Watching now. */
  readonly current: number;
  /** Since the LIVE began; 0 = not said. */
  readonly total: number;
  /** Upstream's top viewers with their coins. */
  readonly top: readonly { readonly user: User; readonly score: number; readonly rank: number }[];
}

export interface LikeEvent extends EventBase {
  readonly kind: 'like';
  readonly user: User;
  /** Likes in this message, 1 to 15. */
  readonly count: number;
  /** Upstream's total. It may go backwards (two counters behind one name): show the highest. */
  readonly total: number;
}

export interface FollowEvent extends EventBase {
  readonly kind: 'follow';
  readonly user: User;
  /** Followers of the host after it; 0 = not said. */
  readonly followers: number;
}

export interface ShareEvent extends EventBase {
  readonly kind: 'share';
  readonly user: User;
}

export interface JoinEvent extends EventBase {
  readonly kind: 'join';
  readonly user: User;
  readonly viewers: number;
}

export interface ChatEvent extends EventBase {
  readonly kind: 'chat';
  readonly user: User;
  readonly text: string;
  readonly language: string;
}

/** What happens to or in the room beside gifts and battles. */
export interface RoomEvent extends EventBase {
  readonly kind: 'room';
  readonly topic:
    | 'live'
    | 'paused'
    | 'resumed'
    | 'ended'
    | 'suspended'
    | 'goal'
    | 'envelope'
    | 'subscription'
    | 'question'
    | 'notice'
    /** What was counted and upstream's totals came apart, or are one again: `reconciliation` says how far. */
    | 'reconciliation'
    /** Nothing was heard for a while, and boards have something to let go of: `at` is what time it is in the room. */
    | 'time';
  readonly user: User | null;
  /** For people; may be ''. */
  readonly text: string;
  /** Goal progress, envelope diamonds, months subscribed: by topic; 0 where it has none. */
  readonly value: number;
  /** Goal target, envelope receivers; 0 where it has none. */
  readonly target: number;
  /** Topic 'reconciliation', made by the broker: counted and upstream's totals (`value` and `target`), and why. */
  readonly reconciliation?: Reconciliation;
  /** Topic 'live': upstream's id of this one LIVE, where told. Another id than before begins a new session. */
  readonly liveId?: string;
}

/** One row of a board. */
export interface Standing {
  readonly user: User;
  readonly diamonds: number;
  /** seq of the event that brought the gifter to this total: the earlier one stands higher among equals. */
  readonly seq: number;
}

/** Something may be missing between the event before this and the one after it. Seen, never silent. */
export interface GapEvent extends EventBase {
  readonly kind: 'gap';
  readonly reason: 'upstream-lost' | 'overload' | 'recovery' | 'silence' | 'fault';
  /** How long, in milliseconds; 0 = not known. */
  readonly lengthMs: number;
  /** How many raw messages are known to be missing; 0 = not known. */
  readonly missed: number;
}

export type MeksEvent =
  | GiftEvent
  | BattleEvent
  | BattleTaskEvent
  | BattleItemEvent
  | ScoreEvent
  | RankEvent
  | ViewersEvent
  | LikeEvent
  | FollowEvent
  | ShareEvent
  | JoinEvent
  | ChatEvent
  | RoomEvent
  | CorrectionEvent
  | OperatorEvent
  | GapEvent;

export type EventKind = MeksEvent['kind'];

/** Every kind, in the order that counters and tables use. */
export const eventKinds = [
  'gift',
  'battle',
  'score',
  'rank',
  'viewers',
  'like',
  'follow',
  'share',
  'join',
  'chat',
  'room',
  'correction',
  'operator',
  'gap',
] as const satisfies readonly EventKind[];

/** A user of whom only the id is known. */
export function unknownUser(id: string): User {
  return { id, handle: '', name: '', avatar: '' };
}
