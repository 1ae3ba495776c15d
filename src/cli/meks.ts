import { CommanderError } from 'commander';
import { fileUnwritable, MeksError } from '../protocol/errors.ts';
import { followLauncher, missingV8Flags, thisStart } from './launched.ts';
import { buildProgram } from './program.ts';

// The program's entry. Owns how a failure is told (code, value, remedy; never a stack for what a user can mend) and the
// exit code it ends with.

/** Exit codes: 1 = it failed, 2 = it was asked for in a way that is not understood. */
const exitFailure = 1;
const exitUsage = 2;

/** Tells `error` to whoever typed the command, and gives the exit code. Bugs keep their stack: rethrown. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage;
  if (!(error instanceof MeksError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  return error.code === 'MEKS_OPTION_INVALID' ? exitUsage : exitFailure;
}

/** `meks … | head`: whoever read the output has gone, and nobody is left to write for. Anything else is half an output. */
function endWithReader(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? 0 : exitCodeOf(fileUnwritable('standard output', error)));
}

async function main(): Promise<void> {
  process.stdout.on('error', endWithReader);
  // What cannot be told there can be told nowhere.
  process.stderr.on('error', () => undefined);
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
