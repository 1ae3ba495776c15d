import { PagedFloat64 } from './paged.ts';

// What a board is ordered by, per gifter: diamonds, and the seq that brought the gifter there. Kept in pages so that a
// comparison takes two whole numbers (gifters): a 64-bit float that is handed from function to function may become an
// object on the way, and that would be garbage with every gift.

export class BoardKeys {
  readonly diamonds = new PagedFloat64();
  readonly seqs = new PagedFloat64();

  /** True when `gifter` stands above `other`. */
  isAbove(gifter: number, other: number): boolean {
    const more = this.diamonds.get(gifter) - this.diamonds.get(other);
    return more > 0 || (more === 0 && this.tieIsAbove(gifter, other));
  }

  /** Among gifters with the same diamonds: true when `gifter` stands above `other`. */
  tieIsAbove(gifter: number, other: number): boolean {
    const seq = this.seqs.get(gifter);
    const otherSeq = this.seqs.get(other);
    return seq < otherSeq || (seq === otherSeq && gifter < other);
  }
}
