import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { monotonicMs } from './monotonic.ts';
import { readCommit } from './runner/machine.ts';
import { programsNamed, root } from './runner/programs.ts';
import { isQuiet, judgeRegression, ratiosOf, roundsToFail, tolerance } from './runner/regression.ts';
import type { Judgement, KeptRatios } from './runner/regression.ts';
import type { RunDetail } from './runner/results.ts';
import { runOnce } from './runner/run.ts';
import { plain } from './runner/scenarios.ts';
import type { Scenario } from './runner/scenarios.ts';
import { summarizeRun } from './runner/summarize.ts';
import { runLine } from './runner/table.ts';

// `meks bench regression`: has MEKS become slower than it was, beside a program that does not change? Ratios within a
// round are compared with the kept ones in bench/ratios.json, never times, so that it means the same on a fast and on a
// slow machine, and on a busy one. A small load, since the test suite runs it: rounds are taken until one of them shows
// each figure to hold, or there are enough to say that none does.

const help = `
  meks bench regression [options]

  --record         keep today's ratios in bench/ratios.json (from ${roundsToFail + 2} rounds, on an idle machine)
  --checkout DIR   judge the MEKS of another checkout
  --within N       begin no round after N seconds (default 300); too few rounds are no failure

  Fails when MEKS beside the reference is worse in every one of ${roundsToFail} rounds or more than
  ${tolerance.cpu_us_per_delivery} times (CPU), ${tolerance.p50_ms} times (p50) or ${tolerance.p999_ms} times (p99.9)
  what was kept, loses events in every round, or ever delivers one twice or out of order.
`;

/** Node and `ws`, one write per client and event: nothing that has to be built, and what it costs does not change. */
const reference = 'ws-prepared';
const roundsMax = roundsToFail + 2;

const load: Scenario = {
  name: 'regression',
  what: '300 events/s for four seconds, 300 dashboards',
  phases: [
    { name: 'warm-up', eventsPerSecond: 100, seconds: 1 },
    { name: 'burst', eventsPerSecond: 300, seconds: 4 },
  ],
  dashboards: 300,
  rooms: 1,
  tls: false,
  stormReturnMs: 0,
  variants: [plain],
  peers: true,
};

const file = fileURLToPath(new URL('./ratios.json', import.meta.url));

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function measureRound(round: number, checkout: string): Promise<RunDetail[]> {
  const pair = programsNamed(['meks', reference]);
  if (round % 2 === 1) pair.reverse();
  const runs: RunDetail[] = [];
  for (const program of pair) {
    const plan = { program, scenario: load, variant: plain, seed: 1 + round, quick: false, checkout };
    try {
      const run = summarizeRun(program, load, plain, await runOnce(plan), round);
      say(runLine(run));
      runs.push(run);
    } catch (error) {
      // A start may take too long on a busy machine: the next round has another one.
      say(`  ${program.name.padEnd(16)} FAILED: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return runs;
}

/** Keeps the ratios of the quiet rounds only: beside other work MEKS looks better than it is, and would fail later. */
async function record(checkout: string): Promise<void> {
  const runs: RunDetail[] = [];
  for (let round = 0; round < roundsMax; round++) {
    const taken = await measureRound(round, checkout);
    if (isQuiet(taken)) runs.push(...taken);
    else say('  left out: the machine was busy with something else');
  }
  const rounds = new Set(runs.map((run) => run.round)).size;
  if (rounds < roundsToFail)
    throw new Error(`${rounds} quiet rounds are too few to keep: try again on an idle machine`);
  const kept: KeptRatios = { reference, ratios: ratiosOf(runs, reference), commit: readCommit(), rounds };
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
  say(`kept in ${file}: ${JSON.stringify(kept.ratios)}`);
}

/** Begins no round after `secondsMax`: where the machine is too busy for enough of them, there is nothing to judge. */
async function compare(checkout: string, secondsMax: number): Promise<void> {
  if (!existsSync(file)) throw new Error(`${file} is missing: keep today's ratios with --record`);
  const kept = JSON.parse(readFileSync(file, 'utf8')) as KeptRatios;
  const runs: RunDetail[] = [];
  let judgement: Judgement = { outcome: 'unknown', lines: [] };
  const startMs = monotonicMs();
  for (let round = 0; round < roundsMax && monotonicMs() - startMs < secondsMax * 1_000; round++) {
    runs.push(...(await measureRound(round, checkout)));
    judgement = judgeRegression(runs, kept);
    if (judgement.outcome === 'holds') break;
  }
  for (const line of judgement.lines) say(line);
  if (runs.length === 0) throw new Error('no run came to its end');
  if (judgement.outcome === 'unknown') say('not judged: this machine is too busy for enough rounds');
  if (judgement.outcome === 'worse') process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      record: { type: 'boolean', default: false },
      checkout: { type: 'string', default: root },
      within: { type: 'string', default: '300' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) say(help);
  else if (values.record) await record(resolve(values.checkout));
  else await compare(resolve(values.checkout), Number(values.within));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
