import { assert } from '../base/assert.ts';
import { BlockDirectory } from './block-directory.ts';
import { BoardKeys } from './board-keys.ts';
import { PagedInt32 } from './paged.ts';

// Owns one ranking: who has how many diamonds, in the order of `standsAbove` (diamonds falling; among equals the
// earlier seq, then the gifter who was met first). Knows gifters only by their index in the roster, and no scope, time
// or name.
//
// The ranking is cut into blocks of at most 512 rows, each a small array of gifter indexes in order; a directory knows
// the order of the blocks and how many rows stand above each. A gift takes its gifter out of one block and puts it into
// another: two short moves of memory, one binary search over a few thousand borders and one inside a block. Measured
// beside a treap in typed arrays: half the time per gift and per rank, for each touches a block, not twenty scattered
// nodes. No garbage per gift; blocks are made by the hundred gifts.
// Bounded by the number of gifters in the roster: 20 bytes each, and 4 to 16 more in blocks.

/** Measured best for a million rows: smaller blocks mean a longer directory, larger ones longer moves and scans. */
const usualBlockRows = 512;

export class Board {
  #size = 0;
  #total = 0;
  readonly #keys = new BoardKeys();
  /** Block id + 1; 0 = not on the board. */
  readonly #blockOf = new PagedInt32();
  /** By block id: gifters in order. */
  readonly #rows: Int32Array[] = [];
  readonly #directory = new BlockDirectory();
  /** Rows a block holds at most. */
  readonly #blockRowsMax: number;

  /** `blockRowsMax` is for tests: small blocks split and join all the time. */
  constructor(blockRowsMax = usualBlockRows) {
    assert(blockRowsMax >= 4, `a block of ${blockRowsMax} rows cannot be split`);
    this.#blockRowsMax = blockRowsMax;
  }

  /** Gifters on the board: those with at least one diamond. */
  get size(): number {
    return this.#size;
  }

  /** Sum of all diamonds on the board. */
  get total(): number {
    return this.#total;
  }

  /** 0 for who is not on the board. */
  diamondsOf(gifter: number): number {
    return this.#keys.diamonds.get(gifter);
  }

  /** The seq that brought the gifter to that total; 0 for who is not on the board. */
  seqOf(gifter: number): number {
    return this.#keys.seqs.get(gifter);
  }

  /**
   * Adds diamonds to a gifter's total, or takes them away when negative (never below 0), and returns the rank after it.
   * A total of 0 leaves the board: rank 0. `seq` is the event that brought the gifter here, and decides among equals.
   */
  add(gifter: number, diamonds: number, seq: number): number {
    const keys = this.#keys;
    const before = keys.diamonds.get(gifter);
    const after = before + diamonds;
    assert(after >= 0, 'a board holds no negative totals');
    this.#total += diamonds;
    const falls = after < before || (after === before && seq > keys.seqs.get(gifter));
    keys.diamonds.set(gifter, after);
    keys.seqs.set(gifter, after === 0 ? 0 : seq);
    if (before === 0) return after === 0 ? 0 : this.#enter(gifter);
    if (after !== 0) return this.#move(gifter, falls);
    this.#leave(gifter);
    return 0;
  }

  /** Fills an empty board with rows that are in order. False where they are not, and then the board is of no use. */
  load(gifters: Int32Array, diamonds: Float64Array, seqs: Float64Array): boolean {
    assert(this.#size === 0, 'only an empty board is loaded');
    const keys = this.#keys;
    const blockRows = (this.#blockRowsMax * 3) >> 2;
    let rows = new Int32Array(0);
    let block = 0;
    for (let row = 0; row < gifters.length; row++) {
      const gifter = gifters[row]!;
      if (gifter < 0 || !(diamonds[row]! > 0) || this.#blockOf.get(gifter) !== 0) return false;
      keys.diamonds.set(gifter, diamonds[row]!);
      keys.seqs.set(gifter, seqs[row]!);
      const at = row % blockRows;
      if (row > 0 && !keys.isAbove(gifters[row - 1]!, gifter)) return false;
      if (at === 0) {
        rows = new Int32Array(this.#blockRowsMax);
        const rowsOfBlock = Math.min(blockRows, gifters.length - row);
        block = row === 0 ? this.#directory.first() : this.#directory.append(keys, gifters[row - 1]!);
        this.#directory.count(this.#directory.length - 1, rowsOfBlock);
        this.#rows[block] = rows;
      }
      rows[at] = gifter;
      this.#blockOf.set(gifter, block + 1);
      this.#total += diamonds[row]!;
    }
    this.#size = gifters.length;
    return true;
  }

  /** Rank from 1; 0 for who is not on the board. */
  rankOf(gifter: number): number {
    const block = this.#blockOf.get(gifter) - 1;
    if (block < 0) return 0;
    return this.#directory.rowsAbove(this.#directory.placeOf(block)) + this.#rowOf(block, gifter) + 1;
  }

  /** Who has this rank; -1 when nobody has. */
  gifterAt(rank: number): number {
    if (rank < 1 || rank > this.#size) return -1;
    const place = this.#directory.placeOfRow(rank - 1);
    return this.#rows[this.#directory.idAt(place)]![rank - 1 - this.#directory.rowsAbove(place)]!;
  }

  /** The gifters from `rank` on, at most `count`, in order. For tops, pages and neighbours. */
  gifters(rank: number, count: number): Int32Array {
    const first = Math.max(1, rank);
    const length = Math.max(0, Math.min(count - (first - rank), this.#size - first + 1));
    const found = new Int32Array(length);
    if (length === 0) return found;
    let place = this.#directory.placeOfRow(first - 1);
    let skip = first - 1 - this.#directory.rowsAbove(place);
    for (let filled = 0; filled < length; place++) {
      const take = Math.min(length - filled, this.#directory.countAt(place) - skip);
      found.set(this.#rows[this.#directory.idAt(place)]!.subarray(skip, skip + take), filled);
      filled += take;
      skip = 0;
    }
    return found;
  }

  /** Who comes onto the board, or onto it again. */
  #enter(gifter: number): number {
    const directory = this.#directory;
    if (directory.length === 0) this.#rows[directory.first()] = new Int32Array(this.#blockRowsMax);
    this.#size++;
    return this.#insert(directory.find(this.#keys, gifter), gifter);
  }

  #leave(gifter: number): void {
    this.#remove(gifter, this.#blockOf.get(gifter) - 1);
    this.#blockOf.set(gifter, 0);
    this.#size--;
  }

  /** Brings a gifter whose key has changed to where it belongs. */
  #move(gifter: number, falls: boolean): number {
    const directory = this.#directory;
    const block = this.#blockOf.get(gifter) - 1;
    const place = directory.find(this.#keys, gifter);
    if (directory.idAt(place) === block) return this.#moveWithin(place, block, gifter, falls);
    const places = directory.length;
    this.#remove(gifter, block);
    // Taking out may have joined two blocks, and then the places below have moved.
    return this.#insert(places === directory.length ? place : directory.find(this.#keys, gifter), gifter);
  }

  /** Only the rows between the old and the new one move. */
  #moveWithin(place: number, block: number, gifter: number, falls: boolean): number {
    const rows = this.#rows[block]!;
    const from = this.#rowOf(block, gifter);
    let to: number;
    if (falls) {
      to = this.#search(rows, from + 1, this.#directory.countAt(place), gifter) - 1;
      if (to > from) rows.copyWithin(from, from + 1, to + 1);
    } else {
      to = this.#search(rows, 0, from, gifter);
      if (to < from) rows.copyWithin(to + 1, to, from);
    }
    rows[to] = gifter;
    return this.#directory.rowsAbove(place) + to + 1;
  }

  #insert(found: number, gifter: number): number {
    const directory = this.#directory;
    let place = found;
    if (directory.countAt(place) === this.#blockRowsMax) {
      this.#split(place, gifter);
      place = directory.find(this.#keys, gifter);
    }
    const block = directory.idAt(place);
    const rows = this.#rows[block]!;
    const count = directory.countAt(place);
    const at = this.#search(rows, 0, count, gifter);
    if (at < count) rows.copyWithin(at + 1, at, count);
    rows[at] = gifter;
    directory.count(place, 1);
    this.#blockOf.set(gifter, block + 1);
    return directory.rowsAbove(place) + at + 1;
  }

  #remove(gifter: number, block: number): void {
    const directory = this.#directory;
    const place = directory.placeOf(block);
    const rows = this.#rows[block]!;
    const count = directory.countAt(place);
    const at = this.#rowOf(block, gifter);
    if (at + 1 < count) rows.copyWithin(at, at + 1, count);
    directory.count(place, -1);
    if (count - 1 < this.#blockRowsMax >> 2) this.#joinSparse(place);
  }

  /** Where in its block a gifter stands. Comparing whole numbers in a row beats comparing keys that lie elsewhere. */
  #rowOf(block: number, gifter: number): number {
    const rows = this.#rows[block]!;
    let row = 0;
    while (rows[row] !== gifter) row++;
    return row;
  }

  /** First row in [low, high) that does not stand above the gifter, or `high`. */
  #search(rows: Int32Array, low: number, high: number, gifter: number): number {
    const keys = this.#keys;
    const diamonds = keys.diamonds.get(gifter);
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = rows[middle]!;
      const otherDiamonds = keys.diamonds.get(other);
      if (otherDiamonds > diamonds || (otherDiamonds === diamonds && keys.tieIsAbove(other, gifter))) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Makes room in a full block. Who goes to the very end gets a new block alone: boards that grow at the end stay
   * dense.
   */
  #split(place: number, gifter: number): void {
    const directory = this.#directory;
    const rows = this.#rows[directory.idAt(place)]!;
    const full = this.#blockRowsMax;
    const last = place === directory.length - 1;
    const atEnd = last && this.#search(rows, 0, full, gifter) === full;
    const upper = atEnd ? full : full >> 1;
    const border = rows[upper - 1]!;
    const lowerBlock = directory.split(place, upper, this.#keys, border);
    const lowerRows = (this.#rows[lowerBlock] ??= new Int32Array(this.#blockRowsMax));
    for (let row = upper; row < full; row++) {
      const moved = rows[row]!;
      lowerRows[row - upper] = moved;
      this.#blockOf.set(moved, lowerBlock + 1);
    }
  }

  /** Moves the rows of a sparse block into a neighbour that has room for them, so that blocks stay few. */
  #joinSparse(place: number): void {
    const directory = this.#directory;
    const count = directory.countAt(place);
    // Both together must leave room to grow, or they would soon be split again.
    const roomy = count === 0 ? this.#blockRowsMax : (this.#blockRowsMax * 3) >> 2;
    if (place > 0 && directory.countAt(place - 1) + count <= roomy) {
      const into = directory.idAt(place - 1);
      this.#carry(directory.idAt(place), count, into, directory.countAt(place - 1));
      directory.join(place - 1, into);
    } else if (place + 1 < directory.length && directory.countAt(place + 1) + count <= roomy) {
      const into = directory.idAt(place + 1);
      this.#rows[into]!.copyWithin(count, 0, directory.countAt(place + 1));
      this.#carry(directory.idAt(place), count, into, 0);
      directory.join(place, into);
    }
  }

  #carry(from: number, count: number, into: number, at: number): void {
    const rows = this.#rows[from]!;
    const target = this.#rows[into]!;
    for (let row = 0; row < count; row++) {
      const gifter = rows[row]!;
      target[at + row] = gifter;
      this.#blockOf.set(gifter, into + 1);
    }
  }
}
