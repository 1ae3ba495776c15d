import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isQuiet, judgeRegression, ratioFields, ratiosOf, roundsToFail, tolerance } from './regression.ts';
import type { KeptRatios } from './regression.ts';
import { parseDetail } from './results.ts';
import type { RunDetail, RunResult } from './results.ts';

const recorded = parseDetail(readFileSync(new URL('../results/canonical-quick.detail.json', import.meta.url), 'utf8'));
const kept: KeptRatios = { reference: 'floor', ratios: ratiosOf(recorded.runs, 'floor'), commit: '', rounds: 3 };

/** The recorded runs, with MEKS's figures changed in the rounds that are asked for. */
function planted(change: (result: RunResult) => Partial<RunResult>, inRound: (round: number) => boolean): RunDetail[] {
  return recorded.runs.map((run) =>
    run.program === 'meks' && inRound(run.round) ? { ...run, result: { ...run.result, ...change(run.result) } } : run,
  );
}

test('what was recorded holds against its own ratios', () => {
  const { outcome, lines } = judgeRegression(recorded.runs, kept);
  assert.equal(outcome, 'holds', lines.join('\n'));
  assert.equal(lines.length, ratioFields.length);
});

test('each figure that is clearly worse in every round is found, and named', () => {
  for (const field of ratioFields) {
    const worst = Math.max(...recorded.runs.filter((run) => run.program === 'meks').map((run) => run.result[field]));
    const runs = planted(
      () => ({ [field]: 30 * worst * tolerance[field] }),
      () => true,
    );
    const { outcome, lines } = judgeRegression(runs, kept);
    assert.equal(outcome, 'worse', field);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('WORSE')).map((line) => line.split(' ')[2]),
      [field],
    );
  }
});

test('twice the processor time is clearly worse, and half as much again is noise', () => {
  const times = (factor: number): RunDetail[] =>
    planted(
      (result) => ({ cpu_us_per_delivery: factor * result.cpu_us_per_delivery }),
      () => true,
    );
  assert.equal(judgeRegression(times(2), kept).outcome, 'worse');
  assert.equal(judgeRegression(times(1.5), kept).outcome, 'holds');
});

test('a round that the machine spoilt fails nothing as long as another one holds', () => {
  const slow = (result: RunResult): Partial<RunResult> => ({
    cpu_us_per_delivery: 9 * result.cpu_us_per_delivery,
    p999_ms: 90 * result.p999_ms,
  });
  assert.equal(
    judgeRegression(
      planted(slow, (round) => round !== 1),
      kept,
    ).outcome,
    'holds',
  );
});

test('too few rounds make no failure; a duplicate always does, and loss in every round', () => {
  const slow = planted(
    () => ({ cpu_us_per_delivery: 99 }),
    () => true,
  );
  const few = slow.filter((run) => run.round < roundsToFail - 1);
  assert.equal(judgeRegression(few, kept).outcome, 'unknown');
  const outcome = (change: Partial<RunResult>, rounds: (round: number) => boolean): string =>
    judgeRegression(
      planted(() => change, rounds),
      kept,
    ).outcome;
  assert.equal(
    outcome({ duplicated: 1 }, (round) => round === 1),
    'worse',
  );
  assert.equal(
    outcome({ lost: 1 }, (round) => round === 1),
    'holds',
  );
  assert.equal(
    outcome({ lost: 1 }, () => true),
    'worse',
  );
});

test('a reference that did not run is no reason to fail, and nothing to keep', () => {
  const alone = recorded.runs.filter((run) => run.program === 'meks');
  assert.equal(judgeRegression(alone, kept).outcome, 'unknown');
  assert.throws(() => ratiosOf(alone, 'floor'), /no round has both meks and floor/);
});

test('a round beside a busy process is no round to keep', () => {
  // Whatever the machine did when that was recorded.
  const [{ idle, generator, ...rest }] = recorded.runs as [RunDetail];
  const run = (idleMaxMs: number, hitchMaxMs: number): RunDetail => ({
    ...rest,
    idle: { ...idle, maxMs: idleMaxMs },
    generator: { ...generator, hitchMaxMs, lateSendP99Ms: 1 },
  });
  assert.deepEqual([isQuiet([run(8, 1)]), isQuiet([run(8, 1), run(90, 1)])], [true, false]);
  // A witness with real-time priority is held up by no program: then the generator's own loop tells.
  assert.deepEqual([isQuiet([run(1, 8)]), isQuiet([run(1, 8), run(1, 90)])], [true, false]);
});

test('this tree is no slower beside its reference than the ratios that were kept', async (context) => {
  const script = fileURLToPath(new URL('../regression.ts', import.meta.url));
  const child = spawn(process.execPath, [script, '--within', '60'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const code = await new Promise((resolve) => {
    child.once('exit', resolve);
  });
  for (const line of output.trim().split('\n')) context.diagnostic(line);
  assert.equal(code, 0, output);
});
