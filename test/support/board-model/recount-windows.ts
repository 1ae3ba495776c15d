// The part of the oracle that counts rolling windows by hand. For tests.

const windows = [5, 60] as const;
/** Gifts that leave a window with one event, after a silence. */
const leavingMax = 256;

interface WindowGift {
  readonly at: number;
  /** null = nobody: corrected away. */
  user: string | null;
  diamonds: number;
  /** seq of the event that brought it to that user. */
  brought: number;
}

/** What the windows need of the rest of the oracle. */
export interface Counted {
  readonly scopes: ReadonlyMap<string, ReadonlyMap<string, { readonly seq: number }>>;
  readonly ledger: readonly { readonly seq: number; carriedOn: number }[];
  change(scope: string, user: string, diamonds: number, seq: number): void;
}

export class WindowRecount {
  readonly #model: Counted;
  /** Oldest first. */
  #gifts: WindowGift[] = [];
  /** By window: gifts that have left it. */
  readonly #left = new Map<number, Set<WindowGift>>([
    [5, new Set()],
    [60, new Set()],
  ]);

  constructor(model: Counted) {
    this.#model = model;
  }

  push(at: number, user: string, diamonds: number, brought: number): void {
    this.#gifts.push({ at, user, diamonds, brought });
  }

  tick(now: number): void {
    for (const minutes of windows) {
      const since = now - minutes * 60_000;
      const left = this.#left.get(minutes)!;
      let leaving = 0;
      for (const gift of this.#gifts) {
        if (left.has(gift)) continue;
        if (gift.at > since || (gift.diamonds > 0 && leaving === leavingMax)) break;
        left.add(gift);
        // All of it was carried on by corrections: it stands elsewhere in this list.
        if (gift.diamonds === 0) continue;
        leaving++;
        if (gift.user === null) continue;
        const seq = this.#model.scopes.get(`window ${minutes}`)?.get(gift.user)?.seq ?? 0;
        this.#model.change(`window ${minutes}`, gift.user, -gift.diamonds, seq);
      }
    }
    this.#gifts = this.#gifts.filter((gift) => !this.#left.get(60)!.has(gift));
  }

  /** From one to another, where null is nobody; newest first. `of`: only what that event brought there. */
  carry(from: string | null, to: string | null, diamonds: number, seq: number, of = 0): number {
    let left = diamonds;
    let carried = 0;
    for (let index = this.#gifts.length - 1; index >= 0 && left > 0; index--) {
      const gift = this.#gifts[index]!;
      if (gift.user !== from || gift.diamonds === 0 || (of > 0 && gift.brought !== of)) continue;
      const taken = Math.min(left, gift.diamonds);
      left -= taken;
      carried += taken;
      for (const minutes of windows) {
        if (this.#left.get(minutes)!.has(gift)) continue;
        if (from !== null) this.#model.change(`window ${minutes}`, from, -taken, seq);
        if (to !== null) this.#model.change(`window ${minutes}`, to, taken, seq);
      }
      gift.diamonds -= taken;
      const part = { at: gift.at, user: to, diamonds: taken, brought: seq };
      for (const set of this.#left.values()) if (set.has(gift)) set.add(part);
      this.#gifts.splice(index + 1, 0, part);
      const entry = this.#model.ledger.find((one) => one.seq === gift.brought);
      if (entry !== undefined) entry.carriedOn += taken;
    }
    return carried;
  }
}
