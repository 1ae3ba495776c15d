import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { completed, missingPackages } from '../tools/rules/lock-file.ts';
import type { LockFile } from '../tools/rules/lock-file.ts';

const text = readFileSync(path.join(import.meta.dirname, '..', 'package-lock.json'), 'utf8');
const lock = JSON.parse(text) as LockFile;

test('the lock file names every package for every platform: npm ci takes it everywhere (else: npm run lock)', () => {
  assert.deepEqual(missingPackages(lock), []);
});

test('the lock file names no registry, and no dependency runs a script at installation unseen', () => {
  assert.doesNotMatch(text, /"resolved": "https?:/);
  const { allowScripts } = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
    allowScripts: Record<string, boolean>;
  };
  const scripted = Object.entries(lock.packages)
    .filter(([, entry]) => 'hasInstallScript' in entry)
    .map(([key]) => key.replace(/^.*node_modules\//, ''));
  assert.deepEqual(
    scripted.filter((name) => allowScripts[name] !== false),
    [],
  );
});

const planted: LockFile = {
  packages: {
    '': { dependencies: { tool: '1.0.0' } },
    'node_modules/tool': {
      version: '1.0.0',
      dev: true,
      license: 'MIT',
      optionalDependencies: {
        'tool-linux-x64-musl': '^1.0.0',
        '@tool/win32-arm64': '1.0.0',
        'tool-wasm32-wasi': '1.0.0',
      },
    },
  },
};

test('what npm left out for other platforms is found and filled in, in the order of names', () => {
  assert.equal(missingPackages(planted).length, 3);
  const { packages } = completed(planted);
  assert.deepEqual(missingPackages({ packages }), []);
  assert.deepEqual(Object.keys(packages), [
    '',
    'node_modules/@tool/win32-arm64',
    'node_modules/tool',
    'node_modules/tool-linux-x64-musl',
    'node_modules/tool-wasm32-wasi',
  ]);
  const { version, os, cpu, libc } = packages['node_modules/tool-linux-x64-musl']!;
  assert.deepEqual({ version, os, cpu, libc }, { version: '1.0.0', os: ['linux'], cpu: ['x64'], libc: ['musl'] });
});

test('a package is found where Node would look for it: in its own folder, then further up', () => {
  const nested: LockFile = {
    packages: {
      'node_modules/a': { dependencies: { b: '2.0.0', c: '1.0.0' } },
      'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { c: '1.0.0' } },
      'node_modules/c': { version: '1.0.0' },
      'node_modules/d': { dependencies: { b: '2.0.0' } },
    },
  };
  assert.deepEqual(
    missingPackages(nested).map(({ name, neededBy }) => [name, neededBy]),
    [['b', 'node_modules/d']],
  );
});

test('a package that is missing for another reason is an error, not guessed', () => {
  assert.throws(
    () => completed({ packages: { '': { dependencies: { zod: '4.0.0' } } } }),
    /zod, needed by .* npm install/,
  );
});
