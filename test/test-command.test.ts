import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const tool = path.join(import.meta.dirname, '..', 'tools', 'test.ts');

/** What `npm test -- FILES` says and how it ends. Node's runner refuses to run inside itself: its mark is taken off. */
function npmTest(files: string, ci: boolean): { out: string; status: number | null } {
  const env: NodeJS.ProcessEnv = { ...process.env, CI: ci ? 'true' : '' };
  delete env['NODE_TEST_CONTEXT'];
  const { stdout, status } = spawnSync(process.execPath, [tool, files], { env, encoding: 'utf8' });
  return { out: stdout, status };
}

/** The same for one file with `content`. */
function runTests(content: string, ci: boolean): { out: string; status: number | null } {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-tests-'));
  const file = path.join(folder, 'planted.test.mjs');
  writeFileSync(file, `import { test } from 'node:test';\n${content}`);
  const ended = npmTest(file, ci);
  rmSync(folder, { recursive: true });
  return ended;
}

const good = "test('good', () => {});\n";

test('the test command ends with the summary of Node, and succeeds when everything passed', () => {
  const { out, status } = runTests(good, true);
  assert.equal(status, 0);
  assert.match(out, /Nothing was skipped\.\n\nℹ tests 1\nℹ suites 0\nℹ pass 1\nℹ fail 0\n(?:ℹ .*\n){4}$/);
});

test('what was skipped is listed with its reason, and fails the run under CI alone', () => {
  const content = `${good}test('needs recordings', { skip: 'no folder ../x' }, () => {});\n`;
  assert.equal(runTests(content, false).status, 0);
  const { out, status } = runTests(content, true);
  assert.equal(status, 1);
  assert.match(out, /Skipped, which fails the run under CI=true \(1\):\n {2}needs recordings: no folder \.\.\/x\n/);
});

test('a failing test fails the run and is shown before the summary', () => {
  const { out, status } = runTests(`${good}test('bad', () => { throw new Error('boom'); });\n`, false);
  assert.equal(status, 1);
  assert.match(out, /failing tests:[\s\S]*boom[\s\S]*ℹ fail 1\n(?:ℹ .*\n){4}$/);
});

test('a file that cannot be loaded fails the run, and so does a run of no test', () => {
  assert.equal(runTests("import './not-there.mjs';\n", false).status, 1);
  assert.equal(npmTest('no/such/*.test.ts', false).status, 1);
});
