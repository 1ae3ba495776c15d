import type { User } from './events.ts';

// The visible part of one board, and the one function that moves it from position to position. The broker keeps a
// BoardView for each board that somebody subscribed to and moves it by the deltas that it sends; clients apply the same
// deltas with the same code: board + deltas = the board at that position, by construction.
//
// Deltas are keyed by user and conflated: what happened to a row between two of them is told once, as it is at the end.
// Rows that did not change are not told: they fill the ranks that are left, in the order that they had. (Their totals
// are as before, so that none of them can have passed another.)
// Bounded: rowsMax first rows, and 2 x each + 1 around one gifter.

/** A row of a board with its rank, from 1. */
export interface BoardRow {
  readonly rank: number;
  readonly user: User;
  readonly diamonds: number;
  /** seq of the event that brought the gifter to this total: the earlier one stands higher among equals. */
  readonly seq: number;
}

export interface BoardView {
  /** As in the address: `session`, `5m`, `side-0`, ... (board-scope.ts). */
  readonly scope: string;
  /** How many of the first rows are shown. */
  readonly rowsMax: number;
  /** Whose neighbours are shown as well; '' = nobody's. */
  readonly around: string;
  /** How many neighbours above and below. */
  readonly each: number;
  /** The battle that the board is of; '' = of none, or there is none now. */
  battleId: string;
  /** Gifters on the whole board. */
  size: number;
  /** Diamonds on the whole board. */
  total: number;
  /** Rank of `around`; 0 = not on the board. */
  rank: number;
  /** By rank: the first ones, then those around the one asked for that are not among them. */
  rows: BoardRow[];
}

/** A row that is new in the visible part, or whose total changed. */
export interface BoardRowChange {
  readonly rank: number;
  readonly id: string;
  readonly diamonds: number;
  readonly seq: number;
  /** Who it is: told where the row was not visible before, or the profile changed. */
  readonly user?: User;
}

/** What changed in the visible part of a board from one position to another. */
export interface BoardDelta {
  /** Position of the board that it goes on from. */
  readonly from: number;
  /** Position after it. */
  readonly seq: number;
  /** Events that it covers: seq - from. Above 1 it is conflated: what lay between was never told. */
  readonly conflated: number;
  readonly battleId: string;
  readonly size: number;
  readonly total: number;
  readonly rank: number;
  /** Changed rows by rank. */
  readonly rows: readonly BoardRowChange[];
  /** Ids of users whose rows are visible no more. */
  readonly gone: readonly string[];
}

/** Last visible rank of the first rows. */
export function firstRows(size: number, rowsMax: number): number {
  return Math.min(size, rowsMax);
}

/** First and last visible rank around `rank`, beyond the first rows; empty where the last is below the first. */
export function aroundRows(size: number, rowsMax: number, rank: number, each: number): { first: number; last: number } {
  if (rank === 0) return { first: 1, last: 0 };
  return { first: Math.max(rowsMax + 1, rank - each), last: Math.min(size, rank + each) };
}

/** Moves `view` by one delta. Throws RangeError, and has changed nothing, where the delta does not fit the view. */
export function applyBoardDelta(view: BoardView, delta: BoardDelta): void {
  const { size, rank } = delta;
  const before = new Map<string, BoardRow>();
  for (const row of view.rows) before.set(row.user.id, row);
  const changed = new Set<string>();
  for (const change of delta.rows) changed.add(change.id);
  for (const id of delta.gone) changed.add(id);
  const kept = view.rows.filter((row) => !changed.has(row.user.id));
  const rows: BoardRow[] = [];
  let nextKept = 0;
  let nextChange = 0;
  const place = (first: number, last: number): void => {
    for (let at = first; at <= last; at++) {
      const change = delta.rows[nextChange];
      if (change?.rank === at) {
        rows.push(changedRow(change, before));
        nextChange++;
        continue;
      }
      const row = kept[nextKept++];
      if (row === undefined) throw new RangeError(`a delta to ${delta.seq} leaves rank ${at} empty`);
      rows.push(row.rank === at ? row : { ...row, rank: at });
    }
  };
  place(1, firstRows(size, view.rowsMax));
  const around = aroundRows(size, view.rowsMax, rank, view.each);
  place(around.first, around.last);
  if (nextKept !== kept.length || nextChange !== delta.rows.length)
    throw new RangeError(`a delta to ${delta.seq} has rows that no rank is left for`);
  view.rows = rows;
  view.battleId = delta.battleId;
  view.size = size;
  view.total = delta.total;
  view.rank = rank;
}

function changedRow(change: BoardRowChange, before: ReadonlyMap<string, BoardRow>): BoardRow {
  const { rank, id, diamonds, seq } = change;
  const user = change.user ?? before.get(id)?.user;
  if (user === undefined) throw new RangeError(`a delta does not say who ${id} is`);
  return { rank, user, diamonds, seq };
}
