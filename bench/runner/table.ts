import type { RunDetail, RunResult } from './results.ts';
import { median } from './verdict.ts';

// Tables for the terminal: a row per program, the median of its rounds, and the spread of what decides.

interface Column {
  readonly title: string;
  readonly text: (runs: readonly RunDetail[]) => string;
}

function figure(pick: (run: RunResult) => number, digits: number): Column['text'] {
  return (runs) => median(runs.map((run) => pick(run.result))).toFixed(digits);
}

function total(pick: (run: RunResult) => number): Column['text'] {
  return (runs) => String(runs.reduce((sum, run) => sum + pick(run.result), 0));
}

/** p99.9 of the time in which the machine was running: the median of the rounds that know it; null = none does. */
function awakeTail(runs: readonly RunDetail[]): number | null {
  const values = runs.flatMap((run) => run.result.p999_awake_ms ?? []);
  return values.length === 0 ? null : median(values);
}

/** Standstills of the machine in all rounds that know of them; null = none does. */
export function standstills(runs: readonly RunDetail[]): number | null {
  const counts = runs.flatMap((run) => run.awake?.standstills ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

const columns: readonly Column[] = [
  { title: 'program', text: (runs) => runs[0]!.program },
  { title: 'p50', text: figure((run) => run.p50_ms, 1) },
  { title: 'p90', text: figure((run) => run.p90_ms, 1) },
  { title: 'p99', text: figure((run) => run.p99_ms, 1) },
  { title: 'p99.9', text: figure((run) => run.p999_ms, 1) },
  {
    title: 'p99.9 spread',
    text: (runs) => {
      const values = runs.map((run) => run.result.p999_ms);
      return runs.length === 1 ? '' : `${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)}`;
    },
  },
  { title: 'awake p99.9', text: (runs) => awakeTail(runs)?.toFixed(1) ?? '-' },
  { title: 'standstills', text: (runs) => String(standstills(runs) ?? '-') },
  { title: 'max', text: figure((run) => run.max_ms, 1) },
  { title: 'lost', text: total((run) => run.lost) },
  { title: 'dup', text: total((run) => run.duplicated) },
  { title: 'dis', text: total((run) => run.disordered) },
  { title: 'hitches', text: figure((run) => run.hitches, 0) },
  {
    title: 'gc max',
    text: (runs) => (runs[0]!.tells_gc ? Math.max(...runs.map((run) => run.result.gc.max_ms)).toFixed(1) : '-'),
  },
  { title: 'cpu us/dlv', text: figure((run) => run.cpu_us_per_delivery, 2) },
  { title: 'rss MB', text: figure((run) => run.rss_mb, 0) },
  { title: 'gen busy', text: figure((run) => run.generator_busy, 2) },
];

/** Lines of the table: programs in the order of their first run. */
export function tableLines(runs: readonly RunDetail[]): string[] {
  const names = [...new Set(runs.map((run) => run.program))];
  const rows = names.map((name) => {
    const own = runs.filter((run) => run.program === name);
    return columns.map((column) => column.text(own));
  });
  const cells = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
  return cells.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  '),
  );
}

/** What is to be said of the awake column under the table: what it is, or why a program has none. */
export function awakeLines(runs: readonly RunDetail[]): string[] {
  const unknown = new Set(
    runs.filter((run) => run.awake === null).map((run) => `${run.program}: ${run.awake_unknown}`),
  );
  const shares = runs.flatMap((run) => run.awake?.left_out_share ?? []);
  return [
    ...(shares.length === 0
      ? []
      : [
          'awake p99.9: without what was due while the whole machine stood still, or shortly before or after it ' +
            `(at most ${(100 * Math.max(...shares)).toFixed(1)} % of the deliveries of a run); budgets are judged by p99.9`,
        ]),
    ...[...unknown].map((line) => `no awake p99.9 of ${line}`),
  ];
}

/** One line as soon as a run is over. */
export function runLine(run: RunDetail): string {
  const { result, generator, awake } = run;
  const tail =
    awake === null
      ? '-'
      : `${awake.p999_ms.toFixed(1)} (${awake.standstills} standstill${awake.standstills === 1 ? '' : 's'})`;
  return (
    `  ${run.program.padEnd(16)} p50 ${result.p50_ms.toFixed(1)}  p99 ${result.p99_ms.toFixed(1)}  p99.9 ${result.p999_ms.toFixed(1)}  ` +
    `awake p99.9 ${tail}  max ${result.max_ms.toFixed(1)} ms  lost ${result.lost}  ${result.cpu_us_per_delivery.toFixed(2)} us/delivery  ` +
    `idle ${run.idle.maxMs.toFixed(1)} ms  sends late ${generator.lateSendP99Ms.toFixed(1)}/${generator.lateSendMaxMs.toFixed(1)} ms  ` +
    `generator ${(100 * generator.busy).toFixed(0)} %`
  );
}
