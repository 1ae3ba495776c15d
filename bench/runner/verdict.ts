import type { RunDetail, RunResult } from './results.ts';
import { round } from './results.ts';

// The budgets, judged. Ratios are taken within a round, where both programs ran minutes apart at most on the same
// machine; the verdict is on the median round, and the spread is shown.

export interface Verdict {
  readonly sentence: string;
  /** Per round. */
  readonly values: readonly number[];
  readonly limit: number;
  /** null = cannot be judged: a program it needs did not run. */
  readonly holds: boolean | null;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function judge(scenario: string, runs: readonly RunDetail[]): Verdict[] {
  const meks = runs.filter((run) => run.program === 'meks').map((run) => run.result);
  const ratio = (other: string, field: 'p999_ms' | 'cpu_us_per_delivery'): number[] =>
    ratios(runs, 'meks', other, field);
  const each = (value: (run: RunResult) => number): number[] => meks.map(value);
  const verdicts = [
    worst(
      'lost, duplicated, disordered: all 0',
      each((run) => run.lost + run.duplicated + run.disordered),
      0,
    ),
    typical('p99.9 against floor (C), at most 1.5', ratio('floor', 'p999_ms'), 1.5),
  ];
  if (scenario === 'canonical') {
    verdicts.push(
      typical(
        'p99.9 within a frame, ms',
        each((run) => run.p999_ms),
        16.7,
      ),
      typical('p99.9 against tokio, at most a quarter', ratio('tokio', 'p999_ms'), 0.25),
      typical('CPU per delivery against tokio, at most half', ratio('tokio', 'cpu_us_per_delivery'), 0.5),
      worst(
        'longest GC pause of the hot thread, ms',
        each((run) => run.gc.max_ms),
        2,
      ),
    );
  }
  if (scenario === 'x10')
    verdicts.push(
      typical(
        'p99.9, ms',
        each((run) => run.p999_ms),
        25,
      ),
    );
  if (scenario.startsWith('dashboards-')) {
    verdicts[1] = typical('p99.9 against floor (C), no worse', ratio('floor', 'p999_ms'), 1);
    verdicts.push(
      typical(
        'p99.9, ms',
        each((run) => run.p999_ms),
        100,
      ),
      typical(
        'p99, ms',
        each((run) => run.p99_ms),
        250,
      ),
    );
  }
  if (scenario === 'slow-mix') {
    verdicts.push(typical('p99.9 against itself without slow dashboards', ratio('meks (all good)', 'p999_ms'), 1.2));
  }
  if (scenario === 'cpu-noise') {
    verdicts.push(typical('p99.9 against tokio, at most a quarter', ratio('tokio', 'p999_ms'), 0.25));
  }
  if (scenario === 'cold-noise' || scenario === 'disk-noise') {
    verdicts.push(typical('p99.9 against itself without the noise', ratio('meks (quiet)', 'p999_ms'), 1.2));
  }
  if (scenario === 'journal') {
    const beside = (one: string): number[] => ratios(runs, one, 'meks (no log)', 'p999_ms');
    verdicts.push(
      typical('p99.9 with the log against none', beside('meks'), 1.2),
      typical('p99.9 with the log on a busy disk against none', beside('meks (busy disk)'), 1.2),
    );
  }
  return verdicts;
}

/** Judged by the median round. */
function typical(sentence: string, values: readonly number[], limit: number): Verdict {
  return { sentence, values, limit, holds: values.length === 0 ? null : median(values) <= limit };
}

/** Judged by the worst round: what must never happen. */
function worst(sentence: string, values: readonly number[], limit: number): Verdict {
  return { sentence, values, limit, holds: values.length === 0 ? null : Math.max(...values) <= limit };
}

/** `one`'s figure divided by `other`'s in every round that has both. */
export function ratios(
  runs: readonly RunDetail[],
  one: string,
  other: string,
  field: 'p999_ms' | 'cpu_us_per_delivery',
): number[] {
  const values: number[] = [];
  for (const run of runs) {
    if (run.program !== one) continue;
    const rival = runs.find((candidate) => candidate.round === run.round && candidate.program === other);
    if (rival !== undefined && rival.result[field] > 0) values.push(round(run.result[field] / rival.result[field]));
  }
  return values;
}

export function verdictLine(verdict: Verdict): string {
  const word = verdict.holds === null ? 'not judged' : verdict.holds ? 'holds' : 'MISSED';
  const values = verdict.values.length === 0 ? 'a program it needs did not run' : verdict.values.join(', ');
  return `${word.padEnd(10)} ${verdict.sentence}: ${values} (limit ${verdict.limit})`;
}
