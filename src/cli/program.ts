import { Command } from 'commander';
import { closest } from '../base/closest.ts';
import { MeksError } from '../protocol/errors.ts';
import { registerBackup } from './backup.ts';
import { registerBench } from './bench.ts';
import { registerExport } from './export.ts';
import { registerHistory } from './history.ts';
import { registerConfig } from './config-file.ts';
import { registerDrift } from './drift.ts';
import { registerPlayground } from './playground.ts';
import { registerReplay } from './replay.ts';
import { registerQuarantine } from './quarantine.ts';
import { registerRooms } from './rooms.ts';
import { registerServe } from './serve.ts';
import { registerSimulate } from './simulate.ts';
import { programVersion } from './version.ts';

// The command line as a whole: one command a file, each registered here. Owns what all of them share: help, and how
// somebody is told who typed a command wrong.

const helpDescription = 'show the help of a command';

/** Commander's own texts begin with `error: `; what MEKS says begins with a code. */
function sayUsageError(text: string, write: (text: string) => void): void {
  write(`MEKS_OPTION_INVALID: ${text.replace(/^error: /, '')}`);
}

/** Commands with their options; parsing runs them. Throws CommanderError for what is typed wrong. */
export function buildProgram(): Command {
  const program = new Command('meks')
    .description('A self-hosted, real-time broker for TikTok LIVE.')
    .version(programVersion(), '-V, --version', 'print the version and stop')
    .helpOption('-h, --help', 'show this help and stop')
    .helpCommand(false)
    .configureOutput({ outputError: sayUsageError })
    .exitOverride();
  registerServe(program);
  registerSimulate(program);
  registerPlayground(program);
  registerBench(program);
  registerBackup(program);
  registerHistory(program);
  registerExport(program);
  registerReplay(program);
  registerRooms(program);
  registerConfig(program);
  registerQuarantine(program);
  registerDrift(program);
  registerHelp(program);
  pointToHelp(program, program.name());
  return program;
}

/** `meks help rooms add`. Commander's own shows the help of everything for a command that is none. */
function registerHelp(program: Command): void {
  program
    .command('help')
    .description(helpDescription)
    .argument('[command...]')
    .action((names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        const next = command.commands.find((one) => one.name() === name);
        if (next === undefined) {
          const likely = closest(name, namesOf(command));
          const remedy = likely === null ? `\`meks --help\` lists what there is` : `did you mean ${likely}?`;
          throw new MeksError('MEKS_OPTION_INVALID', `there is no command '${names.join(' ')}': ${remedy}`);
        }
        command = next;
      }
      command.help();
    });
}

const namesOf = (command: Command): string[] => command.commands.map((one) => one.name());

/** Whoever types a command wrong is shown where that very command is explained; groups have a `help` as we word it. */
function pointToHelp(command: Command, path: string): void {
  if (command.parent !== null && command.commands.length > 0) command.helpCommand('help [command]', helpDescription);
  command.showHelpAfterError(`Type \`${path} --help\` to see what there is.`);
  for (const one of command.commands) pointToHelp(one, `${path} ${one.name()}`);
}
