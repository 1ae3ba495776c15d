// One Huffman code of a deflate block (RFC 1951, 3.2.2): built from the lengths of its codes, anew for each block, in
// tables that are kept. Codes of up to `bits` bits are looked up at once, the few longer ones are walked bit by bit.

const lengthMax = 15;
const reversedBits = 10;

/** The lowest ten bits of each number in the opposite order: deflate writes codes from their first bit on. */
const reversed = Uint16Array.from({ length: 1 << reversedBits }, (_, value) => {
  let mirrored = 0;
  for (let bit = 0; bit < reversedBits; bit++)
    if ((value & (1 << bit)) !== 0) mirrored |= 1 << (reversedBits - 1 - bit);
  return mirrored;
});

export class HuffmanCode {
  /** By the next bits of input: symbol x 16 + length of its code; 0 = longer than `bits`, or no code. */
  readonly table: Uint16Array;
  readonly #bits: number;
  readonly #counts = new Uint16Array(lengthMax + 1);
  readonly #places = new Uint16Array(lengthMax + 1);
  readonly #codes = new Uint16Array(lengthMax + 1);
  /** Symbols in the order of their codes. */
  readonly #symbols: Uint16Array;

  /** `bits`: ten at most. */
  constructor(bits: number, symbolsMax: number) {
    this.#bits = bits;
    this.table = new Uint16Array(1 << bits);
    this.#symbols = new Uint16Array(symbolsMax);
  }

  /** Takes the code whose lengths are `count` of `lengths` from `from` on, by symbol. False: it is no code. */
  build(lengths: Uint8Array, from: number, count: number): boolean {
    const counts = this.#counts;
    const codes = this.#codes;
    const places = this.#places;
    counts.fill(0);
    for (let symbol = 0; symbol < count; symbol++) counts[lengths[from + symbol]!]!++;
    const used = count - counts[0]!;
    counts[0] = 0;
    let free = 1;
    let code = 0;
    let place = 0;
    for (let length = 1; length <= lengthMax; length++) {
      const many = counts[length]!;
      free = free * 2 - many;
      if (free < 0) return false;
      codes[length] = code;
      places[length] = place;
      code = (code + many) << 1;
      place += many;
    }
    // A code of one symbol may leave half of its bits unused; no other may.
    if (free > 0) {
      if (used > 1) return false;
      this.table.fill(0);
    }
    for (let symbol = 0; symbol < count; symbol++) this.#take(symbol, lengths[from + symbol]!);
    return true;
  }

  /** What `table` holds, for a code that is too long for it; 0 = there is no such code. */
  long(next: number): number {
    let code = 0;
    let first = 0;
    let place = 0;
    for (let length = 1; length <= lengthMax; length++) {
      code |= (next >> (length - 1)) & 1;
      const many = this.#counts[length]!;
      if (code - first < many) return (this.#symbols[place + code - first]! << 4) | length;
      place += many;
      first = (first + many) << 1;
      code <<= 1;
    }
    return 0;
  }

  #take(symbol: number, length: number): void {
    if (length === 0) return;
    this.#symbols[this.#places[length]!++] = symbol;
    const code = this.#codes[length]!++;
    const bits = this.#bits;
    if (length > bits) {
      this.table[reversed[code >> (length - bits)]! >> (reversedBits - bits)] = 0;
      return;
    }
    const { table } = this;
    const entry = (symbol << 4) | length;
    for (let at = reversed[code]! >> (reversedBits - length); at < table.length; at += 1 << length) table[at] = entry;
  }
}
