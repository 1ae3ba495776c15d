import type { GiftEvent, User } from '../../src/protocol/events.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import type { Tier } from './gift-mark.ts';
import { tierOf } from './gift-mark.ts';

// What the feed has to show, without a page: gifts, folded gifts and notes, newest last. One streak is one row whose
// count grows. In a burst nobody can read five hundred rows a second: above `ownRowsPerSecondMax` new rows in a second,
// gifts under `ownRowDiamonds` are folded into one row for that second, which says how many and how much. Nothing is
// left out without being counted: the rows' gifts and diamonds, with those of rows that fell off, are all there were.
// Bounded: `rowsMax` rows; the oldest falls off first.

export const rowsMax = 400;
export const ownRowsPerSecondMax = 12;
export const ownRowDiamonds = 1_000;
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
  /** Grows with each change: cheap to compare. */
  version: number;
}

export interface GiftRow extends RowBase {
  readonly kind: 'gift';
  readonly user: User;
  readonly giftName: string;
  readonly giftId: string;
  /** Ids of its gift events, the first ones: what a correction names. */
  readonly eventIds: string[];
  count: number;
  diamonds: number;
  tier: Tier;
  /** Where the battle side that it went to stands on screen: 0 left, 1 right; -1 = none. */
  readonly side: number;
  /** A streak that goes on. */
  open: boolean;
}

export interface FoldRow extends RowBase {
  readonly kind: 'fold';
  gifts: number;
  diamonds: number;
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
  #rowsThisSecond = 0;
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

  /** Rows that were ever added: what came while somebody paused is a difference of these. */
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
    this.#lastSeq = event.seq;
    const group = event.streak?.group;
    const running = group === undefined ? undefined : this.#streaks.get(group);
    if (running !== undefined) this.#continue(running, event);
    else if (event.count > 0) this.#begin(event, nowMs, side);
  }

  /** Takes a snapshot's recent gifts: those that were not seen yet. After a new epoch all are new. */
  catchUp(recentGifts: readonly EventFrame[], newEpoch: boolean, nowMs: number): void {
    if (newEpoch) this.#lastSeq = 0;
    for (const event of recentGifts) if (event.kind === 'gift' && event.seq > this.#lastSeq) this.gift(event, nowMs);
  }

  /** Takes a note for `atMs` (Unix ms), made at `nowMs` (monotonic). */
  note(text: string, tone: Tone, atMs: number, nowMs: number): void {
    const pinnedUntilMs = tone === 'warn' || tone === 'bad' ? nowMs + pinnedMs : Number.NEGATIVE_INFINITY;
    this.#push({ kind: 'note', key: this.#key(), atMs, version: 0, tone, text, pinnedUntilMs });
  }

  #continue(row: GiftRow, event: GiftEvent): void {
    row.count += event.count;
    if (event.diamonds > 0 && row.eventIds.length < eventIdsMax) row.eventIds.push(event.id);
    row.diamonds += event.diamonds;
    row.tier = tierOf(row.diamonds);
    row.open = event.streak!.open;
    row.version++;
    if (!row.open) this.#streaks.delete(event.streak!.group);
  }

  #begin(event: GiftEvent, nowMs: number, side: number): void {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#rowsThisSecond = 0;
      this.#fold = null;
    }
    if (this.#rowsThisSecond >= ownRowsPerSecondMax && event.diamonds < ownRowDiamonds) {
      this.#foldedAtMs = nowMs;
      this.#addToFold(event);
      return;
    }
    this.#rowsThisSecond++;
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
    };
    if (streak !== null && streak.open) this.#streaks.set(streak.group, row);
    this.#push(row);
  }

  #addToFold(event: GiftEvent): void {
    if (this.#fold === null) {
      this.#fold = { kind: 'fold', key: this.#key(), atMs: event.at, version: 0, gifts: 0, diamonds: 0 };
      this.#push(this.#fold);
    }
    this.#fold.gifts += event.count;
    this.#fold.diamonds += event.diamonds;
    this.#fold.version++;
  }

  #push(row: FeedRow): void {
    this.#arrivals++;
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

/**
 * The newest rows that pass, newest first, at most `max`: pinned notes before all, then by time. Folded gifts are small
 * ones: a filter leaves them out. Notes always pass.
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
  const pinned = pinnedRows(rows, nowMs);
  const chosen: FeedRow[] = [...pinned];
  for (let at = rows.length - 1; at >= 0 && chosen.length < max; at--) {
    const row = rows[at]!;
    if (row.kind === 'gift' && muted !== undefined && muted(row.user.id, row.giftId)) continue;
    const passes = row.kind === 'note' || minDiamonds === 0 || (row.kind === 'gift' && row.diamonds >= minDiamonds);
    if (passes && (row.kind !== 'note' || !pinned.includes(row))) chosen.push(row);
  }
  return chosen;
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
