import { OrderedMap } from '@js-sdsl/ordered-map';
import type { Ranked } from '../../src/ranking/board.bench.ts';

// The peer: a board as one would build it on a well-known package, a red-black tree that counts its subtrees (js-sdsl,
// MIT), which is what order statistics need: the rank of a key in O(log n).

interface Key {
  readonly diamonds: number;
  readonly seq: number;
}

function compare(a: Key, b: Key): number {
  return b.diamonds - a.diamonds || a.seq - b.seq;
}

export class OrderedMapBoard implements Ranked {
  readonly #tree = new OrderedMap<Key, number>([], compare, true);
  readonly #keys: (Key | undefined)[] = [];

  add(gifter: number, diamonds: number, seq: number): number {
    const before = this.#keys[gifter];
    if (before !== undefined) this.#tree.eraseElementByKey(before);
    const key = { diamonds: (before?.diamonds ?? 0) + diamonds, seq };
    this.#keys[gifter] = key;
    this.#tree.setElement(key, gifter);
    return this.rankOf(gifter);
  }

  rankOf(gifter: number): number {
    return this.#tree.find(this.#keys[gifter]!).index + 1;
  }
}
