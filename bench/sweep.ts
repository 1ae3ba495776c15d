import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readCommit, readMachine, readVersions } from './runner/machine.ts';
import { enoughFilesFor } from './runner/processes.ts';
import { programsNamed, root } from './runner/programs.ts';
import type { Program } from './runner/programs.ts';
import { runOnce } from './runner/run.ts';
import { parsedOrEnd } from './runner/usage.ts';
import { plain } from './runner/scenarios.ts';
import { summarizeRun } from './runner/summarize.ts';
import { runLine } from './runner/table.ts';
import { axes, pointName, pointsOf, runsAt, scenarioOf } from './sweep/plan.ts';
import type { Axis, Point } from './sweep/plan.ts';
import { readEarlier, roundsAt, sweepRun } from './sweep/results.ts';
import type { SweepResults, SweepRun } from './sweep/results.ts';

// `meks bench sweep`: how cost and latency grow with dashboards, events and rooms. Many short runs: it is for the
// shape of a curve, and bench/bench.ts for a figure. What is done is written after every point, so that it may be cut
// into parts and stopped at any time.

const help = `
  meks bench sweep [options]        (or: node bench/sweep.ts)

  --only a,b         axes: ${axes.join(', ')} (default: all; about 9 minutes a round)
  --programs a,b     default: meks,meks-senders-1,meks-senders-2,floor
  --runs N           rounds of every point (default 1)
  --seconds N        of load a run (default 8, and a fifth of it before, to get warm)
  --seed N           seed of the schedule (default 1)
  --json FILE        where to write the results
  --record           keep them in bench/results/sweep.json
  --append           add to those kept at this commit, instead of replacing them
`;

const kept = fileURLToPath(new URL('./results/sweep.json', import.meta.url));
const programsAsked = 'meks,meks-senders-1,meks-senders-2,floor';
/** Starting, connecting, draining and ending a program, beside the load itself: for the estimate that is printed. */
const runOverheadSeconds = 3;

interface Asked {
  readonly axes: readonly Axis[];
  readonly programs: readonly Program[];
  readonly rounds: number;
  readonly seconds: number;
  readonly seed: number;
  readonly files: readonly string[];
  readonly earlier: SweepResults | null;
}

function parse(args: readonly string[]): Asked | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      programs: { type: 'string', default: programsAsked },
      runs: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '8' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      record: { type: 'boolean', default: false },
      append: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const asked = values.only?.split(',') ?? [...axes];
  const chosen = axes.filter((axis) => asked.includes(axis));
  const unknown = asked.find((axis) => !chosen.some((one) => one === axis));
  if (unknown !== undefined) throw new Error(`no axis ${JSON.stringify(unknown)}; there are: ${axes.join(', ')}`);
  const seconds = positive('--seconds', values.seconds);
  const files = values.json === undefined ? [] : [values.json];
  if (values.record || values.append) files.push(kept);
  return {
    axes: chosen,
    programs: programsNamed(values.programs.split(',')),
    rounds: positive('--runs', values.runs),
    seconds,
    seed: positive('--seed', values.seed),
    files,
    earlier: values.append && existsSync(kept) ? readEarlier(kept, readCommit(), seconds) : null,
  };
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${flag} ${JSON.stringify(text)}: give a number above 0`);
  return value;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** All programs at one point, beginning with another one in every round. */
async function measurePoint(asked: Asked, point: Point, ready: readonly Program[], round: number): Promise<SweepRun[]> {
  const scenario = scenarioOf(point, asked.seconds);
  const here = ready.filter((program) => runsAt(program.name, point));
  const runs: SweepRun[] = [];
  say(pointName(point));
  for (let turn = 0; turn < here.length; turn++) {
    const program = here[(turn + round) % here.length]!;
    const plan = { program, scenario, variant: plain, seed: asked.seed + round, quick: true, checkout: root };
    try {
      const run = summarizeRun(program, scenario, plain, await runOnce(plan), round);
      runs.push(sweepRun(point, run));
      say(runLine(run));
    } catch (error) {
      say(`  ${program.name.padEnd(16)} FAILED: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
  return runs;
}

function write(asked: Asked, taken: readonly SweepRun[], command: string): void {
  const results: SweepResults = {
    machine: readMachine(),
    versions: readVersions(),
    commit: readCommit(),
    taken_at: new Date().toISOString(),
    command: asked.earlier?.command ?? command,
    seconds: asked.seconds,
    runs: [...(asked.earlier?.runs ?? []), ...taken],
  };
  for (const file of asked.files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  }
}

async function main(args: readonly string[]): Promise<void> {
  const asked = parsedOrEnd('meks bench sweep', () => parse(args));
  if (asked === null) {
    say(help);
    return;
  }
  const points = pointsOf(asked.axes);
  enoughFilesFor(Math.max(...points.map((point) => point.dashboards)));
  const ready = asked.programs.filter((program) => {
    const reason = program.missing();
    if (reason !== null) say(`  ${program.name.padEnd(16)} MISSING: ${reason}`);
    return reason === null;
  });
  const runs = points.flatMap((point) => ready.filter((program) => runsAt(program.name, point))).length * asked.rounds;
  const minutes = (runs * (asked.seconds * 1.2 + runOverheadSeconds)) / 60;
  say(`${points.length} loads, ${runs} runs, about ${Math.ceil(minutes)} minutes`);
  const taken: SweepRun[] = [];
  for (let round = 0; round < asked.rounds; round++) {
    for (const point of points) {
      const number = roundsAt([...(asked.earlier?.runs ?? []), ...taken], point);
      taken.push(...(await measurePoint(asked, point, ready, number)));
      write(asked, taken, ['npx meks bench sweep', ...args].join(' '));
    }
  }
  for (const file of asked.files) say(`written: ${file}`);
  if (asked.files.length === 0) say('kept nowhere: --record or --json FILE keeps results');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
