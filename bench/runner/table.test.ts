import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDetail } from './results.ts';
import type { Awake, RunDetail } from './results.ts';
import { awakeLines, runLine, tableLines } from './table.ts';

// A recorded run, three times, with what an idle witness of today adds to it.

const file = new URL('../results/canonical-quick.detail.json', import.meta.url);
const meks = parseDetail(readFileSync(file, 'utf8')).runs.find((run) => run.program === 'meks')!;
const recorded = [0, 1, 2].map((round) => without(meks, round));

function without(run: RunDetail, round: number): RunDetail {
  return { ...run, round, result: { ...run.result, p999_awake_ms: null }, awake: null, awake_unknown: 'no witness' };
}

function withAwake(run: RunDetail, p999Ms: number): RunDetail {
  const awake: Awake = {
    p50_ms: 1,
    p99_ms: 2,
    p999_ms: p999Ms,
    max_ms: 50,
    standstills: 2,
    left_out_share: 0.05,
  };
  return { ...run, result: { ...run.result, p999_awake_ms: p999Ms }, awake, awake_unknown: '' };
}

/** Cells of the table's only row by their titles. */
function cells(runs: readonly RunDetail[]): Record<string, string> {
  const [titles, values] = tableLines(runs).map((line) => line.trim().split(/ {2,}/));
  return Object.fromEntries(titles!.map((title, at) => [title, values![at]!]));
}

test('the table shows the median of the rounds that know the machine was running, and all standstills', () => {
  const runs = recorded.map((run, at) => (at === 1 ? run : withAwake(run, 7 + at)));
  const { program, 'awake p99.9': awake, standstills, 'p99.9': tail } = cells(runs);
  assert.deepEqual([program, awake, standstills], ['meks', '8.0', '4']);
  assert.equal(tail, cells(recorded)['p99.9'], 'the raw figure stays as it is');
  assert.deepEqual(awakeLines(runs), [
    'awake p99.9: without what was due while the whole machine stood still, or shortly before or after it ' +
      '(at most 5.0 % of the deliveries of a run); budgets are judged by p99.9',
    'no awake p99.9 of meks: no witness',
  ]);
});

test('where no round knows it there is a dash and the reason, once', () => {
  const { 'awake p99.9': awake, standstills } = cells(recorded);
  assert.deepEqual([awake, standstills], ['-', '-']);
  assert.deepEqual(awakeLines(recorded), ['no awake p99.9 of meks: no witness']);
});

test('the line of a run has the figure beside the raw one', () => {
  const tail = recorded[0]!.result.p999_ms.toFixed(1);
  assert.ok(runLine(withAwake(recorded[0]!, 7)).includes(`p99.9 ${tail}  awake p99.9 7.0 (2 standstills)  max `));
  assert.ok(runLine(recorded[0]!).includes(`p99.9 ${tail}  awake p99.9 -  max `));
});
