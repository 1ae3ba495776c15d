// Numbers by index that grow without ever being copied: a page is made when something in it is first written, so the
// longest pause of growth is one small page, and an index that is used sparsely costs only the pages it touches.
// Bounded by the number of gifters (limits.giftersMax); nothing here lives on the garbage collector's heap but the
// pages' own headers.

const pageBits = 10;
const pageSize = 1 << pageBits;
const pageMask = pageSize - 1;

/** 64-bit floats by index from 0; what was never written reads as 0. */
export class PagedFloat64 {
  readonly #pages: (Float64Array | undefined)[] = [];

  get(index: number): number {
    const page = this.#pages[index >> pageBits];
    return page === undefined ? 0 : page[index & pageMask]!;
  }

  set(index: number, value: number): void {
    const page = this.#pages[index >> pageBits];
    if (page === undefined) this.#grow(index)[index & pageMask] = value;
    else page[index & pageMask] = value;
  }

  #grow(index: number): Float64Array {
    const pages = this.#pages;
    // Holes would turn the list of pages into a dictionary: fill up to the place first.
    while (pages.length <= index >> pageBits) pages.push(undefined);
    return (pages[index >> pageBits] = new Float64Array(pageSize));
  }
}

/** 32-bit integers by index from 0; what was never written reads as 0. */
export class PagedInt32 {
  readonly #pages: (Int32Array | undefined)[] = [];

  get(index: number): number {
    const page = this.#pages[index >> pageBits];
    return page === undefined ? 0 : page[index & pageMask]!;
  }

  set(index: number, value: number): void {
    const page = this.#pages[index >> pageBits];
    if (page === undefined) this.#grow(index)[index & pageMask] = value;
    else page[index & pageMask] = value;
  }

  #grow(index: number): Int32Array {
    const pages = this.#pages;
    while (pages.length <= index >> pageBits) pages.push(undefined);
    return (pages[index >> pageBits] = new Int32Array(pageSize));
  }
}
