import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDetail } from '../runner/results.ts';
import type { Detail, RunDetail } from '../runner/results.ts';
import { summarySection } from './summary.ts';
import { generatorTable, mainTable } from './tables.ts';

const file = new URL('../results/canonical-quick.detail.json', import.meta.url);

/** As recorded before there was an idle witness that can be trusted: three times the first round. */
const older = ((): Detail => {
  const text = readFileSync(file, 'utf8');
  const witness = new Set(['awake', 'awake_unknown', 'p999_awake_ms']);
  const detail = JSON.parse(text, (key, value: unknown) => (witness.has(key) ? undefined : value)) as Detail;
  const first = detail.runs.filter((run) => run.round === 0);
  const runs = [0, 1, 2].flatMap((round) => first.map((run) => atRound(run, round)));
  return parseDetail(JSON.stringify({ ...detail, rounds: 3, runs }));
})();

/** The same, with a p99.9 of `of(run)` while the machine was running. */
function newer(of: (run: RunDetail) => number): Detail {
  const runs = older.runs.map((run) => {
    const awake = { p50_ms: 1, p99_ms: 2, p999_ms: of(run), max_ms: 50, standstills: 3, left_out_share: 0.071 };
    return { ...run, awake, awake_unknown: '', result: { ...run.result, p999_awake_ms: awake.p999_ms } };
  });
  return { ...older, runs };
}

function atRound(run: RunDetail, round: number): RunDetail {
  return { ...run, round };
}

/** Cells of the row of `first`, by the titles of the table that it is in. */
function cells(lines: readonly string[], first: string): Record<string, string> {
  const split = (line: string): string[] => line.split('|').map((cell) => cell.trim());
  const at = lines.findIndex((line) => line.startsWith(`| ${first} |`) || line.startsWith(`| [${first}]`));
  const header = lines.slice(0, at).findLastIndex((line) => line.startsWith('| ---')) - 1;
  const [titles, values] = [split(lines[header]!), split(lines[at]!)];
  assert.equal(values.length, titles.length);
  return Object.fromEntries(titles.map((title, index) => [title, values[index]!]));
}

test('a recording that does not know when the machine was running has dashes, and nothing about it in its verdicts', () => {
  assert.equal(cells(mainTable(older), '**meks**')['p99.9 awake'], '–');
  const { standstills, 'left out of p99.9 awake': left } = cells(generatorTable(older), 'meks');
  assert.deepEqual([standstills, left], ['–', '–']);
  const summary = cells(summarySection([older]), 'canonical-quick');
  assert.equal(summary['machine awake'], '–');
  assert.ok(!summary['budgets, by the median round']!.includes('awake'));
  assert.equal(older.runs[0]!.awake_unknown, 'recorded before it was measured');
});

test('one that knows shows it beside the raw figure, which stays and is what is judged', () => {
  const known = newer((run) => (run.program === 'meks' ? 9 + run.round : 8));
  const row = cells(mainTable(known), '**meks**');
  assert.equal(row['p99.9 awake'], '10.0 (9.0–11.0)');
  assert.equal(row['p99.9'], cells(mainTable(older), '**meks**')['p99.9']);
  const { standstills, 'left out of p99.9 awake': left } = cells(generatorTable(known), 'meks');
  assert.deepEqual([standstills, left], ['9', '7.1 %']);
  const [before, after] = [older, known].map((detail) => cells(summarySection([detail]), 'canonical-quick'));
  assert.equal(after!['machine awake'], '10.0 (9.0–11.0)');
  const budgets = after!['budgets, by the median round']!;
  assert.match(budgets, /floor \(C\), at most 1\.5: [\d.]+ \(machine awake: 1\.25, not judged\)/);
  const judged = budgets.replaceAll(/ \(machine awake: [\d.]+, not judged\)/g, '');
  assert.equal(judged, before!['budgets, by the median round']);
});
