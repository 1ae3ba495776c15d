import { AttributeCell, TextCell, element } from './cells.ts';
import type { FeedModel, FeedRow } from './feed-model.ts';
import { copyOf, newestRows } from './feed-model.ts';
import { counted, exact, timeOfDay } from './format.ts';
import { GiftMark } from './gift-mark.ts';
import { cleanName, displayName } from './names.ts';
import { RowPool } from './row-pool.ts';
import { onRowPress } from './row-press.ts';
import type { PooledRow } from './row-pool.ts';
import { RowWindow } from './row-window.ts';

// The gift feed as reused rows, newest on top. Owns at most `rowsShownMax` row elements and, while paused, a copy of
// the rows that were on screen. For eyes alone; assistive technology has feed-list.ts.

export const feedRowHeightPx = 40;
export const rowsShownMax = 40;
/** More rows than this in one frame do not slide in: they are there. */
const arrivalsAnimatedMax = 2;

class FeedLine implements PooledRow {
  readonly element = element(null, 'div', 'feed-row');
  readonly #id: AttributeCell;
  readonly #kind: AttributeCell;
  readonly #tier: AttributeCell;
  readonly #side: AttributeCell;
  readonly #tone: AttributeCell;
  readonly #open: AttributeCell;
  readonly #mark: GiftMark;
  readonly #name: TextCell;
  readonly #what: TextCell;
  readonly #times: TextCell;
  readonly #diamonds: TextCell;
  readonly #time: TextCell;
  #key = '';
  #version = -1;

  constructor() {
    const row = this.element;
    this.#id = new AttributeCell(row, 'data-key');
    this.#kind = new AttributeCell(row, 'data-kind');
    this.#tier = new AttributeCell(row, 'data-tier');
    this.#side = new AttributeCell(row, 'data-side');
    this.#tone = new AttributeCell(row, 'data-tone');
    this.#open = new AttributeCell(row, 'data-open');
    this.#mark = new GiftMark(row);
    const text = element(row, 'span', 'feed-text');
    this.#name = new TextCell(element(text, 'bdi', 'feed-name'));
    this.#what = new TextCell(element(text, 'span', 'feed-gift'));
    this.#times = new TextCell(element(text, 'span', 'feed-count'));
    this.#diamonds = new TextCell(element(row, 'span', 'feed-diamonds'));
    this.#time = new TextCell(element(row, 'span', 'feed-time'));
  }

  draw(row: FeedRow): void {
    const version = row.kind === 'gift' ? row.version : 0;
    // Of a fold other filters show other sums: its cells find out by themselves whether they changed.
    if (row.key === this.#key && version === this.#version && row.kind !== 'fold') return;
    this.#key = row.key;
    this.#version = version;
    const tier = row.kind === 'gift' ? row.tier : 1;
    this.#kind.set(row.kind);
    this.#id.set(row.key);
    this.#tier.set(String(tier));
    this.#mark.set(tier);
    this.#side.set(row.kind === 'gift' && row.side >= 0 ? String(Math.min(row.side, 2)) : null);
    this.#tone.set(row.kind === 'note' ? row.tone : null);
    this.#open.set(row.kind === 'gift' && row.open ? '' : null);
    this.#time.set(timeOfDay(row.atMs));
    this.#diamonds.set(row.kind === 'note' ? '' : exact(row.diamonds));
    if (row.kind === 'gift') {
      this.#name.set(displayName(row.user));
      this.#what.set(cleanName(row.giftName) || 'a gift');
      this.#times.set(row.count > 1 ? `×${exact(row.count)}` : '');
    } else {
      this.#name.set('');
      this.#what.set(row.kind === 'fold' ? `${counted(row.gifts, 'smaller gift')} in this second` : row.text);
      this.#times.set('');
    }
  }
}

export interface FeedFace {
  readonly model: FeedModel;
  /** Gifts below are left out; 0 = all are shown. */
  readonly minDiamonds: number;
  readonly paused: boolean;
  readonly muted: (userId: string, giftId: string) => boolean;
}

/** Rows that stand still: also the list of what a correction would name. */
export function frozenRows(rows: readonly FeedRow[]): FeedRow[] {
  return rows.map(copyOf);
}

export class FeedView {
  readonly #pool: RowPool<FeedLine>;
  readonly #window: RowWindow;
  readonly #empty: HTMLElement;
  #isEmpty: boolean | null = null;
  #frozen: readonly FeedRow[] | null = null;
  #frozenAt = 0;
  #frozenAtMs = 0;
  #drawnArrivals = 0;
  /** As they stand on screen. */
  #rows: readonly FeedRow[] = [];

  /**
   * Fills `root`, which scrolls; `redraw` is called when other rows come in sight, `choose` when one is clicked on.
   */
  constructor(root: HTMLElement, redraw: () => void, choose: (row: FeedRow) => void) {
    this.#window = new RowWindow(root, feedRowHeightPx, redraw);
    const list = element(root, 'div', 'feed-rows');
    list.setAttribute('aria-hidden', 'true');
    onRowPress(list, 'feed-row', (line) => this.#rows.find((one) => one.key === line.dataset['key']), choose);
    this.#empty = element(root, 'p', 'panel-empty');
    this.#empty.textContent = 'Gifts appear here as they come.';
    this.#pool = new RowPool({
      container: list,
      rowHeightPx: feedRowHeightPx,
      // One row in moves all others by one: that is the feed's own motion.
      movesAnimatedMax: rowsShownMax,
      make: () => new FeedLine(),
    });
  }

  /** Rows that came since the feed was paused; 0 while it runs. */
  waiting(model: FeedModel): number {
    return this.#frozen === null ? 0 : model.arrivals - this.#frozenAt;
  }

  draw(face: FeedFace, nowMs: number, animated: boolean): void {
    const { model, minDiamonds, paused } = face;
    if (!paused) this.#frozen = null;
    else if (this.#frozen === null) {
      // Streaks go on in the model: what is on screen is a copy and stands still.
      this.#frozen = frozenRows(model.rows);
      this.#frozenAt = model.arrivals;
      this.#frozenAtMs = nowMs;
    }
    const rows = (this.#rows = newestRows(this.#frozen ?? model.rows, {
      minDiamonds,
      max: rowsShownMax,
      nowMs: paused ? this.#frozenAtMs : nowMs,
      muted: face.muted,
    }));
    this.#pool.begin();
    const end = this.#window.end(rows.length);
    for (let index = this.#window.first(rows.length); index < end; index++) {
      const row = rows[index]!;
      this.#pool.place(row.key, index).draw(row);
    }
    const arrived = model.arrivals - this.#drawnArrivals;
    this.#drawnArrivals = model.arrivals;
    this.#pool.end(rows.length, animated && arrived <= arrivalsAnimatedMax);
    if (this.#isEmpty === (rows.length === 0)) return;
    this.#isEmpty = rows.length === 0;
    this.#empty.hidden = !this.#isEmpty;
  }
}
