import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { runMeks } from '../support/command.ts';

test('simulate tells the history of a world, and the same one twice', async () => {
  const runs = [1, 2].map(() => runMeks('simulate', '--seed', '3', '--hours', '0.01'));
  const [first, second] = await Promise.all(runs);
  assert.equal(first!.code, 0, first!.err);
  assert.match(first!.out, /^seed 3 {2}\d+ s simulated, \d+ steps, \d+ events, history [0-9a-f]{16}\n/);
  assert.equal(first!.out, second!.out);
});

test('simulate prints the command that plays a failure again, and a smaller one', async () => {
  const plant = ['--plant', 'last-record-skipped'];
  const { code, out } = await runMeks('simulate', '--seed', '1', '--hours', '0.05', ...plant, '--shrink');
  assert.equal(code, 1);
  assert.match(out, /seed 1 FAILED after [\d.]+ s by the law `never-was`/);
  assert.match(out, /\ncommit [0-9a-f]{40}|unknown\n/);
  assert.match(out, /\nagain: {2}meks simulate --seed 1 --hours 0\.05 --plant last-record-skipped\n/);
  const smallest = /\nsmallest: {2}meks (.+)\n/.exec(out)?.[1]?.split(' ') ?? [];
  const again = await runMeks(...smallest);
  assert.equal(again.code, 1);
  assert.match(again.out, /by the law `never-was`/);
});

test('simulate writes down what many worlds came to', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-worlds-'));
  try {
    const file = path.join(folder, 'worlds.json');
    const { code, out } = await runMeks('simulate', '--seeds', '1-3', '--hours', '0.01', '--json', file);
    assert.equal(code, 0);
    assert.match(out, /3 seeds, 0 failures/);
    const { seeds, worlds, failures } = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual({ seeds, worlds, failures }, { seeds: [1, 3], worlds: 3, failures: [] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('simulate refuses worlds that cannot be, and says what can', async () => {
  const asked = [
    ['--seeds', '9-1'],
    ['--seed', '1', '--faults', 'rain'],
    ['--seed', '1', '--plant', 'rain'],
    ['--seed', '1', '--hours', '-1'],
  ];
  const answers = await Promise.all(asked.map((flags) => runMeks('simulate', ...flags)));
  for (const { code, err } of answers) {
    assert.equal(code, 2);
    assert.match(err, /^MEKS_OPTION_INVALID: --(?:seeds|faults|plant|hours) ".*": give /m);
  }
});
