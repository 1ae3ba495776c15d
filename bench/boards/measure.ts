import { boardAnswer } from '../../src/broker/board-answer.ts';
import { type BoardCost, measureBoard, runBoardBench } from '../../src/ranking/board.bench.ts';
import { Ranking } from '../../src/ranking/ranking.ts';
import { OrderedMapBoard } from './ordered-map.ts';
import type { QuestionCost } from './results.ts';

/** Gifts and ranks on boards of these sizes: blocks (ours), one sorted array, a red-black tree that counts. */
export function structureCosts(sizes: readonly number[], gifts: number): BoardCost[] {
  const costs = runBoardBench(sizes, gifts);
  for (const gifters of sizes) costs.push(measureBoard('ordered-map', new OrderedMapBoard(), gifters, gifts));
  return costs.toSorted((a, b) => a.gifters - b.gifters);
}

const firstId = 7_000_000_000_000_000_000n;

/** A page of 100 rows with seven neighbours, out of a board of so many, from the question to its JSON. */
export function questionCost(gifters: number, rounds: number, nowMs: () => number): QuestionCost {
  const ranking = new Ranking({ room: { id: 'bench', handle: 'bench' }, hostId: '1' });
  for (let gifter = 0; gifter < gifters; gifter++) {
    const id = String(firstId + BigInt(gifter));
    const avatar = `https://p16-sign.example/avatar/${id}~c5_100x100.webp?${'x'.repeat(120)}`;
    const user = { id, handle: `viewer.${gifter}`, name: `Viewer ${gifter}`, avatar };
    const gift = { id: '1', name: 'Rose', price: 1, type: 1 };
    const diamonds = 1 + (gifter % 977);
    const rest = { streak: null, receiver: '', multiplier: 1, standing: null, battle: null };
    ranking.apply(gifter + 1, { kind: 'gift', id, at: 1, user, gift, count: 1, diamonds, ...rest });
  }
  const pages = Math.max(1, Math.floor(gifters / 100));
  const us: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const around = String(firstId + BigInt((round * 7_919) % gifters));
    const beganMs = nowMs();
    const text = boardAnswer(
      ranking,
      'bench',
      { epoch: 'e', seq: gifters },
      { scope: { kind: 'session' }, page: round % pages, pageRows: 100, around, each: 3 },
    );
    us.push((nowMs() - beganMs) * 1_000);
    bytes = Math.max(bytes, Buffer.byteLength(text));
  }
  us.sort((a, b) => a - b);
  return { gifters, p50Us: us[us.length >> 1]!, p99Us: us[Math.floor(us.length * 0.99)]!, bytes };
}
