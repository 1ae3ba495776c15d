import type { BoardRequest } from '../protocol/board-scope.ts';
import { aroundRows, firstRows } from '../protocol/board-view.ts';
import type { User } from '../protocol/events.ts';
import type { Board } from './board.ts';
import type { Roster } from './roster.ts';

// Owns the numbers of the visible part of one board as they were when it was last read: its first rows and those around
// one gifter. For whoever tells others what changed on it: reading makes no object a row, so that looking twenty times
// a second costs about a microsecond. A board that is not there (no battle, nothing received yet) is an empty one.
// Bounded by the rows asked for.

export class BoardWindow {
  /** The battle that the board is of; '' = of none, or there is none. */
  battleId = '';
  /** Gifters on the board. */
  size = 0;
  /** Diamonds on the board. */
  total = 0;
  /** Rank of the gifter asked for; 0 = nobody asked, or not on the board. */
  rank = 0;
  /** Rows visible now: those of the first ranks, then those around the gifter that are not among them. */
  length = 0;
  /** By row: who, how much, since when, and a number that changes whenever the profile does. */
  readonly gifters: Int32Array;
  readonly diamonds: Float64Array;
  readonly seqs: Float64Array;
  readonly profiles: Float64Array;
  readonly #find: () => Board | undefined;
  readonly #shownBattle: () => string;
  readonly #roster: Roster;
  readonly #request: BoardRequest;

  /** `find` gives the board as it is now; `shownBattle` the battle on display, for boards of its sides. */
  constructor(find: () => Board | undefined, shownBattle: () => string, roster: Roster, request: BoardRequest) {
    const rowsMax = request.rows + (request.around === '' ? 0 : 2 * request.each + 1);
    this.gifters = new Int32Array(rowsMax);
    this.diamonds = new Float64Array(rowsMax);
    this.seqs = new Float64Array(rowsMax);
    this.profiles = new Float64Array(rowsMax);
    this.#find = find;
    this.#shownBattle = shownBattle;
    this.#roster = roster;
    this.#request = request;
  }

  /** Reads the board as it is now. */
  refresh(): void {
    const board = this.#find();
    this.length = 0;
    if (board === undefined) {
      this.battleId = '';
      this.size = 0;
      this.total = 0;
      this.rank = 0;
      return;
    }
    const { scope, rows, around, each } = this.#request;
    this.battleId = scope.kind === 'side' ? (scope.battleId ?? this.#shownBattle()) : '';
    this.size = board.size;
    this.total = board.total;
    const gifter = around === '' ? -1 : this.#roster.find(around);
    this.rank = gifter < 0 ? 0 : board.rankOf(gifter);
    this.#read(board, 1, firstRows(board.size, rows));
    const { first, last } = aroundRows(board.size, rows, this.rank, each);
    this.#read(board, first, last);
  }

  /** The newest profile of who is on row `index`: a new object. */
  user(index: number): User {
    return this.#roster.user(this.gifters[index]!);
  }

  #read(board: Board, first: number, last: number): void {
    if (last < first) return;
    for (const gifter of board.gifters(first, last - first + 1)) {
      const row = this.length++;
      this.gifters[row] = gifter;
      this.diamonds[row] = board.diamondsOf(gifter);
      this.seqs[row] = board.seqOf(gifter);
      this.profiles[row] = this.#roster.profileOf(gifter);
    }
  }
}
