import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readCommit, readMachine, readVersions } from './runner/machine.ts';
import { enoughFilesFor } from './runner/processes.ts';
import { programs, programsNamed, root } from './runner/programs.ts';
import type { Program } from './runner/programs.ts';
import type { Detail, Results, RunDetail } from './runner/results.ts';
import { parseDetail, round } from './runner/results.ts';
import { runOnce } from './runner/run.ts';
import { chooseScenario, scenarios } from './runner/scenarios.ts';
import type { Scenario } from './runner/scenarios.ts';
import { summarizeRun } from './runner/summarize.ts';
import { awakeLines, runLine, tableLines } from './runner/table.ts';
import { tlsProxyMissing } from './runner/tls-proxy.ts';
import { parsedOrEnd } from './runner/usage.ts';
import { judge, verdictLine } from './runner/verdict.ts';

// `meks bench SCENARIO`: MEKS and its peers under one schedule, in rounds. A round runs every program once,
// in an order that turns from round to round, so that whatever the machine does hits all of them alike.

const help = `
  meks bench [scenario] [options]        (default: canonical)

  --quick            the same load for less time: 30 s a run
  --peers a,b        peers beside MEKS, built first where that is possible (default: all that are installed;
                     "none": MEKS alone)
  --runs N           rounds (default 1)
  --json FILE        results as JSON, and FILE.detail.json with histograms, hitches and pauses
  --record           keep the results under bench/results/
  --append           add rounds to those recorded at this commit, instead of replacing them
  --check            exit with 1 when a budget is missed
  --no-meks          peers only
  --checkout DIR     run the MEKS of another checkout
  --seed N           seed of the schedule (default 1)
  --dashboards N     another number of dashboards
  --rate N           other events per second in the burst
  --seconds N        another length of the burst
  --length N         all phases together squeezed into N seconds

  Others             each has a --help of its own
  meks bench sweep        how cost grows with dashboards, events and rooms
  meks bench regression   has MEKS become slower beside a peer than it was?
  meks bench report       docs/BENCHMARKS.md and its plots, out of what was recorded

  Scenarios
${scenarios.map((one) => `  ${one.name.padEnd(18)} ${one.what}`).join('\n')}

  Programs
${programs.map((one) => `  ${one.name.padEnd(18)} ${one.what}`).join('\n')}
`;

/** Starting, connecting, draining and ending a program: for the estimate that is printed. */
const runOverheadSeconds = 4;

/** Scripts beside this one that `meks bench NAME` runs. */
const others = ['sweep', 'regression', 'report', 'past', 'boards'] as const;

interface Asked {
  readonly scenario: Scenario;
  readonly programs: readonly Program[];
  readonly missing: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly seed: number;
  readonly quick: boolean;
  readonly json: string | null;
  readonly record: boolean;
  /** Rounds that were recorded before and are kept; null = this is a recording of its own. */
  readonly earlier: Detail | null;
  readonly check: boolean;
  readonly checkout: string;
}

function parse(): Asked | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      peers: { type: 'string' },
      runs: { type: 'string', default: '1' },
      json: { type: 'string' },
      record: { type: 'boolean', default: false },
      append: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      meks: { type: 'boolean', default: true },
      checkout: { type: 'string', default: root },
      seed: { type: 'string', default: '1' },
      dashboards: { type: 'string' },
      rate: { type: 'string' },
      seconds: { type: 'string' },
      length: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const scenario = chooseScenario(positionals[0] ?? 'canonical', {
    quick: values.quick,
    dashboards: optionalNumber('--dashboards', values.dashboards),
    rate: optionalNumber('--rate', values.rate),
    seconds: optionalNumber('--seconds', values.seconds),
    length: optionalNumber('--length', values.length),
  });
  const { chosen, missing } = choosePrograms(scenario, values.peers, values.meks);
  return {
    scenario,
    programs: chosen,
    missing,
    rounds: Math.ceil(optionalNumber('--runs', values.runs) ?? 1),
    seed: optionalNumber('--seed', values.seed) ?? 1,
    quick: values.quick,
    json: values.json ?? null,
    record: values.record || values.append,
    earlier: values.append ? readEarlier(recordOf(scenario.name, values.quick)) : null,
    check: values.check,
    checkout: resolve(values.checkout),
  };
}

/** Where a scenario's results are kept. */
function recordOf(name: string, quick: boolean): string {
  return join(fileURLToPath(new URL('.', import.meta.url)), 'results', `${name}${quick ? '-quick' : ''}.json`);
}

/** What was recorded at this very commit; anything else is no part of the same recording. */
function readEarlier(file: string): Detail | null {
  const detailFile = file.replace(/\.json$/, '.detail.json');
  if (!existsSync(detailFile)) return null;
  const earlier = parseDetail(readFileSync(detailFile, 'utf8'));
  if (earlier.commit !== readCommit()) throw new Error(`${detailFile} is of commit ${earlier.commit}: record it anew`);
  return earlier;
}

function optionalNumber(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${flag} ${JSON.stringify(text)}: give a number above 0`);
  return value;
}

function choosePrograms(
  scenario: Scenario,
  peers: string | undefined,
  withMeks: boolean,
): { chosen: Program[]; missing: Record<string, string> } {
  const names = peers === 'none' || (!scenario.peers && peers === undefined) ? [] : (peers?.split(',') ?? null);
  if (names !== null) build(programsNamed(names));
  const asked = programs.filter((one) =>
    one.name === 'meks' ? withMeks : (names?.includes(one.name) ?? one.onRequest !== true),
  );
  const missing: Record<string, string> = {};
  for (const one of asked) {
    const reason = one.missing() ?? (scenario.tls ? tlsProxyMissing() : null);
    if (reason !== null) missing[one.name] = reason;
  }
  return { chosen: asked.filter((one) => !(one.name in missing)), missing };
}

/** Builds those that were asked for by name and are not built yet; what cannot be built stays missing. */
function build(asked: readonly Program[]): void {
  const names = asked.filter((one) => one.installable === true && one.missing() !== null).map((one) => one.name);
  if (names.length === 0) return;
  say(`building ${names.join(', ')}`);
  spawnSync(process.execPath, [join(root, 'bench', 'peers', 'install.ts'), ...names], { stdio: 'inherit' });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** All rounds. What is done is written after each of them: a run of an hour may be stopped. */
async function runAll(asked: Asked): Promise<RunDetail[]> {
  const { scenario } = asked;
  const pairs = asked.programs.flatMap((program) => scenario.variants.map((variant) => ({ program, variant })));
  const seconds = scenario.phases.reduce((sum, phase) => sum + phase.seconds, 0) + runOverheadSeconds;
  const minutes = (asked.rounds * pairs.length * seconds) / 60;
  say(`${asked.rounds * pairs.length} runs of ${Math.ceil(seconds)} s, about ${minutes.toFixed(1)} minutes`);
  const runs: RunDetail[] = [];
  for (let roundIndex = 0; roundIndex < asked.rounds; roundIndex++) {
    say(`round ${roundIndex + 1} of ${asked.rounds}`);
    for (let turn = 0; turn < pairs.length; turn++) {
      const { program, variant } = pairs[(turn + roundIndex) % pairs.length]!;
      const round = (asked.earlier?.rounds ?? 0) + roundIndex;
      try {
        const raw = await runOnce({ ...asked, program, variant, seed: asked.seed + round });
        const run = summarizeRun(program, scenario, variant, raw, round);
        runs.push(run);
        say(runLine(run));
      } catch (error) {
        say(`  ${program.name.padEnd(16)} FAILED: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
      }
    }
    write(asked, runs, roundIndex + 1);
  }
  return runs;
}

/** `taken` are the runs of `rounds` new rounds. */
function write(asked: Asked, taken: readonly RunDetail[], rounds: number): void {
  const runs = [...(asked.earlier?.runs ?? []), ...taken];
  const common = {
    machine: readMachine(),
    versions: readVersions(),
    commit: readCommit(),
    scenario: asked.scenario.name,
    baseline_hitch_ms: round(Math.max(0, ...runs.map((run) => run.idle.maxMs))),
  };
  const results: Results = { ...common, runs: runs.map((run) => run.result) };
  const detail: Detail = {
    ...common,
    taken_at: new Date().toISOString(),
    // Rounds may be taken one at a time, by the same command each time.
    command: asked.earlier?.command ?? `npx meks bench ${process.argv.slice(2).join(' ')}`,
    quick: asked.quick,
    seed: asked.seed,
    dashboards: asked.scenario.dashboards,
    rounds: (asked.earlier?.rounds ?? 0) + rounds,
    missing: asked.missing,
    runs,
  };
  for (const file of filesOf(asked)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
    writeFileSync(file.replace(/(\.json)?$/, '.detail.json'), `${JSON.stringify(detail)}\n`);
  }
}

function filesOf(asked: Asked): string[] {
  const files = asked.json === null ? [] : [asked.json];
  return asked.record ? [...files, recordOf(asked.scenario.name, asked.quick)] : files;
}

async function main(): Promise<void> {
  const other = others.find((name) => name === process.argv[2]);
  if (other !== undefined) {
    process.argv.splice(2, 1);
    await import(`./${other}.ts`);
    return;
  }
  const asked = parsedOrEnd('meks bench', parse);
  if (asked === null) {
    say(help);
    return;
  }
  const { scenario } = asked;
  const machine = readMachine();
  say(`${scenario.name}: ${scenario.what}${asked.quick ? ' (quick)' : ''}`);
  say(
    `${machine.cpu}, ${machine.cores} cores shared by program and generator, not pinned; ${machine.os}, Linux ${machine.kernel}`,
  );
  enoughFilesFor(scenario.dashboards);
  for (const [name, reason] of Object.entries(asked.missing)) say(`  ${name.padEnd(16)} MISSING: ${reason}`);
  const runs = await runAll(asked);
  say('');
  for (const line of tableLines(runs)) say(line);
  say(
    `\nmilliseconds from intended send to last byte read, median of ${asked.rounds}; longest stall of an idle process ${Math.max(0, ...runs.map((run) => run.idle.maxMs)).toFixed(1)} ms`,
  );
  for (const line of awakeLines(runs)) say(line);
  say('peers are given ready payloads; MEKS decodes, deduplicates, ranks and logs\n');
  const verdicts = runs.some((run) => run.program === 'meks') ? judge(scenario.name, runs) : [];
  for (const verdict of verdicts) say(verdictLine(verdict));
  for (const file of filesOf(asked)) say(`written: ${file}`);
  if (asked.check && verdicts.some((verdict) => verdict.holds === false)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
