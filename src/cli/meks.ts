import { Command, CommanderError } from 'commander';
import { MeksError } from '../protocol/errors.ts';
import { registerBackup } from './backup.ts';
import { registerBench } from './bench.ts';
import { registerExport } from './export.ts';
import { registerHistory } from './history.ts';
import { registerConfig } from './config-file.ts';
import { registerDrift } from './drift.ts';
import { followLauncher, missingV8Flags, thisStart } from './launched.ts';
import { registerPlayground } from './playground.ts';
import { registerReplay } from './replay.ts';
import { registerQuarantine } from './quarantine.ts';
import { registerRooms } from './rooms.ts';
import { registerServe } from './serve.ts';
import { registerSimulate } from './simulate.ts';
import { programVersion } from './version.ts';

// The program's entry: one command a file, each registered here. Owns what all commands share: the version, how a
// failure is told (code, value, remedy; never a stack for what a user can mend) and the exit code it ends with.

/** Exit codes: 1 = it failed, 2 = it was asked for in a way that is not understood. */
const exitFailure = 1;
const exitUsage = 2;

/** Commander's own texts begin with `error: `; what MEKS says begins with a code. */
function sayUsageError(text: string, write: (text: string) => void): void {
  write(`MEKS_OPTION_INVALID: ${text.replace(/^error: /, '')}`);
}

function buildProgram(): Command {
  const program = new Command('meks')
    .description('A self-hosted, real-time broker for TikTok LIVE.')
    .version(programVersion(), '-V, --version', 'print the version and stop')
    .helpOption('-h, --help', 'show this help and stop')
    .helpCommand('help [command]', 'show the help of a command')
    .configureOutput({ outputError: sayUsageError })
    .showHelpAfterError('Type `meks --help` to see what there is.')
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
  return program;
}

/** Tells `error` to whoever typed the command, and gives the exit code. Bugs keep their stack: rethrown. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage;
  if (!(error instanceof MeksError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  return error.code === 'MEKS_OPTION_INVALID' ? exitUsage : exitFailure;
}

/** `meks … | head`: whoever read the output has gone, and nobody is left to write for. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}

async function main(): Promise<void> {
  process.stdout.on('error', endWithReader);
  followLauncher();
  const missing = missingV8Flags(thisStart());
  if (missing.length > 0) {
    process.stderr.write(`Running without ${missing.join(' ')}: pauses will be longer. Start with \`meks\`.\n`);
  }
  try {
    await buildProgram().parseAsync(process.argv);
  } catch (error) {
    // What a command had begun before it failed may still hold the process: the failure ends it.
    process.exit(exitCodeOf(error));
  }
}

void main();
