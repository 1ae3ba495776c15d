import type { EventBase, Standing, User } from './events.ts';

// Corrections by operators: append-only, compensating facts in the room's one stream, never an edit of the past. What
// each really did is in its `effect`, board by board, so that an undo takes back exactly that, and everything that
// counts (boards, history, exports) follows from the events alone.

/** A side of a battle by the ids that upstream gave. */
export interface SideName {
  readonly battleId: string;
  /** Id of the side, or of one of its hosts. */
  readonly sideId: string;
}

/** One gift, by the id of its event and by its number in the stream. */
export interface GiftName {
  readonly id: string;
  readonly seq: number;
}

/**
 * `add` gives diamonds, `void` takes them back, `move` carries some from one gifter to another, `merge` all of them, on
 * every board. `attribute` lets one gift count for another battle's side, or for none: battle sides alone. `undo` takes
 * back what another correction did.
 */
export type CorrectionAction = 'add' | 'move' | 'merge' | 'void' | 'attribute' | 'undo';

export interface CorrectionEvent extends EventBase {
  readonly kind: 'correction';
  readonly action: CorrectionAction;
  readonly user: User;
  /** Receiver of a move or merge. */
  readonly target: User | null;
  readonly diamonds: number;
  readonly reason: string;
  readonly by: string;
  /** The session board's first rows after it, so that no dashboard has to guess who moved up. Filled by the ranking. */
  board: readonly Standing[] | null;
  /** Session total after it. Filled by the ranking. */
  sessionDiamonds: number;
  /**
   * A battle side that it concerns beside the session; absent = the session alone. `attribute`: the side that the gift
   * counts for from now on; absent = none.
   */
  readonly side?: SideName;
  /** `attribute`: the side that the gift has counted for until now; absent = none. */
  readonly fromSide?: SideName;
  /** Receiver whose board it concerns; absent = the room's host. */
  readonly receiver?: string;
  /** The one gift that a void or an attribution is about. */
  readonly gift?: GiftName;
  /** `undo`: id of the correction that it takes back. */
  readonly undoes?: string;
  /** Diamonds that it really moved: it takes no more than is there. Filled by the ranking. */
  applied?: number;
  /** Gifters on the session board after it. Filled by the ranking. */
  gifters?: number;
  /** What it changed in the battle on display. Filled by the ranking; null where it changed nothing there. */
  battle?: CorrectedBattle | null;
  /** What it did, board by board. Filled by the ranking; null where it did nothing. */
  effect?: CorrectionEffect | null;
}

/** Battle sides after a correction: everything that a view shows of them. */
export interface CorrectedBattle {
  readonly battleId: string;
  readonly sides: readonly {
    /** Index of the side in the battle's `sides`. */
    readonly side: number;
    readonly diamonds: number;
    /** First rows of the side's board. */
    readonly board: readonly Standing[];
  }[];
}

/** Diamonds that went from one to another, by board. Bounded by receiversMax receivers and two battles' sides. */
export interface CorrectionEffect {
  /** User id of who gave; '' = nobody: they came out of nothing. */
  readonly from: string;
  /** User id of who received; '' = nobody: they are gone. */
  readonly to: string;
  readonly session: number;
  readonly day: number;
  readonly week: number;
  readonly allTime: number;
  /** By receiver; '' = the room's host. */
  readonly receivers: readonly { readonly receiver: string; readonly diamonds: number }[];
  /** What `from` lost and `to` gained on battle sides; an attribution takes on one side and gives on another. */
  readonly sides: readonly SideEffect[];
}

export interface SideEffect extends SideName {
  readonly taken: number;
  readonly given: number;
}

/** A correction as the ledger lists it. */
export interface LedgerEntry {
  readonly id: string;
  readonly seq: number;
  /** When, Unix ms by the broker's clock. */
  readonly at: number;
  readonly action: CorrectionAction;
  readonly user: User;
  readonly target: User | null;
  /** Diamonds that were asked for, and those that were really moved. */
  readonly diamonds: number;
  readonly applied: number;
  readonly reason: string;
  readonly by: string;
  readonly side: SideName | null;
  readonly fromSide: SideName | null;
  readonly gift: GiftName | null;
  /** Id of the correction that this one takes back; null = none. */
  readonly undoes: string | null;
  /** Id of the correction that took this one back; null = none. */
  readonly undoneBy: string | null;
  /** Whether it can be undone now: not an undo, not undone, and of the session under way. */
  readonly open: boolean;
}

interface RequestBase {
  /** Chosen by who asks, and the id of the event: the same correction sent twice is carried out once. */
  readonly id: string;
  readonly reason: string;
  readonly by: string;
}

/** What an operator asks for. People are named by user id. */
export type CorrectionRequest = RequestBase &
  (
    | {
        readonly action: 'add' | 'void';
        readonly user: string;
        readonly diamonds: number;
        readonly side?: SideName;
        readonly receiver?: string;
      }
    | {
        readonly action: 'move';
        readonly user: string;
        readonly target: string;
        readonly diamonds: number;
        readonly side?: SideName;
        readonly receiver?: string;
      }
    | { readonly action: 'merge'; readonly user: string; readonly target: string }
    /** A test gift, by the id of its event. */
    | { readonly action: 'void-gift'; readonly gift: string }
    /** `to` null: the gift counts for no battle. */
    | { readonly action: 'attribute'; readonly gift: string; readonly to: SideName | null }
    | { readonly action: 'undo'; readonly undoes: string }
  );
