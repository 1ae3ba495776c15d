import type { Command } from 'commander';

/** Adds `meks serve` to the program. */
export function registerServe(program: Command): void {
  program.command('serve').description('run the broker and its pages');
}
