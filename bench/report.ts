import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boardSection } from './report/boards.ts';
import { burstTable, squeezedOf } from './report/burst-table.ts';
import { sweepSection } from './report/sweep.ts';
import { costPlot, medianRun, percentilePlot, saturationPlot, timePlot } from './report/plots.ts';
import { pastSection } from './report/past.ts';
import { commandOf, summarySection } from './report/summary.ts';
import { countTable, generatorTable, mainTable, row } from './report/tables.ts';
import { programs } from './runner/programs.ts';
import type { Detail } from './runner/results.ts';
import { parseDetail } from './runner/results.ts';
import { scenarios } from './runner/scenarios.ts';
import { judge, verdictLine } from './runner/verdict.ts';

// `meks bench report`: docs/BENCHMARKS.md and its plots out of bench/results/*.detail.json, and the README's figures
// where it has a place for them. Nothing in those pages is typed by hand; run it again and they are the same.

const bench = fileURLToPath(new URL('.', import.meta.url));
const results = join(bench, 'results');
const docs = join(bench, '..', 'docs');
const plots = join(docs, 'benchmarks');

/** Every file that is made, with its text: written at the end, or with `--check` held against what is there. */
const made = new Map<string, string>();

function draw(name: string, svg: string): void {
  made.set(join(plots, `${name}.svg`), svg);
}

function readDetails(): Detail[] {
  if (!existsSync(results)) return [];
  const order = scenarios.map((scenario) => scenario.name);
  return readdirSync(results)
    .filter((name) => name.endsWith('.detail.json'))
    .map((name) => parseDetail(readFileSync(join(results, name), 'utf8')))
    .sort((a, b) => order.indexOf(a.scenario) - order.indexOf(b.scenario) || Number(a.quick) - Number(b.quick));
}

/** The hitches of MEKS's median round, each with what else went on. */
function hitchList(detail: Detail): string[] {
  const run = medianRun(detail.runs.filter((one) => one.program === 'meks'));
  if (run === null || run.hitches.length === 0) return [];
  const listed = run.hitches.slice(0, 20);
  return [
    `Hitches of meks in its median round (${run.hitches.length}):`,
    '',
    ...listed.map(
      ([at, worst, cause]) =>
        `- at ${(at / 1_000).toFixed(2)} s, ${worst.toFixed(1)} ms: ${cause === '' ? 'nothing else was seen' : cause}`,
    ),
    '',
  ];
}

function section(detail: Detail): string[] {
  const scenario = scenarios.find((one) => one.name === detail.scenario);
  const name = `${detail.scenario}${detail.quick ? '-quick' : ''}`;
  draw(`${name}-percentiles`, percentilePlot(detail));
  draw(`${name}-time`, timePlot(detail));
  const climbs = detail.runs.some((run) => run.phases.some((phase) => phase.name === 'step'));
  if (climbs) draw(`${name}-rates`, saturationPlot(detail));
  const missing = Object.entries(detail.missing).map(([program, reason]) => `- ${program}: missing (${reason})`);
  return [
    `## ${name}`,
    '',
    `${scenario?.what ?? ''}${squeezedOf(detail)}. ${detail.rounds} round${detail.rounds === 1 ? '' : 's'}, ${detail.dashboards.toLocaleString('en')} dashboards, seed ${detail.seed}, taken ${detail.taken_at.slice(0, 10)} at commit ${detail.commit || 'unknown'}.`,
    '',
    '```',
    commandOf(detail),
    '```',
    '',
    ...mainTable(detail),
    '',
    'Median of the rounds, and in brackets the lowest and the highest.',
    '',
    ...(detail.runs.some((run) => run.program === 'meks')
      ? ['```', ...judge(detail.scenario, detail.runs).map(verdictLine), '```', '']
      : []),
    `![latency by percentile](benchmarks/${name}-percentiles.svg)`,
    '',
    `![latency over time](benchmarks/${name}-time.svg)`,
    '',
    ...(climbs ? [`![p99.9 at each rate](benchmarks/${name}-rates.svg)`, ''] : []),
    ...hitchList(detail),
    '<details><summary>What was counted, and what the generator says of itself</summary>',
    '',
    ...countTable(detail),
    '',
    ...generatorTable(detail),
    '',
    ...missing,
    '',
    '</details>',
    '',
  ];
}

function costSection(details: readonly Detail[]): string[] {
  const scaling = details
    .filter((detail) => detail.scenario === 'canonical' || detail.scenario.startsWith('dashboards-'))
    .filter((detail) => !detail.quick);
  if (new Set(scaling.map((detail) => detail.dashboards)).size < 2) return [];
  draw('cost', costPlot(scaling, 'cpu_us_per_delivery', 'What a delivery costs', 'µs'));
  draw('tail', costPlot(scaling, 'p999_ms', 'p99.9 as dashboards grow', 'ms'));
  return [
    '## Cost against dashboards',
    '',
    '![CPU per delivery](benchmarks/cost.svg)',
    '',
    '![p99.9](benchmarks/tail.svg)',
    '',
  ];
}

function page(details: readonly Detail[]): string {
  const latest = details.toSorted((a, b) => b.taken_at.localeCompare(a.taken_at))[0]!;
  const { machine, versions } = latest;
  const lines = [
    '# Benchmarks',
    '',
    '<!-- Generated by `npx meks bench report` from bench/results/. Do not edit. -->',
    '',
    ...summarySection(details),
    '## How it was measured',
    '',
    'Latency is from the moment at which an event was *meant* to be sent upstream to the read of its last byte at a',
    'dashboard, on one monotonic clock, in an open loop: what a program delays, it also has to answer for. Every dashboard',
    'counts what it lost, got twice or out of order. Percentiles come from full histograms; the files in `bench/results/` hold',
    'them in HdrHistogram form. More, and by what it is measured: [bench/README.md](../bench/README.md).',
    '',
    'The host of a virtual machine may freeze all of it for tens of milliseconds, and then p99.9 of a short run shows the host.',
    '*p99.9 awake* is that of the time in which the machine was running: without what was due while an idle process of',
    'real-time priority, which no program can hold up, stood still, or shortly before or after. It is there to tell the program',
    'from its host. Budgets are judged by the raw figure alone. A dash: the recording does not know.',
    '',
    'Peers are handed ready event payloads and only pass them on. MEKS gets TikTok Webcast bytes: it gunzips and decodes them,',
    'deduplicates, counts streaks, ranks, logs to disk and keeps metrics. The comparison is in the favour of the peers.',
    '',
    row([
      'machine',
      `${machine.cpu}, ${machine.cores} cores shared by program and generator, not pinned; ${machine.memory_gb} GB; ${machine.os}, Linux ${machine.kernel}`,
    ]),
    row(['---', '---']),
    ...Object.entries(versions).map(([name, version]) => row([name, version])),
    '',
    row(['program', 'what it is']),
    row(['---', '---']),
    ...programs.map((program) => row([program.name, program.what])),
    '',
    ...details.flatMap(section),
    ...costSection(details),
    ...sweepSection(join(results, 'sweep.json'), draw),
    ...pastSection(join(results, 'past.json')),
    ...boardSection(join(results, 'boards.json')),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Puts the table of the burst between the README's markers, where it has them. */
function updateReadme(details: readonly Detail[]): void {
  const table = burstTable(details);
  const file = join(bench, '..', 'README.md');
  if (table.length === 0 || !existsSync(file)) return;
  const text = readFileSync(file, 'utf8');
  const [begin, end] = ['<!-- benchmark:begin -->', '<!-- benchmark:end -->'];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return;
  made.set(file, `${text.slice(0, from + begin.length)}\n\n${table.join('\n')}\n\n${text.slice(to)}`);
}

const details = readDetails();
if (details.length === 0) {
  process.stderr.write('no results under bench/results/: take some with node bench/bench.ts canonical --record\n');
  process.exit(1);
}
made.set(join(docs, 'BENCHMARKS.md'), page(details));
updateReadme(details);
if (process.argv.includes('--check')) {
  const stale = [...made].filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text);
  for (const [file] of stale) process.stderr.write(`${file} is not what bench/results/ gives: npx meks bench report\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  mkdirSync(plots, { recursive: true });
  for (const [file, text] of made) writeFileSync(file, text);
  process.stdout.write(`docs/BENCHMARKS.md: ${details.length} scenario${details.length === 1 ? '' : 's'}\n`);
}
