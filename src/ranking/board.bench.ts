import { systemClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { Board } from './board.ts';

// Goal: what one gift and one rank lookup cost on a board of a given size, and how much garbage a gift makes, beside
// the best that one sorted array can do. Half of the gifts come from few gifters, as they do. Run: node
// src/ranking/board.bench.ts The check number hashes every rank returned: both kinds of board must print the same one.

/** What is measured. */
export interface Ranked {
  add(gifter: number, diamonds: number, seq: number): number;
  rankOf(gifter: number): number;
}

export interface BoardCost {
  readonly name: string;
  readonly gifters: number;
  readonly giftNs: number;
  readonly giftMaxNs: number;
  readonly rankNs: number;
  readonly giftBytes: number;
  readonly check: number;
}

/** One sorted array, binary search and a move of memory: what a board would be without blocks. */
class ArrayBoard implements Ranked {
  readonly #order: Int32Array;
  readonly #diamonds: Float64Array;
  readonly #seqs: Float64Array;
  #size = 0;

  constructor(giftersMax: number) {
    this.#order = new Int32Array(giftersMax);
    this.#diamonds = new Float64Array(giftersMax);
    this.#seqs = new Float64Array(giftersMax);
  }

  rankOf(gifter: number): number {
    return this.#search(this.#diamonds[gifter]!, this.#seqs[gifter]!) + 1;
  }

  add(gifter: number, diamonds: number, seq: number): number {
    const order = this.#order;
    if (this.#diamonds[gifter]! > 0) {
      order.copyWithin(this.rankOf(gifter) - 1, this.rankOf(gifter), this.#size);
      this.#size--;
    }
    this.#diamonds[gifter]! += diamonds;
    this.#seqs[gifter] = seq;
    const at = this.#search(this.#diamonds[gifter]!, seq);
    order.copyWithin(at + 1, at, this.#size++);
    order[at] = gifter;
    return at + 1;
  }

  #search(diamonds: number, seq: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#order[middle]!;
      const more = this.#diamonds[other]! - diamonds;
      if (more > 0 || (more === 0 && this.#seqs[other]! < seq)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const parts = 20;
const prices = [1, 1, 1, 1, 1, 5, 10, 20, 30, 99, 100, 199, 500, 1_000, 5_000, 29_999];

/** Costs of one board that is filled with `gifters`, and then given `gifts`. */
export function measureBoard(name: string, board: Ranked, gifters: number, gifts: number): BoardCost {
  const random = seededRandom(gifters);
  let seq = 0;
  let check = 0;
  // Poorest last, so that filling is cheap for the array as well.
  for (let gifter = 0; gifter < gifters; gifter++)
    check += board.add(gifter, 1 + Math.floor(gifters / (gifter + 1)), ++seq);
  const who = Int32Array.from({ length: gifts }, (_, index) => {
    const chance = random.next();
    return Math.floor((index % 2 === 0 ? chance : chance ** 3) * gifters);
  });
  const what = Int32Array.from(who, () => random.pick(prices));
  for (let index = 0; index < gifts; index++) check += board.add(who[index]!, what[index]!, ++seq);

  // In parts, of which the median counts: a collection or a compilation in one of them says nothing about a gift.
  const giftNs = new Float64Array(parts);
  const giftBytes = new Float64Array(parts);
  const each = Math.ceil(gifts / parts);
  for (let part = 0; part < parts; part++) {
    const end = Math.min(gifts, (part + 1) * each);
    const heapBefore = process.memoryUsage().heapUsed;
    const start = systemClock.nowMs();
    for (let index = part * each; index < end; index++) check += board.add(who[index]!, what[index]!, ++seq);
    giftNs[part] = ((systemClock.nowMs() - start) / each) * 1e6;
    giftBytes[part] = (process.memoryUsage().heapUsed - heapBefore) / each;
  }

  const rankStart = systemClock.nowMs();
  for (let index = 0; index < gifts; index++) check += board.rankOf(who[index]!);
  const rankMs = systemClock.nowMs() - rankStart;

  let maxMs = 0;
  for (let index = 0; index < gifts; index++) {
    const start = systemClock.nowMs();
    check += board.add(who[index]!, what[index]!, ++seq);
    maxMs = Math.max(maxMs, systemClock.nowMs() - start);
  }
  return {
    name,
    gifters,
    giftNs: giftNs.sort()[parts >> 1]!,
    giftMaxNs: maxMs * 1e6,
    rankNs: (rankMs / gifts) * 1e6,
    giftBytes: giftBytes.sort()[parts >> 1]!,
    check: check % 1_000_003,
  };
}

/**
 * Costs of both boards at each size; the array is left with fewer gifts, for it needs hundreds of microseconds for
 * each.
 */
export function runBoardBench(sizes: readonly number[], gifts: number): BoardCost[] {
  const costs: BoardCost[] = [];
  for (const gifters of sizes) {
    const fewer = Math.max(1, Math.min(gifts, Math.floor(1e9 / gifters)));
    costs.push(measureBoard('blocks', new Board(), gifters, gifts));
    if (fewer < gifts) costs.push(measureBoard('blocks', new Board(), gifters, fewer));
    costs.push(measureBoard('array', new ArrayBoard(gifters), gifters, fewer));
  }
  return costs;
}

if (import.meta.main) {
  console.table(
    runBoardBench([1_000, 100_000, 1_000_000], 500_000).map((cost) => ({
      board: cost.name,
      gifters: cost.gifters,
      'ns/gift': Math.round(cost.giftNs),
      'longest us': Math.round(cost.giftMaxNs / 1e3),
      'ns/rank': Math.round(cost.rankNs),
      'bytes/gift': cost.giftBytes.toFixed(2),
      check: cost.check,
    })),
  );
}
