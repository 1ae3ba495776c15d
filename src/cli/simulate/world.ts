import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { systemClock } from '../../base/clock.ts';
import { fileUnwritable, MeksError } from '../../protocol/errors.ts';
import {
  addReport,
  commandOf,
  emptySummary,
  type FaultName,
  faultNames,
  isFaultName,
  plants,
  shrink,
  simulate,
  type WorldReport,
  type WorldRequest,
  wholeWorld,
  worldHours,
  type WorldsSummary,
} from '../../simulator/simulator.ts';

// `meks simulate --seed N` and `--seeds A-B`: the broker in worlds out of seeds. Tells what they came to, and of one
// that failed how it came to it, with the command that plays it again.

export interface WorldFlags {
  readonly seed?: string;
  readonly seeds?: string;
  readonly hours?: string;
  readonly faults?: string;
  readonly rooms?: string;
  readonly dashboards?: string;
  readonly plant?: string;
  readonly shrink?: true;
  readonly json?: string;
}

/** A run of many seeds says how far it is every so many. */
const seedsPerLine = 250;
/** After so many failures a run of many seeds ends. */
const failuresMax = 10;

export async function simulateWorlds(flags: WorldFlags): Promise<void> {
  const [first, last] = parseSeeds(flags);
  const plant = parsePlant(flags.plant ?? '');
  const startMs = systemClock.nowMs();
  const summary = emptySummary();
  for (let seed = first; seed <= last; seed++) {
    const request = parseRequest(seed, flags);
    const report = await simulate(request, plant);
    addReport(summary, report);
    if (first === last) say(tell(report));
    if (report.failure !== null) await tellFailure(report, request, plant, flags.shrink === true);
    if (summary.failures.length >= failuresMax) break;
    if (first !== last && summary.worlds % seedsPerLine === 0) say(progress(summary, last - first + 1, startMs));
  }
  const tookMs = systemClock.nowMs() - startMs;
  if (first !== last) say(`\n${totals(summary, tookMs)}`);
  if (flags.json !== undefined) writeRecord(flags.json, summary, [first, last], flags, tookMs);
  if (summary.failures.length > 0) process.exitCode = 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function tell(report: WorldReport): string {
  const { seed, hash, simulatedMs, steps, events, faults } = report;
  const drawn = [...faults].map(([name, count]) => (count > 1 ? `${name} ${count}` : name));
  const what = drawn.length === 0 ? 'nothing goes wrong' : drawn.join(', ');
  return `seed ${seed}  ${Math.round(simulatedMs / 1_000)} s simulated, ${steps} steps, ${events} events, history ${hash}\n  ${what}`;
}

function progress(summary: WorldsSummary, worlds: number, startMs: number): string {
  const { worlds: done, failures, simulatedMs } = summary;
  return `${done} of ${worlds} seeds, ${failures.length} failures, ${rate(simulatedMs, systemClock.nowMs() - startMs)}`;
}

function rate(simulatedMs: number, tookMs: number): string {
  const perHour = Math.round(simulatedMs / tookMs);
  return `${(simulatedMs / 3_600_000).toFixed(1)} simulated hours, ${perHour.toLocaleString('en')} an hour`;
}

function totals(summary: WorldsSummary, tookMs: number): string {
  const { worlds, simulatedMs, steps, events, faults, failures } = summary;
  const lines = [...faults].map(([name, count]) => `  ${name.padEnd(24)} ${count.toLocaleString('en').padStart(9)}`);
  const head = `${worlds} seeds, ${failures.length} failures, ${rate(simulatedMs, tookMs)}`;
  return `${head}\n${steps.toLocaleString('en')} steps, ${events.toLocaleString('en')} events; faults:\n${lines.join('\n')}`;
}

async function tellFailure(report: WorldReport, request: WorldRequest, plant: string, wanted: boolean): Promise<void> {
  const { law, detail, atMs } = report.failure!;
  say(`\nseed ${report.seed} FAILED after ${(atMs / 1_000).toFixed(3)} s by the law \`${law}\`:\n  ${detail}\n`);
  for (const line of report.lines) say(`  ${line}`);
  say(`\ncommit ${commit()}\nagain:  ${commandOf(request, plant)}`);
  if (!wanted) return;
  const { request: smallest, report: shortest, tries } = await shrink(report, request, plant);
  say(`\nshrunk in ${tries} runs to ${(shortest.failure!.atMs / 1_000).toFixed(3)} s: ${shortest.failure!.detail}`);
  for (const line of shortest.lines) say(`  ${line}`);
  say(`\nsmallest:  ${commandOf(smallest, plant)}`);
}

function commit(): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'unknown';
}

/** What a run came to, to be kept: see docs/SIMULATION.md. */
function writeRecord(
  path: string,
  summary: WorldsSummary,
  seeds: readonly [number, number],
  flags: WorldFlags,
  tookMs: number,
): void {
  const { worlds, simulatedMs, steps, events, faults, failures } = summary;
  const record = {
    commit: commit(),
    node: process.version,
    seeds,
    worlds,
    hoursPerWorld: Number(flags.hours ?? worldHours),
    plant: flags.plant ?? null,
    simulatedHours: Math.round(simulatedMs / 36_000) / 100,
    simulatedHoursPerHour: Math.round(simulatedMs / tookMs),
    steps,
    events,
    faults: Object.fromEntries(faults),
    failures,
  };
  try {
    writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  } catch (error) {
    throw fileUnwritable(`--json ${path}`, error);
  }
}

function parseSeeds({ seed, seeds }: WorldFlags): readonly [number, number] {
  if (seeds === undefined) {
    if (seed === undefined) throw invalid('nothing to simulate: give --seed N, --seeds A-B or --webcast');
    const one = whole('--seed', seed, Number.MAX_SAFE_INTEGER);
    return [one, one];
  }
  const match = /^(\d+)-(\d+)$/.exec(seeds);
  if (match === null || Number(match[2]) < Number(match[1]))
    throw invalid(`--seeds ${JSON.stringify(seeds)}: give two seeds, as in 1-10000`);
  return [Number(match[1]), Number(match[2])];
}

function parseRequest(seed: number, flags: WorldFlags): WorldRequest {
  const hours = Number(flags.hours ?? worldHours);
  if (!(hours > 0 && hours <= 1_000)) throw invalid(`--hours ${JSON.stringify(flags.hours)}: give hours up to 1000`);
  return {
    ...wholeWorld(seed, hours),
    faults: parseFaults(flags.faults),
    roomsMax: flags.rooms === undefined ? null : whole('--rooms', flags.rooms, 100),
    dashboardsMax: flags.dashboards === undefined ? null : whole('--dashboards', flags.dashboards, 1_000),
  };
}

/** null: those that the seed draws. */
function parseFaults(text: string | undefined): readonly FaultName[] | null {
  if (text === undefined) return null;
  if (text === 'all') return faultNames;
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    if (isFaultName(name)) return name;
    throw invalid(`--faults ${JSON.stringify(name)}: give all, none, or some of ${faultNames.join(', ')}`);
  });
}

function parsePlant(name: string): string {
  if (name === '' || plants.some((plant) => plant.name === name)) return name;
  throw invalid(`--plant ${JSON.stringify(name)}: give one of ${plants.map((plant) => plant.name).join(', ')}`);
}

function whole(flag: string, text: string, max: number): number {
  if (/^[0-9]+$/.test(text) && Number(text) <= max) return Number(text);
  throw invalid(`${flag} ${JSON.stringify(text)}: give a whole number up to ${max}`);
}

function invalid(message: string): MeksError {
  return new MeksError('MEKS_OPTION_INVALID', message);
}
