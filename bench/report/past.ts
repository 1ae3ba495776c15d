import { existsSync, readFileSync } from 'node:fs';
import type { PastResults } from '../past/results.ts';

// The section about a day's log: what bench/past.ts measured.

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}

/** Lines of the page; none where nothing was measured. */
export function pastSection(file: string): string[] {
  if (!existsSync(file)) return [];
  const { taken_at: takenAt, commit, command, figures } = JSON.parse(readFileSync(file, 'utf8')) as PastResults;
  const { events, logBytes, imported, boards, exports, start } = figures;
  const count = events.toLocaleString('en');
  return [
    "## A day's log",
    '',
    `A log of ${count} events (${megabytes(logBytes)}), a third of them gifts by up to 50,000 people in one session, left behind by a process that was killed. Taken ${takenAt.slice(0, 10)} at commit ${commit}.`,
    '',
    '```',
    command,
    '```',
    '',
    row(['what', 'figure', 'budget']),
    row(['---', '---:', '---']),
    row([
      `start: from the command to a dashboard's snapshot, ${start.applied.toLocaleString('en')} events replayed`,
      `${start.seconds.toFixed(1)} s`,
      '3 s',
    ]),
    row([`building the history of all of it`, `${imported.seconds.toFixed(0)} s`, '']),
    row(['… a second', `${Math.round(imported.eventsPerSecond).toLocaleString('en')} events`, '']),
    row(['… its database', megabytes(imported.bytes), '']),
    row([`100 rows of the board at a random position, median of ${boards.asked}`, `${boards.p50Ms.toFixed(0)} ms`, '']),
    row(['… the slowest', `${boards.maxMs.toFixed(0)} ms`, '1 s']),
    '',
    row(['export of events', 'rows', 'seconds', 'file', 'memory of the whole process at its highest']),
    row(['---', '---:', '---:', '---:', '---:']),
    ...exports.map(({ format, rows, seconds, bytes, peakMb }) =>
      row([
        format,
        rows.toLocaleString('en'),
        seconds.toFixed(1),
        megabytes(bytes),
        `${Math.round(peakMb).toLocaleString('en')} MB`,
      ]),
    ),
    '',
  ];
}
