import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeDirectory } from './make-directory.ts';

test('a directory is made with those above it, and once more is no failure', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-directory-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const wanted = path.join(folder, 'a', 'b', 'c');
  makeDirectory(wanted, 0o750);
  makeDirectory(wanted, 0o750);
  makeDirectory(`${folder}/a/b/../b/./d/`);
  assert.ok(statSync(path.join(folder, 'a', 'b', 'd')).isDirectory());
  if (process.platform !== 'win32') assert.equal(statSync(path.join(folder, 'a')).mode & 0o777, 0o750);
});

test('what is no directory is told, and nothing is made of it', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-directory-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  assert.throws(() => makeDirectory(file), { code: 'EEXIST' });
  assert.throws(() => makeDirectory(path.join(file, 'a', 'b')), { code: /ENOTDIR|ENOENT/ });
  assert.ok(statSync(file).isFile());
});

const noProc = existsSync('/proc/self') ? false : 'this system has no /proc';

test('where no directory can be made it is told, instead of tried for ever', { skip: noProc }, () => {
  for (const name of ['/proc/meks', '/proc/meks/rooms/main/log'])
    assert.throws(() => makeDirectory(name), { code: 'ENOENT' });
});
