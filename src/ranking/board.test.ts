import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, type Random } from '../base/random.ts';
import { runBoardBench } from './board.bench.ts';
import { Board } from './board.ts';
import { standsAbove } from '../protocol/room-view.ts';

// Goal: a board shows what a sorted array would show, whatever happens to it. Method: random histories beside that
// array. MEKS_MODEL_STEPS=3000000 makes the histories as long as one has patience for.

interface Row {
  readonly gifter: number;
  readonly diamonds: number;
  readonly seq: number;
}

const steps = Number(process.env.MEKS_MODEL_STEPS ?? 60_000);
const prices = [1, 1, 1, 1, 5, 10, 99, 500, 29_999];

/** The obvious board: one sorted array, searched and spliced. */
class SortedBoard {
  readonly rows: Row[] = [];

  get size(): number {
    return this.rows.length;
  }

  get total(): number {
    let total = 0;
    for (const row of this.rows) total += row.diamonds;
    return total;
  }

  diamondsOf(gifter: number): number {
    return this.rows.find((row) => row.gifter === gifter)?.diamonds ?? 0;
  }

  rankOf(gifter: number): number {
    return this.rows.findIndex((row) => row.gifter === gifter) + 1;
  }

  add(gifter: number, diamonds: number, seq: number): number {
    const at = this.rankOf(gifter) - 1;
    const before = at < 0 ? 0 : this.rows.splice(at, 1)[0]!.diamonds;
    if (before + diamonds === 0) return 0;
    const row: Row = { gifter, diamonds: before + diamonds, seq };
    const below = this.rows.findIndex((other) => isAbove(row, other));
    const rank = below < 0 ? this.rows.length : below;
    this.rows.splice(rank, 0, row);
    return rank + 1;
  }
}

function isAbove(a: Row, b: Row): boolean {
  return standsAbove(a, b) || (!standsAbove(b, a) && a.gifter < b.gifter);
}

interface World {
  readonly blockRows: number;
  readonly gifters: number;
  /** Probability that a step takes diamonds away. */
  readonly falls: number;
  readonly steps: number;
}

function step(board: Board, model: SortedBoard, random: Random, world: World, seq: number): void {
  const gifter = Math.floor(random.next() * random.next() * world.gifters);
  const held = model.diamondsOf(gifter);
  let diamonds = random.pick(prices);
  if (random.chance(world.falls)) diamonds = -Math.min(held, random.chance(0.5) ? held : random.int(held + 1));
  const rank = board.add(gifter, diamonds, seq);
  const expected = model.add(gifter, diamonds, seq);
  assert.equal(rank, expected, 'rank that add returns');
  assert.equal(board.rankOf(gifter), expected, 'rank looked up');
  assert.equal(board.diamondsOf(gifter), held + diamonds);
  assert.equal(board.seqOf(gifter), expected === 0 ? 0 : seq);
  assert.equal(board.size, model.size);
  const somewhere = 1 + random.int(model.size + 1);
  assert.equal(board.gifterAt(somewhere), model.rows[somewhere - 1]?.gifter ?? -1, `gifter at ${somewhere}`);
}

function assertSame(board: Board, model: SortedBoard): void {
  assert.equal(board.total, model.total);
  assert.deepEqual(
    Array.from(board.gifters(1, model.size + 5), (gifter) => ({
      gifter,
      diamonds: board.diamondsOf(gifter),
      seq: board.seqOf(gifter),
    })),
    model.rows,
  );
}

function play(world: World, seed: number): void {
  const random = seededRandom(seed);
  const board = new Board(world.blockRows);
  const model = new SortedBoard();
  let seq = 0;
  for (let done = 0; done < world.steps; done++) {
    // Now and then two changes share a seq, as both sides of a move do.
    if (!random.chance(0.05)) seq++;
    try {
      step(board, model, random, world, seq);
      if (done % 997 === 0) assertSame(board, model);
    } catch (error) {
      throw new Error(`seed ${seed}, step ${done} of ${JSON.stringify(world)}`, { cause: error });
    }
  }
  assertSame(board, model);
}

test('a board of tiny blocks that split and join all the time equals a sorted array', () => {
  for (const seed of [1, 2, 3]) play({ blockRows: 4, gifters: 300, falls: 0.45, steps: steps / 6 }, seed);
  play({ blockRows: 8, gifters: 40, falls: 0.6, steps: steps / 6 }, 4);
});

test('a board of usual blocks equals a sorted array', () => {
  play({ blockRows: 512, gifters: 3_000, falls: 0.1, steps: steps / 6 }, 5);
  play({ blockRows: 64, gifters: 1_500, falls: 0.5, steps: steps / 6 }, 6);
});

test('a board loaded from its rows is the same board, and goes on like it', () => {
  const random = seededRandom(12);
  for (const size of [0, 1, 5, 6, 7, 100, 1_000]) {
    const board = new Board(8);
    for (let seq = 1; seq <= size * 3; seq++) board.add(random.int(size), random.pick(prices), seq);
    const gifters = board.gifters(1, board.size);
    const loaded = new Board(8);
    const diamonds = Float64Array.from(gifters, (gifter) => board.diamondsOf(gifter));
    const seqs = Float64Array.from(gifters, (gifter) => board.seqOf(gifter));
    assert.equal(loaded.load(gifters, diamonds, seqs), true);
    for (let seq = size * 3 + 1; seq <= size * 6; seq++) {
      const gifter = random.int(size * 2);
      const price = random.pick(prices);
      assert.equal(loaded.add(gifter, price, seq), board.add(gifter, price, seq));
    }
    assert.deepEqual(loaded.gifters(1, loaded.size), board.gifters(1, board.size));
    assert.deepEqual([loaded.size, loaded.total], [board.size, board.total]);
  }
});

test('rows that are no ranking are not loaded', () => {
  const load = (gifters: number[], diamonds: number[], seqs: number[]): boolean =>
    new Board().load(Int32Array.from(gifters), Float64Array.from(diamonds), Float64Array.from(seqs));
  assert.equal(load([0, 1], [5, 6], [1, 2]), false, 'rising diamonds');
  assert.equal(load([0, 1], [5, 5], [2, 1]), false, 'the later one first among equals');
  assert.equal(load([0, 0], [5, 4], [1, 2]), false, 'one gifter twice');
  assert.equal(load([0, 1], [5, 0], [1, 2]), false, 'nothing given');
  assert.equal(load([-1], [5], [1]), false, 'nobody');
  assert.equal(load([0], [Number.NaN], [1]), false, 'not a number');
});

test('who reached a total first stands above who reached it later', () => {
  const board = new Board();
  board.add(0, 5, 1);
  board.add(1, 3, 2);
  board.add(1, 2, 3);
  assert.deepEqual([...board.gifters(1, 9)], [0, 1]);
  board.add(0, -1, 4);
  board.add(0, 1, 5);
  assert.deepEqual([...board.gifters(1, 9)], [1, 0]);
});

test('pages, tops and neighbours stop at both ends of the board', () => {
  const board = new Board(4);
  for (let gifter = 0; gifter < 23; gifter++) board.add(gifter, 100 - gifter, gifter + 1);
  assert.deepEqual([...board.gifters(21, 10)], [20, 21, 22]);
  assert.deepEqual([...board.gifters(-1, 5)], [0, 1, 2], 'rows above rank 1 count but do not exist');
  assert.deepEqual([...board.gifters(24, 5)], []);
  assert.deepEqual([...board.gifters(5, 0)], []);
  assert.equal(board.gifterAt(0), -1);
  assert.equal(board.gifterAt(24), -1);
});

test('a gifter whose diamonds are all taken back leaves the board and may come again', () => {
  const board = new Board();
  board.add(7, 10, 1);
  assert.equal(board.add(7, -10, 2), 0);
  assert.deepEqual([board.size, board.total, board.rankOf(7), board.seqOf(7)], [0, 0, 0, 0]);
  assert.equal(board.add(7, 1, 3), 1);
});

test('an empty board answers every question', () => {
  const board = new Board();
  assert.deepEqual([board.size, board.total, board.rankOf(3), board.gifterAt(1)], [0, 0, 0, -1]);
  assert.deepEqual([...board.gifters(1, 10)], []);
});

test('taking more than there is fails and changes nothing', () => {
  const board = new Board();
  board.add(1, 5, 1);
  assert.throws(() => board.add(1, -6, 2), /no negative totals/);
  assert.deepEqual([board.total, board.diamondsOf(1), board.seqOf(1)], [5, 5, 1]);
});

test('the benchmark runs, prints its costs, and its two kinds of board agree on every rank', (context) => {
  const costs = runBoardBench([50, 2_000], 3_000);
  for (const { name, gifters, giftNs, giftBytes } of costs)
    context.diagnostic(`${name} of ${gifters}: gift ${giftNs.toFixed(0)} ns, ${giftBytes.toFixed(1)} bytes (toy size)`);
  assert.deepEqual(
    costs.map((cost) => [cost.name, cost.gifters]),
    [
      ['blocks', 50],
      ['array', 50],
      ['blocks', 2_000],
      ['array', 2_000],
    ],
  );
  assert.equal(costs[0]!.check, costs[1]!.check);
  assert.equal(costs[2]!.check, costs[3]!.check);
});

test('a large board filled by many gifts is in the order of a sort', () => {
  const random = seededRandom(9);
  const gifters = Math.max(20_000, Math.min(steps, 1_000_000));
  const board = new Board();
  for (let seq = 1; seq <= gifters * 3; seq++) board.add(random.int(gifters), random.pick(prices), seq);
  const ranked = board.gifters(1, board.size);
  const sorted = ranked
    .slice()
    .sort((a, b) => board.diamondsOf(b) - board.diamondsOf(a) || board.seqOf(a) - board.seqOf(b));
  assert.deepEqual(ranked, sorted);
  for (let rank = 1; rank <= board.size; rank += 101) assert.equal(board.rankOf(board.gifterAt(rank)), rank);
});
