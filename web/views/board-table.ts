import type { Standing } from '../../src/protocol/events.ts';
import { NumberCell, TextCell, element } from './cells.ts';
import { exact } from './format.ts';
import { displayName } from './names.ts';

// The leaderboard as a real table, in order, for assistive technology: out of sight, and rewritten at most every
// `paceMs`, so that a reader can finish a row before the next one changes. Rows are slots of rank, not people.

const paceMs = 2_000;

interface TableRow {
  readonly element: HTMLTableRowElement;
  readonly name: TextCell;
  readonly diamonds: NumberCell;
}

export class BoardTable {
  readonly #body: HTMLTableSectionElement;
  readonly #rows: TableRow[] = [];
  #shown = 0;
  readonly #caption: TextCell;
  #captionText = '';
  #drawnAtMs = Number.NEGATIVE_INFINITY;

  readonly #choose: (index: number) => void;

  /** `choose` is called with the index of the row whose gifter was activated. */
  constructor(root: HTMLElement, choose: (index: number) => void) {
    this.#choose = choose;
    const table = element(root, 'table', 'visually-hidden');
    this.#caption = new TextCell(element(table, 'caption'));
    const head = element(element(table, 'thead'), 'tr');
    for (const title of ['Rank', 'Gifter', 'Diamonds']) {
      const cell = element(head, 'th');
      cell.scope = 'col';
      cell.textContent = title;
    }
    this.#body = element(table, 'tbody');
  }

  /** `caption` names the board: with another one nothing of the last may stay, so that comes at once. */
  draw(standings: readonly Standing[], nowMs: number, caption: string): void {
    if (caption === this.#captionText && nowMs - this.#drawnAtMs < paceMs) return;
    this.#captionText = caption;
    this.#drawnAtMs = nowMs;
    this.#caption.set(caption);
    standings.forEach((standing, index) => {
      const row = (this.#rows[index] ??= this.#add(index));
      row.name.set(displayName(standing.user));
      row.diamonds.set(standing.diamonds);
    });
    for (let index = Math.min(this.#shown, standings.length); index < this.#rows.length; index++)
      this.#rows[index]!.element.hidden = index >= standings.length;
    this.#shown = standings.length;
  }

  #add(index: number): TableRow {
    const row = element(this.#body, 'tr');
    element(row, 'td').textContent = String(index + 1);
    const heading = element(row, 'th');
    heading.scope = 'row';
    // Out of the tab order: a hundred stops are no way through a page. J and K walk the rows for whoever sees them.
    const actions = element(heading, 'button');
    actions.type = 'button';
    actions.tabIndex = -1;
    actions.addEventListener('click', () => this.#choose(index));
    return { element: row, name: new TextCell(actions), diamonds: new NumberCell(element(row, 'td'), exact) };
  }
}
