import type { GapCloser } from '../protocol/battle-state.ts';
import type { GiftInfo } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';

// Owns the gifts that this room has seen, by price: what a host can ask for is what viewers can send. Gifts differ by
// region and change by the week, so that nothing but what was seen is offered.
// Bounded by limits.giftKindsMax; further kinds are not offered. Kept across sessions.

export interface GiftKind {
  readonly id: string;
  readonly name: string;
  readonly price: number;
}

/** Nobody sends more single gifts than this in the seconds in which the number matters. */
const giftsTogetherMax = 120;
const closersMax = 3;

export class GiftCatalogue {
  readonly #byId = new Map<string, GiftKind>();
  /** Cheapest first; null = to be sorted again. */
  #byPrice: GiftKind[] | null = null;

  /** Price of the dearest kind. */
  get priceMax(): number {
    return this.#sorted().at(-1)?.price ?? 0;
  }

  /** Takes note of a gift. Nearly always it is known, and nothing is made. */
  see(gift: GiftInfo): void {
    if (gift.price <= 0) return;
    const known = this.#byId.get(gift.id);
    if (known !== undefined && known.price === gift.price && known.name === gift.name) return;
    if (known === undefined && this.#byId.size >= limits.giftKindsMax.value) return;
    this.#byId.set(gift.id, { id: gift.id, name: gift.name, price: gift.price });
    this.#byPrice = null;
  }

  /** All kinds, in the order in which they were first seen: what is saved. */
  kinds(): GiftKind[] {
    return [...this.#byId.values()];
  }

  /** Up to three ways to reach `diamonds`: one gift, few large ones and change, more smaller ones. Cheapest first. */
  closers(diamonds: number): GapCloser[] {
    if (diamonds <= 0) return [];
    const kinds = this.#sorted();
    const found: GapCloser[] = [];
    const single = kinds.find((kind) => kind.price >= diamonds);
    if (single !== undefined) found.push({ diamonds: single.price, gifts: [{ ...single, count: 1 }] });
    for (const largest of [diamonds, diamonds / 4, diamonds / 20]) {
      const combined = combine(kinds, diamonds, largest);
      if (combined !== null && !found.some((other) => isSame(other, combined))) found.push(combined);
    }
    return found.sort((a, b) => a.diamonds - b.diamonds || countOf(a) - countOf(b)).slice(0, closersMax);
  }

  #sorted(): GiftKind[] {
    return (this.#byPrice ??= this.kinds().sort((a, b) => a.price - b.price || (a.id < b.id ? -1 : 1)));
  }
}

/**
 * As many as fit of the largest gift up to `priceMax`, then of the next, and one more of the last to cover the rest.
 */
function combine(kinds: readonly GiftKind[], diamonds: number, priceMax: number): GapCloser | null {
  const gifts: { id: string; name: string; price: number; count: number }[] = [];
  let left = diamonds;
  let together = 0;
  for (let index = kinds.length - 1; index >= 0 && left > 0; index--) {
    const kind = kinds[index]!;
    if (kind.price > priceMax) continue;
    // A third kind of gift is the last one: nobody can call out four.
    const last = index === 0 || gifts.length === 2;
    const count = last ? Math.ceil(left / kind.price) : Math.floor(left / kind.price);
    if (count === 0) continue;
    gifts.push({ ...kind, count });
    together += count;
    left -= count * kind.price;
  }
  if (left > 0 || together > giftsTogetherMax) return null;
  return { diamonds: diamonds - left, gifts };
}

function countOf(closer: GapCloser): number {
  return closer.gifts.reduce((sum, gift) => sum + gift.count, 0);
}

function isSame(a: GapCloser, b: GapCloser): boolean {
  if (a.gifts.length !== b.gifts.length) return false;
  return a.gifts.every((gift, index) => gift.id === b.gifts[index]!.id && gift.count === b.gifts[index]!.count);
}
