import { assert } from '../base/assert.ts';

// Owns the last `idsMax` message ids in order of arrival, to answer "seen before?". Ids live in typed arrays (12 bytes
// each, and 8 to 16 of table), so that the collector has nothing to walk. It begins small and doubles; at the bound the
// oldest id is forgotten. Decimal ids of up to 19 digits are exact; any other text is known by 84 bits of hash.

const idsFirst = 1024;
const decimalMax = 19;
const lowDigits = 9;

export class IdWindow {
  readonly #idsMax: number;
  /** Leading digits (decimal ids, >= 0) or a hash below 0 (others), by slot of the ring. */
  #high: Float64Array;
  /** Last nine digits, or a second hash. */
  #low: Uint32Array;
  /** Open addressing with linear probing: slot + 1, 0 = free. Twice to four times as many places as slots. */
  #table: Int32Array;
  #mask: number;
  #capacity: number;
  #size = 0;
  /** The slot written next; when full, it holds the oldest. */
  #next = 0;
  /** The key at hand, set by #parse: kept here so that no pair is made. */
  #keyHigh = 0;
  #keyLow = 0;

  constructor(idsMax: number) {
    assert(Number.isInteger(idsMax) && idsMax > 0, `an id window holds at least one id, not ${idsMax}`);
    this.#idsMax = idsMax;
    this.#capacity = Math.min(idsFirst, idsMax);
    this.#high = new Float64Array(this.#capacity);
    this.#low = new Uint32Array(this.#capacity);
    this.#table = new Int32Array(places(this.#capacity));
    this.#mask = this.#table.length - 1;
  }

  get size(): number {
    return this.#size;
  }

  has(id: string): boolean {
    this.#parse(id);
    return this.#table[this.#place()] !== 0;
  }

  /** Remembers `id`. False, and nothing happens, when it is known. */
  add(id: string): boolean {
    this.#parse(id);
    if (this.#table[this.#place()] !== 0) return false;
    if (this.#size === this.#capacity) {
      if (this.#capacity < this.#idsMax) this.#grow();
      else this.#forget(this.#next);
    }
    const slot = this.#next;
    this.#high[slot] = this.#keyHigh;
    this.#low[slot] = this.#keyLow;
    this.#table[this.#place()] = slot + 1;
    this.#next = slot + 1 === this.#capacity ? 0 : slot + 1;
    this.#size++;
    return true;
  }

  /** Turns `id` into the key at hand. */
  #parse(id: string): void {
    const length = id.length;
    if (length === 0 || length > decimalMax) return this.#hash(id);
    const split = length - lowDigits;
    let high = 0;
    let low = 0;
    for (let index = 0; index < length; index++) {
      const digit = id.charCodeAt(index) - 48;
      if (digit < 0 || digit > 9) return this.#hash(id);
      if (index < split) high = high * 10 + digit;
      else low = low * 10 + digit;
    }
    // A leading zero would make two texts one number.
    if (id.charCodeAt(0) === 48 && length > 1) return this.#hash(id);
    this.#keyHigh = high;
    this.#keyLow = low;
  }

  /** Two 32-bit FNV-1a hashes from different starts, and 20 bits of a third. Below zero: no decimal id is. */
  #hash(id: string): void {
    let a = 0x811c9dc5;
    let b = 0x9747b28c;
    let c = id.length;
    for (let index = 0; index < id.length; index++) {
      const code = id.charCodeAt(index);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
      c = (Math.imul(c, 31) + code) | 0;
    }
    this.#keyHigh = -1 - (b >>> 0) - (c & 0xfffff) * 0x1_0000_0000;
    this.#keyLow = a >>> 0;
  }

  /** Where the key at hand is in the table, or the free place where it belongs. */
  #place(): number {
    let at = spread(this.#keyHigh, this.#keyLow) & this.#mask;
    for (;;) {
      const slot = this.#table[at]! - 1;
      if (slot < 0) return at;
      if (this.#low[slot] === this.#keyLow && this.#high[slot] === this.#keyHigh) return at;
      at = (at + 1) & this.#mask;
    }
  }

  /** Takes `slot` out of the table, closing the hole so that probing never stops too early. */
  #forget(slot: number): void {
    const table = this.#table;
    const mask = this.#mask;
    let hole = this.#home(slot);
    while (table[hole] !== slot + 1) hole = (hole + 1) & mask;
    let at = hole;
    for (;;) {
      at = (at + 1) & mask;
      const other = table[at]! - 1;
      if (other < 0) break;
      // What sits between its home and here may move back only if its home is not after the hole.
      if (((at - this.#home(other)) & mask) < ((at - hole) & mask)) continue;
      table[hole] = other + 1;
      hole = at;
    }
    table[hole] = 0;
    this.#size--;
  }

  #home(slot: number): number {
    return spread(this.#high[slot]!, this.#low[slot]!) & this.#mask;
  }

  /** Called when full and not yet at the bound: then slot 0 is the oldest, and the order stays as it is. */
  #grow(): void {
    const before = this.#capacity;
    this.#capacity = Math.min(before * 2, this.#idsMax);
    const high = new Float64Array(this.#capacity);
    const low = new Uint32Array(this.#capacity);
    high.set(this.#high);
    low.set(this.#low);
    this.#high = high;
    this.#low = low;
    this.#table = new Int32Array(places(this.#capacity));
    this.#mask = this.#table.length - 1;
    for (let slot = 0; slot < before; slot++) {
      let at = this.#home(slot);
      while (this.#table[at] !== 0) at = (at + 1) & this.#mask;
      this.#table[at] = slot + 1;
    }
    this.#next = before;
  }
}

/** Table places for `capacity` ids: a power of two, at least twice as many. */
function places(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity * 2));
}

function spread(high: number, low: number): number {
  const top = Math.floor(high / 0x1_0000_0000);
  let mixed = Math.imul(low ^ Math.imul(high >>> 0, 0x9e3779b1) ^ top, 0x85ebca6b);
  mixed ^= mixed >>> 15;
  return Math.imul(mixed, 0xc2b2ae35) ^ (mixed >>> 13);
}
