import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { processTree } from './runner/processes.ts';
import { chooseScenario, scenarios } from './runner/scenarios.ts';

// The command as a stranger meets it: what it writes, what it says of a mistake, what it leaves behind.

const bench = fileURLToPath(new URL('./bench.ts', import.meta.url));

function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): { code: number | null; output: string } {
  const options = { encoding: 'utf8', env: { ...process.env, ...environment } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [bench, ...args], options);
  return { code: status, output: stdout + stderr };
}

test('a run writes JSON of the promised shape, and no field beside it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'meks-bench-test-'));
  const file = join(directory, 'out.json');
  const { code, output } = run(['canonical', '--length', '2', '--dashboards', '5', '--peers', 'none', '--json', file]);
  assert.equal(code, 0, output);
  const results = JSON.parse(readFileSync(file, 'utf8')) as { runs: Record<string, unknown>[] };
  const fields = ['machine', 'versions', 'commit', 'scenario', 'baseline_hitch_ms', 'runs'];
  assert.deepEqual(Object.keys(results).sort(), fields.sort());
  const ofRun =
    'program offered accepted deliveries lost duplicated disordered lagged snapshots p50_ms p90_ms p99_ms p999_ms ' +
    'p9999_ms max_ms hitches gc cpu_us_per_delivery rss_mb generator_busy p999_awake_ms';
  assert.deepEqual(Object.keys(results.runs[0]!), ofRun.split(' '));
  assert.deepEqual(Object.keys(results.runs[0]!['gc'] as object), ['count', 'max_ms', 'total_ms']);
  const { offered, accepted, deliveries, lost } = results.runs[0] as Record<string, number>;
  assert.deepEqual([accepted, deliveries, lost], [offered, 5 * offered!, 0]);
  assert.ok(existsSync(join(directory, 'out.detail.json')));
  rmSync(directory, { recursive: true });
});

test('a mistake is answered with what there is, and with where help is', () => {
  for (const [args, ended, said] of [
    [['canonical', '--peers', 'wrong'], 2, /no program "wrong"; there are: meks, .*floor/],
    [['wrong'], 2, /no scenario "wrong"; there are: canonical, /],
    [['canonical', '--runs', '0'], 2, /--runs "0": give a number above 0/],
    [['canonical', '--dashboards', '99999999'], 1, /need 100000199 open files.*ulimit/],
    [['sweep', '--only', 'wrong'], 2, /no axis "wrong"; there are: dashboards, events, rooms/],
  ] as const) {
    const { code, output } = run(args);
    assert.equal(code, ended, args.join(' '));
    assert.match(output, said);
    assert.ok(!output.includes('    at '), output);
  }
  assert.match(run(['--help']).output, /saturation/);
  assert.match(run(['sweep', '--help']).output, /--append/);
});

test('whatever its length, every scenario fits into half a minute when it is to be quick', () => {
  for (const { name } of scenarios) {
    const asked = { quick: true, dashboards: null, rate: null, seconds: null };
    const seconds = chooseScenario(name, asked).phases.reduce((sum, phase) => sum + phase.seconds, 0);
    assert.ok(seconds <= 24.001, `${name}: ${seconds} s`);
  }
});

test('a run that is interrupted leaves no process and no file behind', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'meks-bench-test-'));
  const env = { ...process.env, TMPDIR: directory };
  const args = [bench, 'canonical', '--length', '8', '--peers', 'none', '--dashboards', '5'];
  const child = spawn(process.execPath, args, { env });
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  const started = await startedBy(child, directory);
  child.kill('SIGINT');
  assert.equal(await ended, 130);
  // Children that are no programs end by themselves when their parent is gone.
  const left = await until(() => {
    const alive = started.filter(isAlive);
    return alive.length === 0 ? alive : null;
  });
  assert.deepEqual(left, []);
  assert.deepEqual(readdirSync(directory), []);
  rmSync(directory, { recursive: true });
});

/** Ids of all that `child` has started, once that is a generator, an idle process and MEKS with its log. */
function startedBy(child: ChildProcess, directory: string): Promise<number[]> {
  return until(() => {
    const tree = processTree(child.pid!);
    const logs = readdirSync(directory).filter((name) => name.startsWith('meks-bench-log-'));
    return tree.length >= 4 && logs.length > 0 ? tree : null;
  });
}

/** A process that has ended and was not yet collected by its parent is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

async function until<T>(look: () => T | null): Promise<T> {
  const deadlineMs = performance.now() + 90_000;
  for (;;) {
    const found = look();
    if (found !== null) return found;
    if (performance.now() > deadlineMs) throw new Error('it did not happen in a minute and a half');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
