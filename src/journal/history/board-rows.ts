import { assert } from '../../base/assert.ts';
import { standsAbove } from '../../protocol/room-view.ts';

// A board as the history computes it: diamonds and the seq that brought a person there, by the history's own person
// ids. Owns one number triple per gifter. Saved as three arrays one after the other, little endian as every machine
// that runs this is: ids (i32), diamonds (f64), seqs (f64).

export interface BoardRow {
  readonly person: number;
  readonly diamonds: number;
  readonly seq: number;
}

export class BoardRows {
  readonly #index = new Map<number, number>();
  #persons: number[] = [];
  #diamonds: number[] = [];
  #seqs: number[] = [];

  /** Gifters, those that corrections took everything from included. */
  get size(): number {
    return this.#persons.length;
  }

  diamondsOf(person: number): number {
    const at = this.#index.get(person);
    return at === undefined ? 0 : this.#diamonds[at]!;
  }

  add(person: number, diamonds: number, seq: number): void {
    let at = this.#index.get(person);
    if (at === undefined) {
      at = this.#persons.length;
      this.#index.set(person, at);
      this.#persons.push(person);
      this.#diamonds.push(0);
      this.#seqs.push(0);
    }
    this.#diamonds[at]! += diamonds;
    this.#seqs[at] = Math.max(this.#seqs[at]!, seq);
  }

  /** Rows from rank `offset + 1` on, `count` at most; who has no diamonds stands on no board. */
  ranked(offset: number, count: number): BoardRow[] {
    const least = this.#leastOf(offset + count);
    const rows: BoardRow[] = [];
    for (let at = 0; at < this.#persons.length; at++) if (this.#diamonds[at]! >= least) rows.push(this.#row(at));
    return rows.sort((a, b) => (standsAbove(a, b) ? -1 : 1)).slice(offset, offset + count);
  }

  /** Diamonds of the row of that rank: only what has as many need be put in order. */
  #leastOf(rank: number): number {
    const standing = Float64Array.from(this.#diamonds.filter((diamonds) => diamonds > 0)).sort();
    return standing[Math.max(0, standing.length - rank)] ?? 1;
  }

  /** Gifters with diamonds, and their sum. */
  totals(): { readonly gifters: number; readonly diamonds: number } {
    let gifters = 0;
    let diamonds = 0;
    for (const value of this.#diamonds) {
      if (value <= 0) continue;
      gifters++;
      diamonds += value;
    }
    return { gifters, diamonds };
  }

  save(): Uint8Array {
    const count = this.#persons.length;
    const bytes = new Uint8Array(count * 20);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < count; at++) {
      view.setInt32(at * 4, this.#persons[at]!, true);
      view.setFloat64(count * 4 + at * 8, this.#diamonds[at]!, true);
      view.setFloat64(count * 12 + at * 8, this.#seqs[at]!, true);
    }
    return bytes;
  }

  static load(bytes: Uint8Array): BoardRows {
    assert(bytes.length % 20 === 0, 'a saved board has 20 bytes a gifter');
    const count = bytes.length / 20;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const board = new BoardRows();
    for (let at = 0; at < count; at++) {
      const seq = view.getFloat64(count * 12 + at * 8, true);
      board.add(view.getInt32(at * 4, true), view.getFloat64(count * 4 + at * 8, true), seq);
    }
    return board;
  }

  #row(at: number): BoardRow {
    return { person: this.#persons[at]!, diamonds: this.#diamonds[at]!, seq: this.#seqs[at]! };
  }
}
