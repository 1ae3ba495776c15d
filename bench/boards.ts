import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { questionCost, structureCosts } from './boards/measure.ts';
import type { BoardResults } from './boards/results.ts';
import { subscriptionCost } from './boards/subscription-cost.ts';
import { readCommit, readMachine } from './runner/machine.ts';

// `node bench/boards.ts --record`: what boards cost. A gift and a rank on boards of three sizes beside a sorted array
// and a red-black tree that counts; a question over REST; a subscription in bytes, in a burst.

const { values: options } = parseArgs({
  options: { record: { type: 'boolean', default: false }, gifts: { type: 'string', default: '300000' } },
});
const gifts = Number(options.gifts);
const nowMs = (): number => performance.now();
const burst = { gifters: 3_000, seconds: 90 };

const results: BoardResults = {
  taken_at: new Date().toISOString(),
  commit: readCommit(),
  command: `node bench/boards.ts --gifts ${gifts} --record`,
  machine: readMachine(),
  node: process.version,
  structures: structureCosts([1_000, 100_000, 1_000_000], gifts),
  questions: [10_000, 1_000_000].map((gifters) => questionCost(gifters, 2_000, nowMs)),
  subscriptions: [
    { ...burst, rows: 20, giftsPerSecond: 50 },
    { ...burst, rows: 20, giftsPerSecond: 500 },
    { ...burst, rows: 100, giftsPerSecond: 500 },
  ].map((asked) => subscriptionCost(asked, nowMs)),
};

console.table(
  results.structures.map((cost) => ({
    board: cost.name,
    gifters: cost.gifters,
    'ns/gift': Math.round(cost.giftNs),
    'longest us': Math.round(cost.giftMaxNs / 1e3),
    'ns/rank': Math.round(cost.rankNs),
    'bytes/gift': cost.giftBytes.toFixed(1),
    check: cost.check,
  })),
);
console.table(results.questions);
console.table(results.subscriptions);
if (options.record) {
  const file = join(fileURLToPath(new URL('.', import.meta.url)), 'results', 'boards.json');
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
