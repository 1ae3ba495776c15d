import type { BoardRow } from '../protocol/board-view.ts';
import type { Standing } from '../protocol/events.ts';
import type { Board } from './board.ts';
import type { Roster } from './roster.ts';

// A board as people ask for it: by user id, with profiles, in rows. For queries, snapshots and corrections; makes
// objects.

/** A row of a board with its rank, from 1. */
export type RankedStanding = BoardRow;

export class BoardReader {
  readonly #board: Board;
  readonly #roster: Roster;

  constructor(board: Board, roster: Roster) {
    this.#board = board;
    this.#roster = roster;
  }

  /** Gifters on the board. */
  get size(): number {
    return this.#board.size;
  }

  /** Diamonds on the board. */
  get total(): number {
    return this.#board.total;
  }

  /** The first `rows` rows. */
  top(rows: number): RankedStanding[] {
    return this.#rows(1, rows);
  }

  /** Rows of page `page` (from 0) of `pageRows` rows each; empty beyond the end. */
  page(page: number, pageRows: number): RankedStanding[] {
    return this.#rows(1 + page * pageRows, pageRows);
  }

  /** Rank from 1; 0 for who is not on the board. */
  rankOf(userId: string): number {
    const gifter = this.#roster.find(userId);
    return gifter < 0 ? 0 : this.#board.rankOf(gifter);
  }

  /** 0 for who is not on the board. */
  diamondsOf(userId: string): number {
    const gifter = this.#roster.find(userId);
    return gifter < 0 ? 0 : this.#board.diamondsOf(gifter);
  }

  /** The row of one user; null for who is not on the board. */
  standingOf(userId: string): RankedStanding | null {
    const rank = this.rankOf(userId);
    return rank === 0 ? null : this.#rows(rank, 1)[0]!;
  }

  /** The row of one user with up to `each` rows above and below; empty for who is not on the board. */
  neighbours(userId: string, each: number): RankedStanding[] {
    const rank = this.rankOf(userId);
    return rank === 0 ? [] : this.#rows(rank - each, 2 * each + 1);
  }

  /** The first rows as a view shows them: without ranks. */
  standings(rows: number): Standing[] {
    const found: Standing[] = [];
    for (const gifter of this.#board.gifters(1, rows)) found.push(this.#standing(gifter));
    return found;
  }

  #rows(rank: number, count: number): RankedStanding[] {
    const found: RankedStanding[] = [];
    let next = Math.max(1, rank);
    for (const gifter of this.#board.gifters(rank, count)) {
      const { user, diamonds, seq } = this.#standing(gifter);
      found.push({ rank: next++, user, diamonds, seq });
    }
    return found;
  }

  #standing(gifter: number): Standing {
    return {
      user: this.#roster.user(gifter),
      diamonds: this.#board.diamondsOf(gifter),
      seq: this.#board.seqOf(gifter),
    };
  }
}
