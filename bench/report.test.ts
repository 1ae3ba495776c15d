import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test("docs/BENCHMARKS.md, its plots and the README's figures are what the recorded results give", () => {
  const report = fileURLToPath(new URL('./report.ts', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [report, '--check'], { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.equal(status, 0);
});
