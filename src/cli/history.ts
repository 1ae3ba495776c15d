import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { Progress } from './progress.ts';
import { counted, grouped } from './terminal.ts';

// `meks history`: how far the history of a data folder is, and building it again from the logs.

/** Adds `meks history` to the program. */
export function registerHistory(program: Command): void {
  const history = program.command('history').description('the database of what was, built from the logs');
  history
    .command('status')
    .description('how far it is, room by room; the broker may be running')
    .option('--data <folder>', "the broker's folder, as given to `serve --data`", 'data')
    .action(async ({ data }: { readonly data: string }) => await status(data));
  history
    .command('rebuild')
    .description('build it again from the logs, for a broker that is not running')
    .option('--data <folder>', "the broker's folder, as given to `serve --data`", 'data')
    .option('--forget', 'also where the logs no longer hold all that it knows')
    .action(async (flags: { readonly data: string; readonly forget?: true }) => await rebuild(flags));
}

async function status(data: string): Promise<void> {
  const { historyRooms } = await import('../journal/history-cold.ts');
  for (const { known, logSeq } of historyRooms(data)) {
    const { room, handle, sessions, seq, at } = known;
    const upTo = at > 0 ? `, up to ${new Date(at).toISOString()}` : '';
    const gone = logSeq === 0 && seq > 0;
    const behind = gone ? 'its log is gone' : `${grouped(Math.max(0, logSeq - seq))} behind the log`;
    process.stdout.write(
      `${room}  @${handle}  ${counted(sessions, 'session')}, ${counted(seq, 'event')}${upTo}; ${behind}\n`,
    );
  }
}

async function rebuild({ data, forget }: { readonly data: string; readonly forget?: true }): Promise<void> {
  const { rebuildHistory } = await import('../journal/history-cold.ts');
  const progress = new Progress();
  const say = (room: string, seq: number, behind: number): void => {
    if (behind >= 0) progress.show(`Reading the log of ${room}`, seq, seq + behind);
  };
  const rooms = rebuildHistory({ dataDirectory: data, clock: systemClock, forget: forget === true, say });
  progress.clear();
  for (const { room, seq, faults, disagreements } of rooms) {
    const doubts = faults + disagreements === 0 ? '' : ` (${faults} left out, ${disagreements} other than the ranking)`;
    process.stdout.write(`${room}  ${counted(seq, 'event')}${doubts}\n`);
  }
}
