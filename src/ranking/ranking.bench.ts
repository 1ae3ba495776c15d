import { systemClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import type { GiftEvent, MeksEvent } from '../protocol/events.ts';
import { battle, gift, score, side, viewers, worldStart } from './fixture.ts';
import { Ranking } from './ranking.ts';

// Goal: what a whole turn of the ranking costs: all boards, the view, the fields of the event. A battle is on, with
// scores once in fifty gifts. Also what saving and restoring cost, which never happen between two gifts of a burst.
// Run: node src/ranking/ranking.bench.ts

export interface TurnCost {
  readonly gifters: number;
  readonly turnNs: number;
  /** The slowest of a thousand turns, and the slowest of all. */
  readonly turnP999Ns: number;
  readonly turnMaxNs: number;
  readonly turnBytes: number;
  readonly saveMs: number;
  readonly savedBytes: number;
  readonly restoreMs: number;
  /** Sum of the ranks told: the same for the same history. */
  readonly check: number;
}

const options = { room: { id: '7', handle: 'ours' }, hostId: '1' };
const prices = [1, 1, 1, 1, 1, 5, 10, 20, 30, 99, 100, 199, 500, 1_000, 5_000, 29_999];
const parts = 20;

/** One room of `gifters` gifters, and `turns` events after that. */
export function runRankingBench(gifters: number, turns: number): TurnCost {
  const random = seededRandom(gifters);
  const ranking = new Ranking(options);
  let seq = 0;
  for (let gifter = 0; gifter < gifters; gifter++) ranking.apply(++seq, giftOf(gifter, 1 + (gifter % 50), seq));
  ranking.apply(
    ++seq,
    battle('a', 'open', { sides: [side('1'), side('2')], startAt: worldStart, durationSec: 80_000 }),
  );
  const events: MeksEvent[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const chance = random.next();
    const gifter = Math.floor((turn % 2 === 0 ? chance : chance ** 3) * gifters);
    if (turn % 50 === 49)
      events.push(score('a', { 1: turn, 2: turn + random.int(999) }, { scoredAt: worldStart + turn * 2 }));
    else if (turn % 50 === 24) events.push(viewers(turn));
    else events.push(giftOf(gifter, random.pick(prices), seq + turn));
  }
  // The events exist before, so that what is measured is the ranking's own: fields filled in, rows of the view.
  const eachNs = new Float64Array(turns);
  // Of the parts the median counts: other programs of the machine, and collections, are no turn's doing.
  const bytes = new Float64Array(parts);
  const meanNs = new Float64Array(parts);
  let check = 0;
  for (let part = 0; part < parts; part++) {
    const heapBefore = process.memoryUsage().heapUsed;
    const end = Math.floor(((part + 1) * turns) / parts);
    const begin = Math.floor((part * turns) / parts);
    for (let turn = begin; turn < end; turn++) {
      const event = events[turn]!;
      const start = systemClock.nowMs();
      ranking.apply(++seq, event);
      eachNs[turn] = (systemClock.nowMs() - start) * 1e6;
      if (event.kind === 'gift') check += event.standing!.rank;
    }
    meanNs[part] = eachNs.subarray(begin, end).reduce((total, each) => total + each, 0) / (end - begin);
    bytes[part] = (process.memoryUsage().heapUsed - heapBefore) / (end - begin);
  }
  const saveStart = systemClock.nowMs();
  const saved = ranking.save();
  const saveMs = systemClock.nowMs() - saveStart;
  const restoreStart = systemClock.nowMs();
  Ranking.restore(saved, options);
  const restoreMs = systemClock.nowMs() - restoreStart;
  eachNs.sort();
  return {
    gifters,
    turnNs: meanNs.sort()[parts >> 1]!,
    turnP999Ns: eachNs[Math.floor(turns * 0.999)]!,
    turnMaxNs: eachNs[turns - 1]!,
    turnBytes: bytes.sort()[parts >> 1]!,
    saveMs,
    savedBytes: saved.length,
    restoreMs,
    check,
  };
}

function giftOf(gifter: number, diamonds: number, turn: number): GiftEvent {
  return gift(String(6_800_000_000_000 + gifter * 7), diamonds, {
    id: String(7_300_000_000_000_000 + turn),
    at: worldStart + turn * 2,
    gift: kinds.get(diamonds)!,
  });
}

const kinds = new Map(
  Array.from({ length: 30_000 }, (_, price) => [
    price,
    { id: `g${price % 200}`, name: 'Gift', price: price % 200, type: 1 },
  ]),
);

if (import.meta.main) {
  const costs = [1_000, 10_000, 100_000, 1_000_000].map((gifters) => runRankingBench(gifters, 200_000));
  console.table(
    costs.map((cost) => ({
      gifters: cost.gifters,
      'us/turn': (cost.turnNs / 1e3).toFixed(1),
      'p99.9 us': (cost.turnP999Ns / 1e3).toFixed(0),
      'longest us': (cost.turnMaxNs / 1e3).toFixed(0),
      'bytes/turn': Math.round(cost.turnBytes),
      'save ms': cost.saveMs.toFixed(0),
      'saved MB': (cost.savedBytes / 1e6).toFixed(1),
      'restore ms': cost.restoreMs.toFixed(0),
      check: cost.check,
    })),
  );
}
