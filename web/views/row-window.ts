// Which rows of a scrolled list are in sight: only those exist as elements, so that a frame costs what can be seen and
// not what there is. Listens to scrolling and to size; reads no layout while the page is being written.

/** Rows kept beyond each edge, so that a quick scroll does not meet nothing. */
const marginRows = 4;
/** Before the size is known. */
const firstGuessPx = 900;

export class RowWindow {
  readonly #rowHeightPx: number;
  #scrollPx = 0;
  #heightPx = firstGuessPx;

  /** Follows `root`, which scrolls rows of `rowHeightPx`; `changed` is called when other rows come in sight. */
  constructor(root: HTMLElement, rowHeightPx: number, changed: () => void) {
    this.#rowHeightPx = rowHeightPx;
    root.addEventListener(
      'scroll',
      () => {
        this.#scrollPx = root.scrollTop;
        changed();
      },
      { passive: true },
    );
    new ResizeObserver((entries) => {
      const last = entries.at(-1);
      if (last === undefined) return;
      this.#heightPx = last.contentRect.height;
      changed();
    }).observe(root);
  }

  /** Index of the first row to draw, of `rows`. */
  first(rows: number): number {
    return Math.min(rows, Math.max(0, Math.floor(this.#scrollPx / this.#rowHeightPx) - marginRows));
  }

  /** Index after the last row to draw, of `rows`. */
  end(rows: number): number {
    return Math.min(rows, Math.ceil((this.#scrollPx + this.#heightPx) / this.#rowHeightPx) + marginRows);
  }
}
