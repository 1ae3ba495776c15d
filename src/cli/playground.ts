import type { Command } from 'commander';

/** Adds `meks playground` to the program. */
export function registerPlayground(program: Command): void {
  program.command('playground <file...>').description('run recorded or hand-written events through the real handlers');
}
