import type { OperatorView } from '../../src/protocol/operator.ts';

// What operators know of people, by user id, for the rows of the hot views: made anew only when something of it has
// changed. Bounded by the operators' lists.

export interface RowMark {
  pinned: boolean;
  muted: boolean;
  regular: boolean;
  note: string;
  /** Session diamonds at which the gifter was thanked; -1 = never. */
  thankedAt: number;
}

export class RowMarks {
  readonly #marks = new Map<string, RowMark>();
  readonly #mutedGifts = new Set<string>();
  #of: OperatorView | null = null;
  #parts: readonly unknown[] = [];

  /** Takes in what is shared now. Changed lists are new arrays: comparing those is all that a frame costs. */
  update(operator: OperatorView): void {
    const { pins, mutes, notes, thanked, mutedGifts } = operator;
    const parts = [pins, mutes, notes, thanked, mutedGifts];
    if (operator === this.#of && parts.every((part, index) => part === this.#parts[index])) return;
    this.#of = operator;
    this.#parts = parts;
    this.#marks.clear();
    this.#mutedGifts.clear();
    for (const { user } of pins) this.#mark(user.id).pinned = true;
    for (const { user } of mutes) this.#mark(user.id).muted = true;
    for (const { user, diamonds } of thanked) this.#mark(user.id).thankedAt = diamonds;
    for (const { gift } of mutedGifts) this.#mutedGifts.add(gift.id);
    for (const { user, text, regular } of notes) {
      const mark = this.#mark(user.id);
      mark.note = text;
      mark.regular = regular;
    }
  }

  /** null = nothing is known. */
  of(userId: string): RowMark | null {
    return this.#marks.get(userId) ?? null;
  }

  /** Whether a gift is left out of the feed: by its gifter or by its kind. */
  mutes(userId: string, giftId: string): boolean {
    return this.#mutedGifts.has(giftId) || this.#marks.get(userId)?.muted === true;
  }

  #mark(userId: string): RowMark {
    let mark = this.#marks.get(userId);
    if (mark === undefined) {
      mark = { pinned: false, muted: false, regular: false, note: '', thankedAt: -1 };
      this.#marks.set(userId, mark);
    }
    return mark;
  }
}
