import type { MeksEvent } from '../protocol/events.ts';
import type { RoomView } from '../protocol/room-view.ts';

// What a Ranking is given, what it counts, and how its boards are named.

/** Who follows the same events beside the ranking, and is saved with it. Never throws from `apply`. */
export interface Companion {
  /** `event` was applied to `view`. `now`: the room's time (Unix ms), which one wrong event does not move; 0 = none. */
  apply(view: RoomView, seq: number, event: MeksEvent, now: number): void;
  /** The same events give the same text. */
  save(): string;
  restore(text: string): void;
}

/** What goes by a room's time, for who sees to it that it goes on where nothing happens. */
export interface Aging {
  /** The room's time as its events tell it, Unix ms; 0 = none has yet. */
  readonly time: () => number;
  /** Whether a window or a day has something to let go of once that time is `now`. */
  readonly isDue: (now: number) => boolean;
}

export interface RankingOptions {
  readonly room: { readonly id: string; readonly handle: string };
  /** User id of the room's host, where it is known: otherwise learned from battles by LIVE id or handle. */
  readonly hostId?: string;
  /** IANA name, for the boards of day and week. Default: that of the saved state, or else UTC. */
  readonly timeZone?: string;
  /** Default limits.giftersMax. */
  readonly giftersMax?: number;
  readonly companion?: Companion;
  /** Called between the steps in which a turn is computed: for tests, which throw there. */
  readonly onStep?: (step: 'vetted' | 'looked-up' | 'computed') => void;
}

export const rankingCounterSpec = {
  gifts: 'gift events counted on the session board',
  giftDiamonds: 'diamonds of gift events',
  battleGifts: 'gift events counted for a side of the battle on display',
  formerBattleGifts: 'gift events that came late and were counted for the battle before the one on display',
  giftersRefused: 'gift events without a standing: the roster is full',
  battleEvents: 'battle and score events that moved the battle',
  battleHostsDropped: 'hosts in battle events that the battle has no room to show',
  battlesJoined: 'counts of other rooms of this broker that were taken over for a battle on display',
  staleBattleEvents: 'battle and score events about no battle or an older one: nothing changed',
  corrections: 'corrections carried out',
  correctionsCut: 'corrections that found less to take than they asked for',
  sessions: 'sessions begun',
  checks: 'invariant checks',
  checksFailed: 'invariant checks that found something wrong',
} as const;
