import { assert } from '../base/assert.ts';
import type { BoardKeys } from './board-keys.ts';

// The order of a board's blocks: which block holds which stretch of the ranking, and how many rows stand above it.
// Owned by one Board. Places are indexes in that order, 0 at the top; block ids never change while a block is in use.
// A few thousand places for a million rows: inserting or removing one shifts these small arrays and sums anew, which
// happens once in hundreds of gifts.

/** Below every row: the border of the last place, which has none. */
const noBorder = -1;

export class BlockDirectory {
  #length = 0;
  /** By place. */
  #ids = new Int32Array(8);
  #counts = new Int32Array(8);
  /** By place: no row of it stands below this key, and no row of the next place stands above it. */
  #borderDiamonds = new Float64Array(8);
  #borderSeqs = new Float64Array(8);
  #borderGifters = new Int32Array(8);
  /** Fenwick tree over `#counts`, from 1. */
  #sums = new Int32Array(9);
  /** By block id. */
  #placeOf = new Int32Array(8);
  readonly #freeIds: number[] = [];
  #idsMade = 0;

  /** Number of places; at least 1 once the first block is in. */
  get length(): number {
    return this.#length;
  }

  idAt(place: number): number {
    return this.#ids[place]!;
  }

  countAt(place: number): number {
    return this.#counts[place]!;
  }

  placeOf(id: number): number {
    return this.#placeOf[id]!;
  }

  /** The place whose stretch of the ranking the gifter's key belongs to. */
  find(keys: BoardKeys, gifter: number): number {
    const borders = this.#borderDiamonds;
    const diamonds = keys.diamonds.get(gifter);
    let low = 0;
    let high = this.#length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const border = borders[middle]!;
      if (border > diamonds || (border === diamonds && this.#borderTieIsAbove(middle, keys, gifter))) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #borderTieIsAbove(place: number, keys: BoardKeys, gifter: number): boolean {
    const seq = keys.seqs.get(gifter);
    const borderSeq = this.#borderSeqs[place]!;
    return borderSeq < seq || (borderSeq === seq && this.#borderGifters[place]! < gifter);
  }

  /** Rows in all places above `place`. */
  rowsAbove(place: number): number {
    const sums = this.#sums;
    let rows = 0;
    for (let index = place; index > 0; index &= index - 1) rows += sums[index]!;
    return rows;
  }

  /** The place that holds the row with `above` rows above it; `above` must be smaller than the number of rows. */
  placeOfRow(above: number): number {
    const sums = this.#sums;
    let place = 0;
    let left = above;
    for (let step = 1 << (31 - Math.clz32(this.#length)); step > 0; step >>= 1) {
      const next = place + step;
      if (next <= this.#length && sums[next]! <= left) {
        place = next;
        left -= sums[next]!;
      }
    }
    return place;
  }

  /** Counts `rows` more (or fewer) in `place`. */
  count(place: number, rows: number): void {
    this.#counts[place]! += rows;
    const sums = this.#sums;
    for (let index = place + 1; index <= this.#length; index += index & -index) sums[index]! += rows;
  }

  /** Makes the first, empty block of an empty board and returns its id. */
  first(): number {
    assert(this.#length === 0, 'only an empty directory gets a first block');
    this.#length = 1;
    const id = this.#takeId();
    this.#ids[0] = id;
    this.#counts[0] = 0;
    this.#borderDiamonds[0] = noBorder;
    this.#placeOf[id] = 0;
    this.#sum();
    return id;
  }

  /**
   * Splits `place` in two: `upperRows` rows stay in it, down to the gifter `border`, the others go to a new
   * block below it. Returns the new block's id.
   */
  split(place: number, upperRows: number, keys: BoardKeys, border: number): number {
    if (this.#length === this.#ids.length) this.#grow();
    const at = place + 1;
    const end = this.#length++;
    this.#shift(at + 1, at, end);
    const id = this.#takeId();
    this.#ids[at] = id;
    this.#counts[at] = this.#counts[place]! - upperRows;
    this.#copyBorder(place, at);
    this.#counts[place] = upperRows;
    this.#borderDiamonds[place] = keys.diamonds.get(border);
    this.#borderSeqs[place] = keys.seqs.get(border);
    this.#borderGifters[place] = border;
    this.#renumber(at);
    return id;
  }

  /**
   * Adds an empty block below all others, the last of which ends with the gifter `border`. Returns the new block's id.
   */
  append(keys: BoardKeys, border: number): number {
    const last = this.#length - 1;
    return this.split(last, this.#counts[last]!, keys, border);
  }

  /**
   * Joins `place` and the place below it, whose rows are now all in the block `id`; the other block's id is free again.
   */
  join(place: number, id: number): void {
    const gone = place + 1;
    assert(gone < this.#length, 'there is a place below to join');
    this.#freeIds.push(this.#ids[place] === id ? this.#ids[gone]! : this.#ids[place]!);
    this.#ids[place] = id;
    this.#counts[place]! += this.#counts[gone]!;
    this.#copyBorder(gone, place);
    this.#shift(gone, gone + 1, this.#length);
    this.#length--;
    this.#renumber(place);
  }

  #takeId(): number {
    return this.#freeIds.pop() ?? this.#idsMade++;
  }

  #shift(to: number, from: number, end: number): void {
    this.#ids.copyWithin(to, from, end);
    this.#counts.copyWithin(to, from, end);
    this.#borderDiamonds.copyWithin(to, from, end);
    this.#borderSeqs.copyWithin(to, from, end);
    this.#borderGifters.copyWithin(to, from, end);
  }

  #copyBorder(from: number, to: number): void {
    this.#borderDiamonds[to] = this.#borderDiamonds[from]!;
    this.#borderSeqs[to] = this.#borderSeqs[from]!;
    this.#borderGifters[to] = this.#borderGifters[from]!;
  }

  #renumber(from: number): void {
    for (let place = from; place < this.#length; place++) this.#placeOf[this.#ids[place]!] = place;
    this.#sum();
  }

  #sum(): void {
    const sums = this.#sums;
    const length = this.#length;
    for (let index = 1; index <= length; index++) sums[index] = this.#counts[index - 1]!;
    for (let index = 1; index <= length; index++) {
      const up = index + (index & -index);
      if (up <= length) sums[up]! += sums[index]!;
    }
  }

  #grow(): void {
    const length = this.#ids.length * 2;
    this.#ids = grown(this.#ids, new Int32Array(length));
    this.#counts = grown(this.#counts, new Int32Array(length));
    this.#borderGifters = grown(this.#borderGifters, new Int32Array(length));
    this.#placeOf = grown(this.#placeOf, new Int32Array(length));
    this.#sums = grown(this.#sums, new Int32Array(length + 1));
    this.#borderDiamonds = grown(this.#borderDiamonds, new Float64Array(length));
    this.#borderSeqs = grown(this.#borderSeqs, new Float64Array(length));
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
