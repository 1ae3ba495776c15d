import type { Detail, RunDetail, RunResult } from '../runner/results.ts';
import { median } from '../runner/verdict.ts';

// The first table of the report and of the README: each program in the burst of a battle and in ten times that, from
// that recording of each in which most programs are compared, medians of their rounds. What was not recorded is a dash.

/** The recording of `scenario` with most programs, of these the newest; undefined when there is none. */
function widestOf(details: readonly Detail[], scenario: string): Detail | undefined {
  return details
    .filter((detail) => detail.scenario === scenario)
    .toSorted((a, b) => programsOf(b) - programsOf(a) || (a.taken_at < b.taken_at ? 1 : -1))[0];
}

function programsOf(detail: Detail): number {
  return new Set(detail.runs.map((run) => run.program)).size;
}

function runsOf(detail: Detail | undefined, program: string): readonly RunDetail[] {
  return detail?.runs.filter((run) => run.program === program) ?? [];
}

function cell(runs: readonly RunDetail[], pick: (result: RunResult) => number, digits: number): string {
  if (runs.length === 0) return '–';
  const value = median(runs.map((run) => pick(run.result)));
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function lost(runs: readonly RunDetail[]): string {
  if (runs.length === 0) return '–';
  const sum = (pick: (result: RunResult) => number): number => runs.reduce((all, run) => all + pick(run.result), 0);
  const share = sum((result) => result.lost) / sum((result) => result.deliveries + result.lost);
  return share === 0 ? '0' : `${(100 * share).toFixed(1)} %`;
}

/** What one program did under one load. */
function cells(runs: readonly RunDetail[]): string {
  const p50 = cell(runs, (result) => result.p50_ms, 1);
  const p999 = cell(runs, (result) => result.p999_ms, 1);
  return [p50, p999, lost(runs), cell(runs, (result) => result.cpu_us_per_delivery, 2)].join(' | ');
}

/** A recording as its file and its chapter are called: `canonical-quick`. */
export function nameOf(detail: Detail): string {
  return `${detail.scenario}${detail.quick ? '-quick' : ''}`;
}

/** ', all of it in 60 s' where the scenario was squeezed by hand; '' where it was not. */
export function squeezedOf(detail: Detail): string {
  const seconds = / --length (\d+)/.exec(detail.command)?.[1];
  return seconds === undefined ? '' : `, all of it in ${seconds} s`;
}

/** Of which recording a column is. */
function sourceOf(detail: Detail): string {
  const rounds = detail.rounds === 1 ? '1 round' : `${detail.rounds} rounds`;
  return `${nameOf(detail)}: ${rounds}, ${detail.taken_at.slice(0, 10)}, commit \`${detail.commit.slice(0, 7)}\``;
}

/** Lines of Markdown, the quickest program of the burst first; none without a recorded burst. */
export function burstTable(details: readonly Detail[]): string[] {
  const burst = widestOf(details, 'canonical');
  const tenfold = widestOf(details, 'x10');
  if (burst === undefined) return [];
  const names = new Set([...burst.runs, ...(tenfold?.runs ?? [])].map((run) => run.program));
  const tail = (program: string): number => {
    const runs = runsOf(burst, program);
    return runs.length === 0 ? Number.POSITIVE_INFINITY : median(runs.map((run) => run.result.p999_ms));
  };
  const rows = [...names]
    .toSorted((a, b) => tail(a) - tail(b))
    .map((program) => {
      const name = program === 'meks' ? '**meks**' : program;
      return `| ${name} | ${cells(runsOf(burst, program))} | ${cells(runsOf(tenfold, program))} |`;
    });
  const { cpu, cores } = burst.machine;
  return [
    `To ${burst.dashboards} dashboards, on ${cores} cores (${cpu}) that also carry the load; ms, medians of the rounds:`,
    '',
    '| program | 500/s: p50 | p99.9 | lost | CPU µs a delivery | 5,000/s: p50 | p99.9 | lost | CPU µs a delivery |',
    `| --- |${' ---: |'.repeat(8)}`,
    ...rows,
    '',
    `(${[burst, tenfold].flatMap((detail) => (detail === undefined ? [] : [sourceOf(detail)])).join('; ')}.)`,
  ];
}
