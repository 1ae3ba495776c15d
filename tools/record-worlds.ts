// `node tools/record-worlds.ts --seeds 1-10000 --parts FOLDER [--processes N]`: a run of many worlds for the record.
// Ranges of a hundred seeds, each in a process of its own (`meks simulate --seeds A-B --json FILE`), each kept as a
// file of FOLDER: one that is there is not run again, so that an interrupted run goes on where it was. When all are
// there, they are put together as test/simulation/recorded/worlds.json, which docs/SIMULATION.md shows (`npm run
// docs`, after `npm run format`).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mergeWorlds, type RecordedWorlds, recordedWorldsPath } from './recorded-worlds.ts';

const rangeSeeds = 100;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-10000' },
    parts: { type: 'string' },
    processes: { type: 'string', default: '1' },
  },
});
if (values.parts === undefined) throw new Error('--parts FOLDER: where the ranges are kept until all are there');
const folder = path.resolve(values.parts);
const [first, last] = values.seeds.split('-').map(Number) as [number, number];
const ranges: [number, number][] = [];
for (let from = first; from <= last; from += rangeSeeds) ranges.push([from, Math.min(last, from + rangeSeeds - 1)]);

const fileOf = ([from]: readonly [number, number]): string =>
  path.join(folder, `worlds-${String(from).padStart(5, '0')}.json`);

async function run(range: readonly [number, number]): Promise<void> {
  const [from, to] = range;
  const unfinished = `${fileOf(range)}.part`;
  const meks = path.join(import.meta.dirname, '../src/cli/meks.ts');
  const command = [meks, 'simulate', '--seeds', `${from}-${to}`, '--json', unfinished];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await once(child, 'close');
  // One that failed has written what it came to as well: the failure belongs to the record.
  if (!existsSync(unfinished)) throw new Error(`seeds ${from}-${to} ended without a result:\n${out}`);
  renameSync(unfinished, fileOf(range));
  if (child.exitCode !== 0) process.stdout.write(out);
}

const waiting = ranges.filter((range) => !existsSync(fileOf(range)));

async function work(): Promise<void> {
  for (let range = waiting.shift(); range !== undefined; range = waiting.shift()) {
    await run(range);
    const done = ranges.filter((one) => existsSync(fileOf(one))).length;
    process.stdout.write(`seeds ${range[0]}-${range[1]} done, ${done} of ${ranges.length} ranges\n`);
  }
}

mkdirSync(folder, { recursive: true });
await Promise.all(Array.from({ length: Number(values.processes) }, work));
const merged = mergeWorlds(ranges.map((range) => JSON.parse(readFileSync(fileOf(range), 'utf8')) as RecordedWorlds));
writeFileSync(recordedWorldsPath, `${JSON.stringify(merged, null, 2)}\n`);
const { worlds, failures, simulatedHours } = merged;
process.stdout.write(`${worlds} worlds, ${failures.length} failures, ${simulatedHours} simulated hours\n`);
if (failures.length > 0) process.exitCode = 1;
