import type { RunDetail, RunResult } from './results.ts';
import { round } from './results.ts';
import { scenarios } from './scenarios.ts';

// The budgets, judged. Ratios are taken within a round, where both programs ran minutes apart at most on the same
// machine; the verdict is on the median round, and the spread is shown.

export interface Verdict {
  readonly sentence: string;
  /** Per round. */
  readonly values: readonly number[];
  readonly limit: number;
  /** What is held against the limit: the median round, or the worst. NaN = there is none. */
  readonly judged: number;
  /** null = cannot be judged: a program it needs did not run. */
  readonly holds: boolean | null;
  /** Per round that knows it: the same by the time in which the machine was running. Shown, and never judged. */
  readonly awake: readonly number[];
}

/** Something of p99.9, per round: by all that was measured, and by the time in which the machine was running. */
interface Tail {
  readonly raw: readonly number[];
  readonly awake: readonly number[];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function judge(scenario: string, runs: readonly RunDetail[]): Verdict[] {
  return [...promises(scenario, runs), ...budgets(scenario, runs)];
}

/** What every scenario is held to. */
function promises(scenario: string, runs: readonly RunDetail[]): Verdict[] {
  const meks = runs.filter((run) => run.program === 'meks').map((run) => run.result);
  if (scenario === 'saturation') {
    // Beyond what a program can take, much is still on its way when the run ends: that is no loss.
    const wrong = meks.map((run) => run.duplicated + run.disordered);
    return [worst('duplicated, disordered: all 0', wrong, 0)];
  }
  const wrong = meks.map((run) => run.lost + run.duplicated + run.disordered);
  const verdicts = [worst('lost, duplicated, disordered: all 0', wrong, 0)];
  // Where only MEKS has what the scenario is about, there is nothing to stand beside.
  if (scenarios.find((one) => one.name === scenario)?.peers === false) return verdicts;
  const beside = tailRatios(runs, 'meks', 'floor');
  return scenario.startsWith('dashboards-')
    ? [...verdicts, typicalTail('p99.9 against floor (C), no worse', beside, 1)]
    : [...verdicts, typicalTail('p99.9 against floor (C), at most 1.5', beside, 1.5)];
}

/** What this one is. */
function budgets(scenario: string, runs: readonly RunDetail[]): Verdict[] {
  const meks = runs.filter((run) => run.program === 'meks');
  const each = (value: (run: RunResult) => number): number[] => meks.map((run) => value(run.result));
  const tail: Tail = { raw: each((run) => run.p999_ms), awake: meks.flatMap((run) => run.result.p999_awake_ms ?? []) };
  const beside = (other: string): Tail => tailRatios(runs, 'meks', other);
  const noLog = (one: string): Tail => tailRatios(runs, one, 'meks (no log)');
  const pauses = each((run) => run.gc.max_ms);
  switch (scenario) {
    case 'canonical':
      return [
        typicalTail('p99.9 within a frame, ms', tail, 16.7),
        typicalTail('p99.9 against tokio, at most a quarter', beside('tokio'), 0.25),
        typical(
          'CPU per delivery against tokio, at most half',
          ratios(runs, 'meks', 'tokio', 'cpu_us_per_delivery'),
          0.5,
        ),
        worst('longest GC pause of the hot thread, ms', pauses, 2),
      ];
    case 'x10':
      return [typicalTail('p99.9, ms', tail, 25)];
    case 'dashboards-3000':
    case 'dashboards-10000': {
      const most = each((run) => run.p99_ms);
      return [typicalTail('p99.9, ms', tail, 100), typical('p99, ms', most, 250)];
    }
    case 'slow-mix':
      return [typicalTail('p99.9 against itself without slow dashboards', beside('meks (all good)'), 1.2)];
    case 'cpu-noise':
      return [typicalTail('p99.9 against tokio, at most a quarter', beside('tokio'), 0.25)];
    case 'cold-noise':
    case 'disk-noise':
      return [typicalTail('p99.9 against itself without the noise', beside('meks (quiet)'), 1.2)];
    case 'journal':
      return [
        typicalTail('p99.9 with the log against none', noLog('meks'), 1.2),
        typicalTail('p99.9 with the log on a busy disk against none', noLog('meks (busy disk)'), 1.2),
      ];
    case 'soak':
      return [worst('resident memory, last third against the one before', meks.flatMap(memoryGrowth), 1.1)];
    default:
      return [];
  }
}

/** Judged by the median round. */
function typical(sentence: string, values: readonly number[], limit: number): Verdict {
  return held(sentence, values, limit, median(values));
}

/** The same for a p99.9, which is judged by all that was measured, standstills of the machine included. */
function typicalTail(sentence: string, { raw, awake }: Tail, limit: number): Verdict {
  return { ...typical(sentence, raw, limit), awake };
}

/** Judged by the worst round: what must never happen. */
function worst(sentence: string, values: readonly number[], limit: number): Verdict {
  return held(sentence, values, limit, values.length === 0 ? NaN : Math.max(...values));
}

function held(sentence: string, values: readonly number[], limit: number, judged: number): Verdict {
  return { sentence, values, limit, judged, holds: values.length === 0 ? null : judged <= limit, awake: [] };
}

/** A program that has just started grows: only what goes on after this shows whether it stops. */
const growthAfterMs = 600_000;

/** Resident memory in the last third of a run beside that in the third before; nothing where the run was too short. */
function memoryGrowth(run: RunDetail): number[] {
  if ((run.memory.at(-1)?.[0] ?? 0) < growthAfterMs) return [];
  const third = Math.floor(run.memory.length / 3);
  const of = (from: number, to: number): number => median(run.memory.slice(from, to).map(([, mb]) => mb));
  return [round(of(-third, run.memory.length) / of(third, 2 * third))];
}

function tailRatios(runs: readonly RunDetail[], one: string, other: string): Tail {
  return { raw: ratios(runs, one, other, 'p999_ms'), awake: ratios(runs, one, other, 'p999_awake_ms') };
}

/** `one`'s figure divided by `other`'s in every round that has both. */
export function ratios(
  runs: readonly RunDetail[],
  one: string,
  other: string,
  field: 'p50_ms' | 'p999_ms' | 'p999_awake_ms' | 'cpu_us_per_delivery',
): number[] {
  const values: number[] = [];
  for (const run of runs) {
    if (run.program !== one) continue;
    const rival = runs.find((candidate) => candidate.round === run.round && candidate.program === other);
    const [own, its] = [run.result[field] ?? null, rival?.result[field] ?? null];
    if (own !== null && its !== null && its > 0) values.push(round(own / its));
  }
  return values;
}

/** What a verdict is by the time in which the machine was running, as a remark; '' where no round knows it. */
export function awakeRemark({ awake }: Verdict): string {
  return awake.length === 0 ? '' : `; machine awake: ${awake.join(', ')}, not judged`;
}

export function verdictLine(verdict: Verdict): string {
  const word = verdict.holds === null ? 'not judged' : verdict.holds ? 'holds' : 'MISSED';
  const values = verdict.values.length === 0 ? 'no run that would tell' : verdict.values.join(', ');
  return `${word.padEnd(10)} ${verdict.sentence}: ${values} (limit ${verdict.limit})${awakeRemark(verdict)}`;
}
