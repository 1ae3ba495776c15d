import type { BoardFrame, BoardDeltaFrame } from '../protocol/board-frames.ts';
import { type BoardRequest, formatBoardScope } from '../protocol/board-scope.ts';
import { aroundRows, firstRows, applyBoardDelta, type BoardRowChange, type BoardView } from '../protocol/board-view.ts';
import type { User } from '../protocol/events.ts';

// Owns one board that somebody subscribed to, as it was last told: the view at its position, and the numbers behind it
// by which the next look finds what changed. Knows nothing of connections: it makes texts, once for all who show it.
// Bounded by the rows asked for.

/** The visible part of a board, read anew by `refresh`. Implemented by the ranking. */
export interface VisibleRows {
  refresh(): void;
  readonly battleId: string;
  readonly size: number;
  readonly total: number;
  readonly rank: number;
  /** Rows visible now, by rank. */
  readonly length: number;
  /** By row: who, as a number that stays the same; how much, since when, and a number that changes with the profile. */
  readonly gifters: Int32Array;
  readonly diamonds: Float64Array;
  readonly seqs: Float64Array;
  readonly profiles: Float64Array;
  user(index: number): User;
}

export class SubscribedBoard {
  readonly #rows: VisibleRows;
  readonly #view: BoardView;
  #seq: number;
  /** The rows as last told, beside those of `#rows`, which are the newest read. */
  #length = 0;
  readonly #diamonds: Float64Array;
  readonly #seqs: Float64Array;
  readonly #profiles: Float64Array;
  /** Row by gifter as last told, and room for the next. */
  #placeOf = new Map<number, number>();
  #spare = new Map<number, number>();
  readonly #ids: string[] = [];

  /** Reads the board at position `seq`. */
  constructor(rows: VisibleRows, request: BoardRequest, seq: number) {
    this.#rows = rows;
    const { rows: rowsMax, around, each } = request;
    const scope = formatBoardScope(request.scope);
    this.#view = { scope, rowsMax, around, each, battleId: '', size: 0, total: 0, rank: 0, rows: [] };
    this.#diamonds = new Float64Array(rows.diamonds.length);
    this.#seqs = new Float64Array(rows.diamonds.length);
    this.#profiles = new Float64Array(rows.diamonds.length);
    this.#seq = seq;
    this.look(seq);
  }

  /** Position up to which the board was told. */
  get seq(): number {
    return this.#seq;
  }

  /** The whole visible part as a frame's text. */
  boardText(epoch: string): string {
    const frame: BoardFrame = { kind: 'board', epoch, seq: this.#seq, view: this.#view };
    return JSON.stringify(frame);
  }

  /**
   * Looks at the board at position `seq` and says what changed since the last look; null = nothing that is visible.
   * The position moves only where something is told.
   */
  look(seq: number): BoardDeltaFrame | null {
    const rows = this.#rows;
    rows.refresh();
    if (this.#isSame()) return null;
    const delta: BoardDeltaFrame = {
      kind: 'board-delta',
      from: this.#seq,
      seq,
      conflated: seq - this.#seq,
      battleId: rows.battleId,
      size: rows.size,
      total: rows.total,
      rank: rows.rank,
      rows: this.#changes(),
      gone: this.#gone(),
    };
    applyBoardDelta(this.#view, delta);
    this.#take();
    this.#seq = seq;
    return delta;
  }

  #isSame(): boolean {
    const rows = this.#rows;
    const view = this.#view;
    if (rows.length !== this.#length || rows.total !== view.total || rows.size !== view.size) return false;
    if (rows.rank !== view.rank || rows.battleId !== view.battleId) return false;
    for (let row = 0; row < rows.length; row++) {
      if (this.#placeOf.get(rows.gifters[row]!) !== row || this.#changed(row, row)) return false;
    }
    return true;
  }

  /** Whether what was last told of row `before` is no longer so of the same gifter's row `row`. */
  #changed(row: number, before: number): boolean {
    const { diamonds, seqs, profiles } = this.#rows;
    return (
      diamonds[row] !== this.#diamonds[before] ||
      seqs[row] !== this.#seqs[before] ||
      profiles[row] !== this.#profiles[before]
    );
  }

  #changes(): BoardRowChange[] {
    const rows = this.#rows;
    const changes: BoardRowChange[] = [];
    const first = firstRows(rows.size, this.#view.rowsMax);
    const around = aroundRows(rows.size, this.#view.rowsMax, rows.rank, this.#view.each);
    for (let row = 0; row < rows.length; row++) {
      const before = this.#placeOf.get(rows.gifters[row]!);
      if (before !== undefined && !this.#changed(row, before)) continue;
      const rank = row < first ? row + 1 : around.first + row - first;
      const diamonds = rows.diamonds[row]!;
      const seq = rows.seqs[row]!;
      if (before !== undefined && rows.profiles[row] === this.#profiles[before]) {
        changes.push({ rank, id: this.#ids[before]!, diamonds, seq });
      } else {
        const user = rows.user(row);
        changes.push({ rank, id: user.id, diamonds, seq, user });
      }
    }
    return changes;
  }

  /** Ids of those who were visible and are no more. Fills `#spare` with the rows of those who are. */
  #gone(): string[] {
    const rows = this.#rows;
    const now = this.#spare;
    now.clear();
    for (let row = 0; row < rows.length; row++) now.set(rows.gifters[row]!, row);
    const gone: string[] = [];
    for (const [gifter, row] of this.#placeOf) if (!now.has(gifter)) gone.push(this.#ids[row]!);
    return gone;
  }

  /** What was read is what was told. */
  #take(): void {
    const rows = this.#rows;
    const before = this.#placeOf;
    this.#placeOf = this.#spare;
    this.#spare = before;
    this.#length = rows.length;
    this.#diamonds.set(rows.diamonds);
    this.#seqs.set(rows.seqs);
    this.#profiles.set(rows.profiles);
    this.#ids.length = rows.length;
    for (let row = 0; row < rows.length; row++) this.#ids[row] = this.#view.rows[row]!.user.id;
  }
}
