import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { MeksError } from '../protocol/errors.ts';

// `meks bench`: hands all it was given to bench/bench.ts, which measures MEKS from outside, as a process of its own. It
// is part of a checkout, not of the published package: its peers have to be built beside it.

const benchmark = fileURLToPath(new URL('../../bench/bench.ts', import.meta.url));

/** Adds `meks bench` to the program. */
export function registerBench(program: Command): void {
  program
    .command('bench')
    .description('measure MEKS and its peers under one load (in a checkout; `meks bench --help`)')
    .argument('[scenario...]', 'scenario and options, as `meks bench --help` lists them')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (_scenario: readonly string[], _flags: unknown, command: Command) => {
      process.exitCode = await runBenchmark(command.args);
    });
}

/** Resolves with the exit code of the benchmark. Throws MeksError MEKS_FILE_UNREADABLE outside of a checkout. */
function runBenchmark(args: readonly string[]): Promise<number> {
  if (!existsSync(benchmark)) {
    throw new MeksError(
      'MEKS_FILE_UNREADABLE',
      `${benchmark}: the benchmark is part of a checkout of MEKS, not of its package`,
    );
  }
  const child = spawn(process.execPath, [benchmark, ...args], { stdio: 'inherit' });
  // Ctrl-C reaches the benchmark by itself, which ends what it started; this process only waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
