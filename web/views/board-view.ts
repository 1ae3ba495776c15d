import type { Standing } from '../../src/protocol/events.ts';
import { AttributeCell, NumberCell, ShareCell, TextCell, element } from './cells.ts';
import { compact, exact } from './format.ts';
import { displayName, initials, secondName, tintOf } from './names.ts';
import { RowPool } from './row-pool.ts';
import { onRowPress } from './row-press.ts';
import type { PooledRow } from './row-pool.ts';
import type { RowMark } from './row-marks.ts';
import { RowWindow } from './row-window.ts';

// The leaderboard as moving rows. For eyes alone: it is hidden from assistive technology, which reads the board's table
// (board-table.ts) in order and at a readable pace. Bounded by the standings it is given (100).

export const boardRowHeightPx = 40;

export interface BoardFace {
  readonly standings: readonly Standing[];
  /** They are on their way: their places are kept. */
  readonly loading: boolean;
  /** What stands where there are no rows. */
  readonly empty: string;
  /** They are not what is. */
  readonly isOld: boolean;
  /** Diamonds of the last ten seconds by user id. */
  readonly gain: (userId: string) => number;
  /** Index of the battle side that a gifter gives to; -1 = none. */
  readonly side: (userId: string) => number;
  /** What operators know of a gifter; null = nothing. */
  readonly mark: (userId: string) => RowMark | null;
  /** User id of the row that the keyboard is at; '' = none. */
  readonly selected: string;
}

class BoardRow implements PooledRow {
  readonly element = element(null, 'div', 'board-row');
  readonly #rank: NumberCell;
  readonly #initials: TextCell;
  readonly #tint: AttributeCell;
  readonly #name: TextCell;
  readonly #handle: TextCell;
  readonly #gain: TextCell;
  readonly #diamonds: NumberCell;
  readonly #share: ShareCell;
  readonly #side: AttributeCell;
  readonly #top: AttributeCell;
  readonly #user: AttributeCell;
  readonly #selected: AttributeCell;
  readonly #marks: TextCell;
  readonly #noted: AttributeCell;
  readonly #muted: AttributeCell;
  #second = '';
  #userId = '';
  #userName = '';
  #gained = 0;

  constructor() {
    const row = this.element;
    this.#side = new AttributeCell(row, 'data-side');
    this.#top = new AttributeCell(row, 'data-top');
    this.#user = new AttributeCell(row, 'data-user');
    this.#selected = new AttributeCell(row, 'data-selected');
    this.#muted = new AttributeCell(row, 'data-muted');
    this.#share = new ShareCell(row);
    this.#rank = new NumberCell(element(row, 'span', 'board-rank'), exact);
    const avatar = element(row, 'span', 'avatar');
    this.#tint = new AttributeCell(avatar, 'data-tint');
    this.#initials = new TextCell(avatar);
    const who = element(row, 'span', 'board-who');
    this.#name = new TextCell(element(who, 'bdi', 'board-name'));
    this.#marks = new TextCell(element(who, 'span', 'board-marks'));
    const handle = element(who, 'bdi', 'board-handle');
    this.#handle = new TextCell(handle);
    this.#noted = new AttributeCell(handle, 'data-note');
    this.#gain = new TextCell(element(row, 'span', 'board-gain'));
    this.#diamonds = new NumberCell(element(row, 'span', 'board-diamonds'), exact);
  }

  draw(standing: Standing, index: number, leaderDiamonds: number, face: BoardFace): void {
    const { user, diamonds } = standing;
    if (user.id !== this.#userId || user.name !== this.#userName) this.#introduce(standing);
    this.#rank.set(index + 1);
    this.#top.set(index < 3 ? String(index + 1) : null);
    this.#diamonds.set(diamonds);
    this.#share.set(leaderDiamonds > 0 ? Math.max(0, diamonds / leaderDiamonds) : 0);
    const side = face.side(user.id);
    this.#side.set(side < 0 ? null : String(Math.min(side, 2)));
    this.#selected.set(user.id === face.selected ? '' : null);
    this.#drawMark(face.mark(user.id), diamonds);
    const gained = face.gain(user.id);
    if (gained !== this.#gained) {
      this.#gained = gained;
      this.#gain.set(gained > 0 ? `+${compact(gained)}` : '');
    }
  }

  /** A note stands where the handle stood: it says more. */
  #drawMark(mark: RowMark | null, diamonds: number): void {
    const note = mark?.note ?? '';
    this.#handle.set(note === '' ? this.#second : note);
    this.#noted.set(note === '' ? null : '');
    this.#muted.set(mark?.muted === true ? '' : null);
    const thanked = mark !== null && mark.thankedAt >= diamonds;
    this.#marks.set(`${mark?.pinned === true ? '◆' : ''}${mark?.regular === true ? '★' : ''}${thanked ? '✓' : ''}`);
  }

  #introduce({ user }: Standing): void {
    this.#userId = user.id;
    this.#userName = user.name;
    const name = displayName(user);
    this.#name.set(name);
    this.#user.set(user.id);
    this.#second = secondName(user);
    this.#initials.set(initials(name));
    this.#tint.set(String(tintOf(user.id)));
  }
}

export class BoardView {
  readonly #pool: RowPool<BoardRow>;
  readonly #root: HTMLElement;
  readonly #window: RowWindow;
  readonly #empty: TextCell;
  readonly #emptyHidden: AttributeCell;
  readonly #busy: AttributeCell;
  readonly #old: AttributeCell;

  /**
   * Fills `root`, which scrolls; `redraw` is called when other rows come in sight, `choose` when somebody is clicked
   * on.
   */
  constructor(root: HTMLElement, redraw: () => void, choose: (userId: string) => void) {
    this.#root = root;
    this.#busy = new AttributeCell(root, 'aria-busy');
    this.#old = new AttributeCell(root, 'data-old');
    this.#window = new RowWindow(root, boardRowHeightPx, redraw);
    const list = element(root, 'div', 'board-rows');
    list.setAttribute('aria-hidden', 'true');
    onRowPress(list, 'board-row', (row) => row.dataset['user'], choose);
    const empty = element(root, 'p', 'panel-empty');
    this.#empty = new TextCell(empty);
    this.#emptyHidden = new AttributeCell(empty, 'hidden');
    this.#pool = new RowPool({
      container: list,
      rowHeightPx: boardRowHeightPx,
      movesAnimatedMax: 12,
      make: () => new BoardRow(),
    });
  }

  /** Scrolls so that this row is in sight. */
  reveal(index: number): void {
    const { scrollTop, clientHeight } = this.#root;
    const top = index * boardRowHeightPx;
    if (top < scrollTop) this.#root.scrollTop = top;
    else if (top + boardRowHeightPx > scrollTop + clientHeight)
      this.#root.scrollTop = top + boardRowHeightPx - clientHeight;
  }

  draw(face: BoardFace, animated: boolean): void {
    const { standings } = face;
    const end = this.#window.end(standings.length);
    const leaderDiamonds = standings[0]?.diamonds ?? 0;
    this.#pool.begin();
    for (let index = this.#window.first(standings.length); index < end; index++) {
      const standing = standings[index]!;
      this.#pool.place(standing.user.id, index).draw(standing, index, leaderDiamonds, face);
    }
    this.#pool.end(standings.length, animated);
    this.#emptyHidden.set(standings.length === 0 ? null : '');
    this.#empty.set(face.empty);
    this.#busy.set(face.loading ? 'true' : null);
    this.#old.set(face.isOld ? '' : null);
  }
}
