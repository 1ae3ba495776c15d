import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../test/support/until.ts';
import type { IdleReport } from './idle.ts';
import { monotonicMs } from './monotonic.ts';

const script = fileURLToPath(new URL('./idle.ts', import.meta.url));
/** What Linux calls first in, first out, and the class of everything ordinary. */
const [fifo, ordinary] = [1, 0];

function start(environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return fork(script, { serialization: 'advanced', execArgv: [], env: { ...process.env, ...environment } });
}

function ask(child: ChildProcess): Promise<IdleReport> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve as (report: unknown) => void);
    child.once('exit', () => reject(new Error('the idle process ended')));
    child.send('report');
  });
}

/** Fields of /proc/<pid>/stat behind the name, for each thread of `child`. */
function threads(child: ChildProcess): string[][] {
  const folder = `/proc/${child.pid}/task`;
  return readdirSync(folder).map((id) => {
    const text = readFileSync(`${folder}/${id}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  });
}

function policies(child: ChildProcess): number[] {
  return [...new Set(threads(child).map((fields) => Number(fields[38])))];
}

test('the report has all that was promised, and says truly which priority the witness has', async (context) => {
  const child = start();
  const report = await ask(child);
  assert.deepEqual(Object.keys(report), ['realtime', 'maxMs', 'p999Ms', 'hitches', 'stalls', 'stallsBeyond']);
  assert.deepEqual(policies(child), [report.realtime ? fifo : ordinary]);
  context.diagnostic(`real-time priority: ${report.realtime}`);
  child.kill();
});

test('where real-time priority cannot be had, the witness goes on and says so', async () => {
  const child = start({ PATH: '' });
  const report = await ask(child);
  assert.equal(report.realtime, false);
  assert.deepEqual(policies(child), [ordinary]);
  assert.ok(report.p999Ms > 0);
  child.kill();
});

test('a witness that is stopped saw a stall of that length then, and tells it once', async () => {
  const child = start();
  await ask(child);
  child.kill('SIGSTOP');
  await until('every thread is stopped', () => threads(child).every((fields) => fields[0] === 'T'));
  const stoppedMs = monotonicMs();
  await until('it was stopped for 30 ms', () => monotonicMs() > stoppedMs + 30);
  const continuedMs = monotonicMs();
  child.kill('SIGCONT');
  const { stalls, hitches, maxMs } = await ask(child);
  const covers = (wait: { atMs: number; ms: number }): boolean =>
    wait.atMs >= continuedMs && wait.atMs - wait.ms <= stoppedMs + 1;
  assert.equal(stalls.filter(covers).length, 1);
  assert.equal(hitches.filter(covers).length, 1);
  assert.ok(maxMs >= 29);
  assert.equal((await ask(child)).stalls.filter(covers).length, 0);
  child.kill();
});
