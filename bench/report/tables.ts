import type { Detail, RunDetail, RunResult } from '../runner/results.ts';
import { standstills } from '../runner/table.ts';
import { median } from '../runner/verdict.ts';
import { programNames } from './plots.ts';

// The tables of a scenario in the report, a row for each program. What a recording does not know is a dash.

/** A row of a Markdown table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Median, and in brackets lowest and highest where they differ; a dash where no round knows. */
export function spread(runs: readonly RunDetail[], pick: (run: RunResult) => number | null, digits: number): string {
  const values = runs.flatMap((run) => pick(run.result) ?? []);
  if (values.length === 0) return '–';
  const middle = median(values).toFixed(digits);
  const [low, high] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)];
  return low === high ? middle : `${middle} (${low}–${high})`;
}

function sum(runs: readonly RunDetail[], pick: (run: RunResult) => number): string {
  return runs.reduce((total, run) => total + pick(run.result), 0).toLocaleString('en');
}

/** How each program did: medians of its rounds, and how far they spread. */
export function mainTable(detail: Detail): string[] {
  const lines = [
    row([
      'program',
      'p50 ms',
      'p90',
      'p99',
      'p99.9',
      'p99.9 awake',
      'p99.99',
      'max',
      'hitches',
      'longest GC ms',
      'CPU µs a delivery',
      'RSS MB',
    ]),
    row(['---', ...Array.from({ length: 11 }, () => '---:')]),
  ];
  for (const program of programNames(detail.runs)) {
    const runs = detail.runs.filter((run) => run.program === program);
    const gc = runs[0]!.tells_gc ? spread(runs, (run) => run.gc.max_ms, 1) : '–';
    lines.push(
      row([
        program === 'meks' ? `**${program}**` : program,
        spread(runs, (run) => run.p50_ms, 1),
        spread(runs, (run) => run.p90_ms, 1),
        spread(runs, (run) => run.p99_ms, 1),
        `**${spread(runs, (run) => run.p999_ms, 1)}**`,
        spread(runs, (run) => run.p999_awake_ms, 1),
        spread(runs, (run) => run.p9999_ms, 1),
        spread(runs, (run) => run.max_ms, 1),
        spread(runs, (run) => run.hitches, 0),
        gc,
        spread(runs, (run) => run.cpu_us_per_delivery, 2),
        spread(runs, (run) => run.rss_mb, 0),
      ]),
    );
  }
  return lines;
}

/** What became of the events, all rounds together. */
export function countTable(detail: Detail): string[] {
  const lines = [
    row([
      'program',
      'offered',
      'accepted',
      'deliveries',
      'lost',
      'duplicated',
      'disordered',
      'lagged',
      'snapshots',
      'closed by it',
    ]),
    row(['---', ...Array.from({ length: 9 }, () => '---:')]),
  ];
  for (const program of programNames(detail.runs)) {
    const runs = detail.runs.filter((run) => run.program === program);
    const codes = new Map<string, number>();
    for (const run of runs)
      for (const [code, count] of Object.entries(run.closes)) codes.set(code, (codes.get(code) ?? 0) + count);
    lines.push(
      row([
        program,
        sum(runs, (run) => run.offered),
        sum(runs, (run) => run.accepted),
        sum(runs, (run) => run.deliveries),
        sum(runs, (run) => run.lost),
        sum(runs, (run) => run.duplicated),
        sum(runs, (run) => run.disordered),
        sum(runs, (run) => run.lagged),
        sum(runs, (run) => run.snapshots),
        [...codes].map(([code, count]) => `${count} × ${code}`).join(', ') || '0',
      ]),
    );
  }
  return lines;
}

/** Whether a figure may be the generator's or the machine's own. */
export function generatorTable(detail: Detail): string[] {
  const lines = [
    row([
      'program',
      'reading loop busy',
      'sends late p99 ms',
      'worst',
      "generator's longest turn late ms",
      'its longest GC ms',
      'idle process, longest stall ms',
      'standstills',
      'left out of p99.9 awake',
    ]),
    row(['---', ...Array.from({ length: 8 }, () => '---:')]),
  ];
  for (const program of programNames(detail.runs)) {
    const runs = detail.runs.filter((run) => run.program === program);
    const worst = (pick: (run: RunDetail) => number): string => Math.max(...runs.map(pick)).toFixed(1);
    lines.push(
      row([
        program,
        `${Math.round(100 * median(runs.map((run) => run.generator.busy)))} %`,
        worst((run) => run.generator.lateSendP99Ms),
        worst((run) => run.generator.lateSendMaxMs),
        worst((run) => run.generator.hitchMaxMs),
        worst((run) => run.generator.gcMaxMs),
        worst((run) => run.idle.maxMs),
        ...standstillCells(runs),
      ]),
    );
  }
  return lines;
}

/** Standstills of the machine in all rounds, and the share of the deliveries that they touch. */
function standstillCells(runs: readonly RunDetail[]): [string, string] {
  const count = standstills(runs);
  if (count === null) return ['–', '–'];
  const shares = runs.flatMap((run) => run.awake?.left_out_share ?? []);
  return [count.toLocaleString('en'), `${(100 * median(shares)).toFixed(1)} %`];
}
