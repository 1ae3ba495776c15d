import { existsSync, readFileSync } from 'node:fs';
import type { BoardResults } from '../boards/results.ts';

// The section about boards: what bench/boards.ts recorded, as tables.

const names: Readonly<Record<string, string>> = {
  blocks: '**blocks** (MEKS)',
  array: 'one sorted array',
  'ordered-map': 'red-black tree with counts (`@js-sdsl/ordered-map`)',
};

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function structureTable({ structures }: BoardResults): string[] {
  const lines = [
    row(['gifters', 'board', 'ns a gift', 'longest gift µs', 'ns a rank', 'bytes allocated a gift']),
    row(['---:', '---', '---:', '---:', '---:', '---:']),
  ];
  // The array is given fewer gifts, and the blocks the same fewer ones beside it: the first measurement counts.
  const seen = new Set<string>();
  for (const cost of structures) {
    const key = `${cost.gifters} ${cost.name}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const bytes = Math.max(0, cost.giftBytes).toFixed(1);
    const name = names[cost.name] ?? cost.name;
    lines.push(
      row([whole(cost.gifters), name, whole(cost.giftNs), whole(cost.giftMaxNs / 1e3), whole(cost.rankNs), bytes]),
    );
  }
  return lines;
}

function subscriptionTable({ subscriptions }: BoardResults): string[] {
  const percent = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;
  return [
    row(['rows', 'gifts/s', 'changes', 'KB', 'of whole boards', "of the room's stream", 'µs a look']),
    row(Array.from({ length: 7 }, () => '---:')),
    ...subscriptions.map((cost) =>
      row([
        cost.rows,
        cost.giftsPerSecond,
        whole(cost.deltas),
        whole(cost.deltaBytes / 1e3),
        `**${percent(cost.deltaBytes, cost.boardBytes)}**`,
        percent(cost.deltaBytes, cost.streamBytes),
        cost.lookUs.toFixed(1),
      ]),
    ),
  ];
}

/** Lines of the section; none where nothing was recorded. */
export function boardSection(file: string): string[] {
  if (!existsSync(file)) return [];
  const results = JSON.parse(readFileSync(file, 'utf8')) as BoardResults;
  const questions = results.questions.map(
    ({ gifters, p50Us, p99Us }) =>
      `out of ${whole(gifters)} gifters ${whole(p50Us)} µs (99 of 100 within ${whole(p99Us)} µs)`,
  );
  return [
    '## Boards',
    '',
    'One gift and one rank lookup on boards of three sizes, beside one sorted array and a well-known package with order statistics.',
    'All of them are given the same gifts and must return the same ranks.',
    '',
    ...structureTable(results),
    '',
    `A question over REST (a page of 100 rows and seven neighbours, from the question to its JSON) costs the hot thread: ${questions.join('; ')}.`,
    '',
    "A subscription to a board in a burst of 90 s: bytes of the changes beside those of the whole board at the same pace, and beside the room's",
    'own stream, which carries every gift. A look finds and encodes what changed, once for all who show that board.',
    '',
    ...subscriptionTable(results),
    '',
    `Taken ${results.taken_at.slice(0, 10)} at ${results.commit} with \`${results.command}\` on ${results.machine.cpu}, ${results.machine.cores} cores, Node ${results.node}.`,
    '',
  ];
}
