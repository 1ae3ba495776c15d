import type { BattleState } from './battle-state.ts';
import type { User } from './events.ts';
import type { EventFrame } from './frames.ts';
import type { OperatorChange } from './operator.ts';

// What the history answers, as plain data. Times are Unix ms, 0 = not said; positions are seqs of the room.

export interface PastRoom {
  readonly room: string;
  readonly handle: string;
  readonly sessions: number;
  /** Newest event in the history; 0 = none. */
  readonly seq: number;
  /** Its time, Unix ms. */
  readonly at: number;
}

export interface PastSession {
  /** seq of its first event: what it is called. It stays the same when the history is built again. */
  readonly session: number;
  readonly room: string;
  readonly endSeq: number;
  readonly liveId: string;
  readonly startAt: number;
  readonly endAt: number;
  readonly status: string;
  readonly diamonds: number;
  readonly gifts: number;
  readonly gifters: number;
  readonly likes: number;
  readonly follows: number;
  readonly shares: number;
  readonly chats: number;
  readonly viewersPeak: number;
  readonly viewersTotal: number;
  readonly gaps: number;
  readonly gapMs: number;
  readonly missed: number;
}

export interface PastBattle {
  readonly session: number;
  readonly battleId: string;
  readonly startSeq: number;
  readonly endSeq: number;
  readonly startAt: number;
  readonly endAt: number;
  readonly phase: string;
  readonly complete: boolean;
  /** As it was last: sides, points, outcome. */
  readonly state: BattleState;
}

export interface PastStanding {
  readonly rank: number;
  readonly user: User;
  readonly diamonds: number;
  /** seq of the event that brought the gifter to this total. */
  readonly seq: number;
}

export interface PastBoard {
  /** Position at which the board was like this. */
  readonly seq: number;
  readonly gifters: number;
  readonly diamonds: number;
  readonly rows: readonly PastStanding[];
}

export interface PastGifter {
  readonly user: User;
  readonly diamonds: number;
  readonly gifts: number;
  /** Sessions in which they gave. */
  readonly sessions: number;
  /** Time of the first and of the last gift, Unix ms. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A gifter with the sessions in which they gave, newest first. */
export interface PastGifterSessions extends PastGifter {
  readonly inSessions: readonly GifterSession[];
}

export interface GifterSession {
  readonly session: number;
  readonly startAt: number;
  readonly diamonds: number;
  readonly gifts: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface PastCorrection {
  readonly seq: number;
  readonly id: string;
  readonly session: number;
  readonly at: number;
  readonly action: string;
  readonly user: User;
  readonly target: User | null;
  readonly diamonds: number;
  readonly applied: number;
  /** What it added to the session's total: below 0 for what it took away. */
  readonly change: number;
  readonly reason: string;
  readonly by: string;
  /** Id of the correction that it takes back; null = none. */
  readonly undoes: string | null;
  /** Id of the correction that took it back; null = none. */
  readonly undoneBy: string | null;
}

/** Something that operators share was changed, or an alert was raised. */
export interface PastOperatorChange {
  readonly seq: number;
  readonly session: number;
  readonly at: number;
  /** Id of the event. */
  readonly id: string;
  /** '' = the broker itself. */
  readonly by: string;
  /** Id of the change that it takes back; null = none. */
  readonly undoes: string | null;
  readonly change: OperatorChange;
}

export interface PastGap {
  readonly seq: number;
  readonly session: number;
  readonly at: number;
  readonly reason: string;
  readonly lengthMs: number;
  readonly missed: number;
}

export interface PastPulse {
  readonly at: number;
  readonly seq: number;
  readonly events: number;
  readonly gifts: number;
  readonly diamonds: number;
  readonly viewers: number;
  readonly ownPoints: number;
  readonly rivalPoints: number;
}

/** Events as they were broadcast. */
export interface EventPage {
  readonly events: readonly EventFrame[];
  /** Where the next page begins; 0 = there is none. A page that took too long to find may have few events, or none. */
  readonly nextSeq: number;
  /** Events of the range that the log does not have (any more). */
  readonly missing: number;
}

/** What each kind of query is answered with. null: what it names is not known. */
export interface HistoryAnswers {
  readonly rooms: readonly PastRoom[];
  readonly room: PastRoom | null;
  readonly sessions: readonly PastSession[] | null;
  readonly session: PastSession | null;
  readonly battles: readonly PastBattle[] | null;
  readonly battle: PastBattle | null;
  readonly board: PastBoard | null;
  readonly sideBoard: PastBoard | null;
  readonly gifters: readonly PastGifter[] | null;
  readonly gifter: PastGifterSessions | null;
  readonly corrections: readonly PastCorrection[] | null;
  readonly operators: readonly PastOperatorChange[] | null;
  readonly gaps: readonly PastGap[] | null;
  readonly pulse: readonly PastPulse[] | null;
  readonly events: EventPage | null;
}

/** `unavailable`: the history is being made ready, or its thread has died over this query. */
export type QueryResult<Value> =
  | { readonly kind: 'answer'; readonly value: Value }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unavailable' };
