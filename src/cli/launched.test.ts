import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingV8Flags } from './launched.ts';

test('a flag that the launcher promised and the process does not have is named', () => {
  const promised = '--max-semi-space-size=32 --single-threaded-gc';
  const missing = (given: readonly string[]): string[] => missingV8Flags({ promised, given });
  assert.deepEqual(missing(['--max-semi-space-size=32', '--single-threaded-gc']), []);
  assert.deepEqual(missing(['--max_semi_space_size=64']), ['--single-threaded-gc']);
  assert.deepEqual(missingV8Flags({ promised: '', given: [] }), []);
});

test('a process that no launcher started says so', () => {
  assert.equal(missingV8Flags({ promised: undefined, given: [] }).length, 1);
});
