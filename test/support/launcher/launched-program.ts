import { followLauncher, missingV8Flags, thisStart } from '../../../src/cli/launched.ts';

// What launcher.test.ts has launched: says what it was given, then does what its first argument names.

followLauncher();
const [action = 'end', value = ''] = process.argv.slice(2);
process.on('SIGHUP', () => {
  process.stdout.write('got SIGHUP\n');
});
process.stdout.write(`${JSON.stringify({ pid: process.pid, missing: missingV8Flags(thisStart()), action, value })}\n`);
if (action === 'exit') process.exitCode = Number(value);
// Held by its input: a test ends it with a signal, and it can never outlive the test's own pipe.
if (action === 'wait') process.stdin.resume();
