import { TextCell, element } from './cells.ts';
import type { FeedModel, FeedRow } from './feed-model.ts';
import { newestRows } from './feed-model.ts';
import { counted } from './format.ts';
import { cleanName, displayName } from './names.ts';

// The newest lines of the feed as a plain list for assistive technology, newest first, out of sight and rewritten at
// most every `paceMs`. It does not speak by itself: the board and the battle are told by the announcer.

const paceMs = 2_000;
const linesMax = 10;

/** A feed row as a sentence. */
export function sentenceOf(row: FeedRow): string {
  if (row.kind === 'note') return row.text;
  if (row.kind === 'fold') return `${counted(row.gifts, 'smaller gift')}, ${counted(row.diamonds, 'diamond')}`;
  const gift = cleanName(row.giftName) || 'a gift';
  const times = row.count > 1 ? ` ${row.count} times` : '';
  return `${displayName(row.user)} sent ${gift}${times}, ${counted(row.diamonds, 'diamond')}`;
}

export class FeedList {
  readonly #list: HTMLElement;
  readonly #lines: { element: HTMLElement; text: TextCell }[] = [];
  #drawnAtMs = Number.NEGATIVE_INFINITY;

  constructor(root: HTMLElement, label: string) {
    this.#list = element(root, 'ol', 'visually-hidden');
    this.#list.setAttribute('aria-label', label);
  }

  draw(
    model: FeedModel,
    minDiamonds: number,
    nowMs: number,
    muted?: (userId: string, giftId: string) => boolean,
  ): void {
    if (nowMs - this.#drawnAtMs < paceMs) return;
    this.#drawnAtMs = nowMs;
    const rows = newestRows(model.rows, {
      minDiamonds,
      max: linesMax,
      nowMs,
      ...(muted === undefined ? {} : { muted }),
    });
    rows.forEach((row, index) => (this.#lines[index] ??= this.#add()).text.set(sentenceOf(row)));
    this.#lines.forEach((line, index) => (line.element.hidden = index >= rows.length));
  }

  #add(): { element: HTMLElement; text: TextCell } {
    const line = element(this.#list, 'li');
    return { element: line, text: new TextCell(line) };
  }
}
