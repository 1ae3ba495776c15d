import type { GiftEvent, User } from '../../src/protocol/events.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import type { Tier } from './gift-mark.ts';
import { tierOf } from './gift-mark.ts';

// What the feed has to show, without a page: gifts, folded gifts and notes, newest last. One streak is one row whose
// count grows. In a burst nobody can read five hundred rows a second: above `ownRowsPerSecondMax` new rows in a second,
// gifts under `ownRowDiamonds` are folded into one row for that second, which says how many and how much. Each filter
// has this pace for itself: what it leaves out takes no place from what it shows. So a gift may have a row of its own
// from some filter on, and be counted in the fold below it; both are known as gifts come, and a filter that is changed
// acts on what came before too. Nothing is left out without being counted: the rows' gifts and diamonds, with those of
// rows that fell off, are all there were. What a streak brings before it has a row is judged gift by gift.
// Bounded: `rowsMax` rows, about half a minute of a burst; the oldest falls off first.

export const rowsMax = 1_000;
export const ownRowsPerSecondMax = 12;
export const ownRowDiamonds = 1_000;
/** Tiers below `ownRowDiamonds`, lowest first: each is the least that some filter shows, and has a pace. */
const pacedTiers: readonly Tier[] = [1, 2, 3];
/** Events of one row that can be corrected by their id. */
export const eventIdsMax = 20;
/** How long a note that limits what is shown stays on top. */
const pinnedMs = 12_000;

export type Tone = 'plain' | 'good' | 'warn' | 'bad';

interface RowBase {
  /** Unique in this model. */
  readonly key: string;
  /** Time of its first gift, Unix ms; 0 = not known. */
  readonly atMs: number;
}

export interface GiftRow extends RowBase {
  readonly kind: 'gift';
  readonly user: User;
  readonly giftName: string;
  readonly giftId: string;
  /** Grows with each change: cheap to compare. */
  version: number;
  /** Ids of its gift events, the first ones: what a correction names. */
  readonly eventIds: string[];
  count: number;
  diamonds: number;
  tier: Tier;
  /** Where the battle side that it went to stands on screen: 0 left, 1 right; -1 = none. */
  readonly side: number;
  /** A streak that goes on. */
  open: boolean;
  /** The lowest filter that gives it a row of its own; 1 = no filter is needed. Below, it is counted in the fold. */
  shownFrom: Tier;
}

interface Sum {
  gifts: number;
  diamonds: number;
}

/** Its sum: in the model, of the gifts that no filter gives a row; as shown, of all that the filter folds. */
export interface FoldRow extends RowBase, Sum {
  readonly kind: 'fold';
  /** What the sum consists of, by `pacedTiers`. */
  readonly tiers: readonly Sum[];
}

export interface NoteRow extends RowBase {
  readonly kind: 'note';
  readonly tone: Tone;
  readonly text: string;
  /** Until when (monotonic ms) it stays on top, however many gifts come: what limits the truth must not rush by. */
  readonly pinnedUntilMs: number;
}

export type FeedRow = GiftRow | FoldRow | NoteRow;

export class FeedModel {
  #rows: FeedRow[] = [];
  readonly #streaks = new Map<string, GiftRow>();
  #keys = 0;
  #second = -1;
  /** New rows of this second as each filter shows them, by `pacedTiers`. */
  readonly #rowsThisSecond = pacedTiers.map(() => 0);
  #fold: FoldRow | null = null;
  #lastSeq = 0;
  #arrivals = 0;
  #foldedAtMs = Number.NEGATIVE_INFINITY;
  /** Gifts and diamonds of rows that fell off. */
  readonly gone = { gifts: 0, diamonds: 0 };

  /** Newest last. Read it, never write. */
  get rows(): readonly FeedRow[] {
    return this.#rows;
  }

  /** Rows ever added that need no filter: what came while somebody paused is a difference of these. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** Whether small gifts were folded in the last two seconds. */
  isFolding(nowMs: number): boolean {
    return nowMs - this.#foldedAtMs < 2_000;
  }

  /**
   * Takes a published gift, read at `nowMs` (monotonic); `side` is where its battle side stands on screen, -1 = none.
   */
  gift(event: GiftEvent & { readonly seq: number }, nowMs: number, side = -1): void {
    this.#enterSecond(nowMs);
    if (this.#goesOn(event) || event.count === 0) return;
    const shownFrom = this.#shownFrom(event.diamonds);
    if (shownFrom !== 1) {
      this.#foldedAtMs = nowMs;
      // Before the rows that only higher filters show, which it counts for the lower ones.
      const fold = (this.#fold ??= this.#beginFold(event.at));
      if (shownFrom === null) return addToFold(fold, event);
    }
    this.#countRow(shownFrom, tierOf(event.diamonds));
    this.#begin(event, side, shownFrom);
  }

  /**
   * Takes a snapshot's recent gifts: those that were not seen yet. After a new epoch all are new. They came over some
   * time, whatever the clock says now, and are few: each has its row and takes nothing from the pace.
   */
  catchUp(recentGifts: readonly EventFrame[], newEpoch: boolean, nowMs: number): void {
    this.#enterSecond(nowMs);
    if (newEpoch) this.#lastSeq = 0;
    for (const event of recentGifts) {
      if (event.kind !== 'gift' || event.seq <= this.#lastSeq) continue;
      if (!this.#goesOn(event) && event.count > 0) this.#begin(event, -1, 1);
    }
  }

  /** Takes a note for `atMs` (Unix ms), made at `nowMs` (monotonic). */
  note(text: string, tone: Tone, atMs: number, nowMs: number): void {
    const pinnedUntilMs = tone === 'warn' || tone === 'bad' ? nowMs + pinnedMs : Number.NEGATIVE_INFINITY;
    this.#push({ kind: 'note', key: this.#key(), atMs, tone, text, pinnedUntilMs });
  }

  #enterSecond(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    if (second === this.#second) return;
    this.#second = second;
    this.#rowsThisSecond.fill(0);
    this.#fold = null;
  }

  /** Adds the event to its streak's row. False: it has none. */
  #goesOn(event: GiftEvent & { readonly seq: number }): boolean {
    this.#lastSeq = event.seq;
    const { streak } = event;
    const row = streak === null ? undefined : this.#streaks.get(streak.group);
    if (streak === null || row === undefined) return false;
    row.count += event.count;
    if (event.diamonds > 0 && row.eventIds.length < eventIdsMax) row.eventIds.push(event.id);
    row.diamonds += event.diamonds;
    row.tier = tierOf(row.diamonds);
    row.open = streak.open;
    row.version++;
    if (!row.open) this.#streaks.delete(streak.group);
    if (row.shownFrom > 1) this.#unfold(row);
    return true;
  }

  /** A streak that goes on in calmer seconds leaves the fold that it began in. */
  #unfold(row: GiftRow): void {
    const shownFrom = this.#shownFrom(row.diamonds) ?? row.shownFrom;
    if (shownFrom >= row.shownFrom) return;
    this.#countRow(shownFrom, row.shownFrom - 1);
    row.shownFrom = shownFrom;
    if (shownFrom === 1) this.#arrivals++;
  }

  /** The lowest filter whose pace has a row left for so many diamonds; null = none that they pass. */
  #shownFrom(diamonds: number): Tier | null {
    if (diamonds >= ownRowDiamonds) return 1;
    const tier = tierOf(diamonds);
    const free = (_: Tier, at: number): boolean => this.#rowsThisSecond[at]! < ownRowsPerSecondMax;
    return pacedTiers.filter((paced) => paced <= tier).find(free) ?? null;
  }

  /** A new row for the filters from one tier to another. */
  #countRow(from: number, to: number): void {
    pacedTiers.forEach((tier, at) => {
      if (tier >= from && tier <= to) this.#rowsThisSecond[at]!++;
    });
  }

  #begin(event: GiftEvent, side: number, shownFrom: Tier): void {
    const { user, gift, count, diamonds, streak } = event;
    const row: GiftRow = {
      kind: 'gift',
      key: this.#key(),
      atMs: event.at,
      version: 0,
      user,
      giftName: gift.name,
      giftId: gift.id,
      eventIds: event.diamonds > 0 ? [event.id] : [],
      count,
      diamonds,
      tier: tierOf(diamonds),
      side,
      open: streak?.open ?? false,
      shownFrom,
    };
    if (streak !== null && streak.open) this.#streaks.set(streak.group, row);
    this.#push(row);
  }

  #beginFold(atMs: number): FoldRow {
    const tiers = pacedTiers.map(() => ({ gifts: 0, diamonds: 0 }));
    const fold: FoldRow = { kind: 'fold', key: this.#key(), atMs, gifts: 0, diamonds: 0, tiers };
    this.#push(fold);
    return fold;
  }

  #push(row: FeedRow): void {
    if (row.kind !== 'gift' || row.shownFrom === 1) this.#arrivals++;
    this.#rows.push(row);
    // Twice the bound, then cut: dropping one row a gift would move the whole array each time.
    if (this.#rows.length < 2 * rowsMax) return;
    for (const old of this.#rows.slice(0, rowsMax)) this.#drop(old);
    this.#rows = this.#rows.slice(rowsMax);
  }

  #drop(row: FeedRow): void {
    if (row.kind === 'note') return;
    this.gone.gifts += row.kind === 'gift' ? row.count : row.gifts;
    this.gone.diamonds += row.diamonds;
    if (row.kind === 'fold') return;
    // A streak this old either ended long ago or goes on in a row of its own.
    if (row.open) for (const [group, open] of this.#streaks) if (open === row) this.#streaks.delete(group);
  }

  #key(): string {
    return String(++this.#keys);
  }
}

function addToFold(fold: FoldRow, { count, diamonds }: GiftEvent): void {
  for (const sum of [fold, fold.tiers[pacedTiers.indexOf(tierOf(diamonds))]!]) {
    sum.gifts += count;
    sum.diamonds += diamonds;
  }
}

/** A copy that stands still while the row goes on, with all that it consists of. */
export function copyOf(row: FeedRow): FeedRow {
  if (row.kind === 'gift') return { ...row, eventIds: [...row.eventIds] };
  return row.kind === 'fold' ? { ...row, tiers: row.tiers.map((sum) => ({ ...sum })) } : row;
}

/**
 * The newest rows that pass, newest first, at most `max`: pinned notes before all, then by time. A fold is there with
 * those of its gifts that pass, where there are any; filters are the floors of tiers. Notes always pass.
 */
export function newestRows(
  rows: readonly FeedRow[],
  wanted: {
    readonly minDiamonds: number;
    readonly max: number;
    readonly nowMs: number;
    /** Whether a gift is left out by its gifter or kind. */
    readonly muted?: (userId: string, giftId: string) => boolean;
  },
): FeedRow[] {
  const { minDiamonds, max, nowMs, muted } = wanted;
  const filter = tierOf(minDiamonds);
  const pinned = pinnedRows(rows, nowMs);
  const chosen: FeedRow[] = [...pinned];
  let folded: Sum = { gifts: 0, diamonds: 0 };
  for (let at = rows.length - 1; at >= 0 && chosen.length < max; at--) {
    const row = rows[at]!;
    if (row.kind === 'note') {
      if (!pinned.includes(row)) chosen.push(row);
    } else if (row.kind === 'fold') {
      const shown = foldShown(row, filter, folded);
      if (shown.gifts > 0) chosen.push(shown);
      folded = { gifts: 0, diamonds: 0 };
    } else if (muted === undefined || !muted(row.user.id, row.giftId)) {
      // The fold that it is counted in comes next: nothing older lies between.
      if (row.shownFrom > filter) folded = plus(folded, row.count, row.diamonds);
      else if (row.diamonds >= minDiamonds) chosen.push(row);
    }
  }
  return chosen;
}

/** A fold as a filter shows it, with the sum of the gifts that only higher filters give a row. */
function foldShown(row: FoldRow, filter: Tier, higher: Sum): FoldRow {
  const passing = row.tiers.filter((_, at) => pacedTiers[at]! >= filter);
  const sum = passing.reduce((all, { gifts, diamonds }) => plus(all, gifts, diamonds), higher);
  return { ...row, ...sum };
}

function plus(sum: Sum, gifts: number, diamonds: number): Sum {
  return { gifts: sum.gifts + gifts, diamonds: sum.diamonds + diamonds };
}

const pinnedRowsMax = 3;

function pinnedRows(rows: readonly FeedRow[], nowMs: number): NoteRow[] {
  const pinned: NoteRow[] = [];
  for (let at = rows.length - 1; at >= 0 && pinned.length < pinnedRowsMax; at--) {
    const row = rows[at]!;
    if (row.kind === 'note' && row.pinnedUntilMs > nowMs) pinned.push(row);
  }
  return pinned;
}
