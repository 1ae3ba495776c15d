// `npm test`: runs every test file on Node's own runner, shows what is skipped and why, and ends with the runner's
// summary. Under CI=true nothing may be skipped: a test that could not run there proves nothing, and fails the run.
// Usage: npm test [-- FILE-OR-GLOB… [--grep TEXT]]

import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { parseArgs } from 'node:util';
import { report } from './test-report.ts';

const everyTest = ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts', 'bench/**/*.test.ts'];

/** No test needs this long; one that hangs must not hold the run for ever. */
const timeoutMs = 120_000;

const { values, positionals } = parseArgs({ options: { grep: { type: 'string' } }, allowPositionals: true });
const underCi = process.env['CI'] === 'true';

const events = run({
  globPatterns: positionals.length > 0 ? positionals : everyTest,
  concurrency: availableParallelism(),
  timeout: timeoutMs,
  ...(values.grep === undefined ? {} : { testNamePatterns: [values.grep] }),
});

const outcome = await report(events, process.stdout);
if (outcome.failed > 0) process.exitCode = 1;
if (outcome.passed === 0) process.exitCode = 1;
if (underCi && outcome.skipped > 0) process.exitCode = 1;
