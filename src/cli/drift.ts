import type { Command } from 'commander';
import type { DriftReport } from '../protocol/drift.ts';
import { MeksError } from '../protocol/errors.ts';
import { type ApiFlags, askBroker, withApiOptions } from './api-client.ts';
import { driftLines } from './drift/report.ts';

// `meks drift`: what shows that upstream has changed since this version was written, to a room that runs or in
// recordings.

interface DriftFlags extends ApiFlags {
  readonly room?: string;
  readonly json?: true;
}

/** Adds `meks drift` to the program. */
export function registerDrift(program: Command): void {
  const drift = program.command('drift').description('what shows that TikTok has changed its messages');
  withApiOptions(drift)
    .argument('[recording...]', 'recordings, read without a broker')
    .option('--room <room>', 'id or handle of a room of a running broker')
    .option('--json', 'as the broker answers it')
    .action(show);
}

async function show(recordings: readonly string[], flags: DriftFlags): Promise<void> {
  const report = await reportOf(recordings, flags);
  const lines = flags.json === true ? [JSON.stringify(report)] : driftLines(report, process.stdout);
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function reportOf(recordings: readonly string[], flags: DriftFlags): Promise<DriftReport> {
  if (recordings.length > 0) {
    const { driftOfRecordings } = await import('./drift/recordings.ts');
    return driftOfRecordings(recordings);
  }
  if (flags.room === undefined)
    throw new MeksError('MEKS_OPTION_INVALID', 'drift of what? Give --room for a room that runs, or recordings');
  return (await askBroker(flags, { path: `/v1/rooms/${encodeURIComponent(flags.room)}/drift` })) as DriftReport;
}
