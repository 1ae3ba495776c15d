import type { Command } from 'commander';
import type { DriftReport } from '../protocol/drift.ts';
import { type ApiFlags, askBroker, withApiOptions } from './api-client.ts';
import { driftLines } from './drift/report.ts';

// `meks drift`: what shows that upstream has changed since this version was written.

interface DriftFlags extends ApiFlags {
  readonly room: string;
  readonly json?: true;
}

/** Adds `meks drift` to the program. */
export function registerDrift(program: Command): void {
  const drift = program.command('drift').description('what shows that TikTok has changed its messages');
  withApiOptions(drift)
    .requiredOption('--room <room>', 'id or handle of a room of a running broker')
    .option('--json', 'as the broker answers it')
    .action(show);
}

async function show(flags: DriftFlags): Promise<void> {
  const path = `/v1/rooms/${encodeURIComponent(flags.room)}/drift`;
  const report = (await askBroker(flags, { path })) as DriftReport;
  const lines = flags.json === true ? [JSON.stringify(report)] : driftLines(report, process.stdout);
  process.stdout.write(`${lines.join('\n')}\n`);
}
