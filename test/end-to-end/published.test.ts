import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

// The published package is JavaScript below somebody's node_modules, where Node strips no types.

const root = path.join(import.meta.dirname, '..', '..');
const home = mkdtempSync(path.join(tmpdir(), 'meks-published-'));
const installed = path.join(home, 'node_modules', 'meks');
after(() => rmSync(home, { recursive: true }));

function run(file: string, ...args: string[]): { out: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [file, ...args], { cwd: root, encoding: 'utf8' });
  return { out: stdout + stderr, status };
}

test('the compiled program runs from below node_modules, launcher, commands and all', () => {
  mkdirSync(installed, { recursive: true });
  const compiler = path.join(root, 'node_modules', 'typescript-7', 'bin', 'tsc');
  const compiled = run(compiler, '--project', 'tsconfig.build.json', '--outDir', path.join(installed, 'dist'));
  assert.deepEqual(compiled, { out: '', status: 0 });
  for (const part of ['bin', 'package.json'])
    cpSync(path.join(root, part), path.join(installed, part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(installed, 'node_modules'), 'dir');
  const meks = path.join(installed, 'bin', 'meks.js');
  assert.match(run(meks, '--version').out, /^\d+\.\d+\.\d+\n$/);
  const rose = path.join(home, 'rose.json');
  writeFileSync(rose, '{"kind":"gift","user":"alice","gift":"Rose"}');
  assert.match(run(meks, 'playground', rose).out, /@alice gives 1 x Rose/);
});
