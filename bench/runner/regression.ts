import type { RunDetail } from './results.ts';
import { round } from './results.ts';
import { median, ratios } from './verdict.ts';

// The judging of bench/regression.ts: MEKS beside a reference in the same round, against the ratio that was kept. Made
// so that chance cannot fail it: whatever else the machine does hits one round or the other, and what counts is the
// best of them. Only what is worse in every single round is worse.

export const ratioFields = ['cpu_us_per_delivery', 'p50_ms', 'p999_ms'] as const;
export type Ratios = Readonly<Record<(typeof ratioFields)[number], number>>;

/** What bench/ratios.json keeps. */
export interface KeptRatios {
  readonly reference: string;
  readonly ratios: Ratios;
  readonly commit: string;
  readonly rounds: number;
}

/**
 * How many times what was kept is still taken for noise. Processor time hardly depends on what else runs; a middle
 * latency does, and the tail of a run of seconds is decided by a few moments.
 */
export const tolerance: Ratios = { cpu_us_per_delivery: 1.6, p50_ms: 4, p999_ms: 8 };

/** Fewer rounds than these never make a failure. */
export const roundsToFail = 3;

/**
 * An idle process that was kept waiting for longer than this, or a generator that was, makes a round a busy one. The
 * first tells of the machine; where it has real-time priority, only the second tells of other programs.
 */
const quietStallMsMax = 40;
const quietLateSendP99MsMax = 5;

/** Whether nothing else took the machine in this round, so that its ratios may be kept. */
export function isQuiet(runs: readonly RunDetail[]): boolean {
  return runs.every(
    ({ idle, generator }) =>
      Math.max(idle.maxMs, generator.hitchMaxMs) <= quietStallMsMax && generator.lateSendP99Ms <= quietLateSendP99MsMax,
  );
}

export interface Judgement {
  /** `unknown`: something was worse in every round so far, and there were too few of them. */
  readonly outcome: 'holds' | 'worse' | 'unknown';
  /** What there is to say about each figure, as it is printed. */
  readonly lines: readonly string[];
}

/** The ratios of a recording: of each field the median of its rounds. Throws where no round has both programs. */
export function ratiosOf(runs: readonly RunDetail[], reference: string): Ratios {
  const each = ratioFields.map((field): [string, number] => {
    const values = ratios(runs, 'meks', reference, field);
    if (values.length === 0) throw new Error(`no round has both meks and ${reference}`);
    return [field, round(median(values))];
  });
  return Object.fromEntries(each) as Ratios;
}

/** Judges the rounds that there are so far. */
export function judgeRegression(runs: readonly RunDetail[], kept: KeptRatios): Judgement {
  const meks = runs.filter((run) => run.program === 'meks').map((run) => run.result);
  const wrong = meks.reduce((sum, result) => sum + result.duplicated + result.disordered, 0);
  if (wrong > 0) return { outcome: 'worse', lines: [`duplicated or disordered: ${wrong} (never)`] };
  // What a crowded machine had not delivered when the run was over counts as lost there: another round tells.
  const lost = meks.map((result) => result.lost);
  if (lost.length > 0 && Math.min(...lost) > 0) {
    const outcome = lost.length < roundsToFail ? 'unknown' : 'worse';
    return { outcome, lines: [`WORSE  lost in every round: ${lost.join(', ')}`] };
  }
  let [worse, rounds] = [false, Infinity];
  const lines = ratioFields.map((field) => {
    const values = ratios(runs, 'meks', kept.reference, field);
    const limit = round(kept.ratios[field] * tolerance[field]);
    const holds = Math.min(...values) <= limit;
    worse ||= !holds;
    rounds = Math.min(rounds, values.length);
    return (
      `${(holds ? 'holds' : 'WORSE').padEnd(6)} ${field} beside ${kept.reference}: ${values.join(', ')} ` +
      `(${kept.ratios[field]} was kept, the best round may be ${limit})`
    );
  });
  if (!worse) return { outcome: 'holds', lines };
  return { outcome: rounds < roundsToFail ? 'unknown' : 'worse', lines };
}
