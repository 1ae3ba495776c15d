import { type DiskDescription, type DiskState, isWriting, type RetentionState } from '../../src/protocol/disk.ts';
import type { Alert } from '../../src/protocol/operator.ts';
import { counted, timeOfDay } from '../views/format.ts';

// What the broker knows to be wrong, in words: what it is, since when, what it means for the figures on screen, and
// what to do. One entry for each thing; none for what works.

export interface Trouble {
  /** The same for as long as it is the same trouble. */
  readonly key: string;
  /**
   * `wrong`: what is shown may be false. `bad`: nothing new is shown. `warn`: what is shown may become less than the
   * truth. `plain`: good to know.
   */
  readonly tone: 'wrong' | 'bad' | 'warn' | 'plain';
  readonly title: string;
  /** Unix ms, by the broker's clock; 0 = not known. */
  readonly since: number;
  /** What was seen: a line each. */
  readonly seen: readonly string[];
  readonly means: string;
  readonly remedy: string;
  /** For a shell; '' = none. */
  readonly command: string;
}

type Words = Pick<Trouble, 'title' | 'means' | 'remedy'>;

const diskWords: Readonly<Record<Exclude<DiskState, 'none' | 'ok'>, Words>> = {
  behind: {
    title: 'Disk slow',
    means: 'What comes is shown late: not before it is written. Nothing is lost.',
    remedy: 'Look what else keeps the disk of the broker’s machine busy.',
  },
  'disk-full': {
    title: 'Disk full',
    means: 'Nothing new is shown, on any desk. What is shown stays right as of then.',
    remedy: 'Make room on the disk of the broker’s machine. Writing goes on by itself.',
  },
  'disk-failed': {
    title: 'Disk fails',
    means: 'Nothing new is shown, on any desk. What is shown stays right as of then.',
    remedy:
      'Read the system log of the broker’s machine. Writing is tried again; if that does not help, restart the broker.',
  },
  'sync-failed': {
    title: 'Not safe from a power cut',
    means: 'All figures are right and everything is shown. A power cut could take back what came since then.',
    remedy: 'Read the system log of the broker’s machine, then restart the broker.',
  },
};

const longerLog = 'The log grows on, for losing events is worse. No figure is touched.';

const retentionWords: Readonly<Record<Exclude<RetentionState, 'unknown' | 'within'>, Words>> = {
  'at-quota': {
    title: 'Log at its quota',
    means: 'The oldest events go from the log as new ones come. No figure is touched, here or in the past.',
    remedy: 'To keep more, start the broker with a larger --keep-gb.',
  },
  'no-snapshot': {
    title: 'Log over its quota',
    means: `The oldest events cannot go yet: no good snapshot covers them. ${longerLog}`,
    remedy: 'One is made every 50,000 events. If this lasts, look for keeper.failed in the broker’s log.',
  },
  history: {
    title: 'Log over its quota',
    means: `The oldest events cannot go yet: the history has not read them. ${longerLog}`,
    remedy: 'Ask the history how far it is.',
  },
  'open-segment': {
    title: 'Log over its quota',
    means: `All that is left is being written. ${longerLog}`,
    remedy: 'Start the broker with a larger --keep-gb.',
  },
  failed: {
    title: 'Log is not kept short',
    means: 'Nothing old is removed, and no snapshot is made: the next start may take longer. No figure is touched.',
    remedy: 'Read what it says, and the broker’s log (keeper.failed).',
  },
};

/** What is wrong with the disk below a room's log: the worst first. */
export function diskTroubles(disk: DiskDescription): Trouble[] {
  const troubles: Trouble[] = [];
  const { state } = disk;
  if (state !== 'ok' && state !== 'none') troubles.push(writingTrouble(disk, diskWords[state], state));
  else if (disk.refuses) troubles.push(writingTrouble(disk, diskWords.behind, 'behind'));
  const { retention } = disk;
  if (retention.state === 'within' || retention.state === 'unknown') return troubles;
  troubles.push({
    key: `retention ${retention.state}`,
    tone: retention.state === 'at-quota' ? 'plain' : 'warn',
    since: retention.since,
    seen: [sizeWords(retention), retention.detail].filter((line) => line !== ''),
    command: retention.state === 'history' ? 'meks history status' : '',
    ...retentionWords[retention.state],
  });
  return troubles;
}

/** What the broker's own check of its sums says; `last` is the newest alert of it that is known, null = none. */
export function sumsTroubles(sumsAgree: boolean, last: Alert | null): Trouble[] {
  if (sumsAgree) return [];
  return [
    {
      key: 'sums',
      tone: 'wrong',
      title: 'Sums do not agree',
      since: last?.at ?? 0,
      seen: last === null || last.text === '' ? [] : [`${last.text}.`],
      means: 'Do not rely on them: boards, totals or battle sides are not what gifts and corrections come to.',
      remedy: 'This is a bug of MEKS: report it, with the lines room.mismatch of the broker’s log.',
      command: '',
    },
  ];
}

function writingTrouble(disk: DiskDescription, words: Words, state: DiskState): Trouble {
  const seen: string[] = [];
  if (disk.waiting > 0) seen.push(`${counted(disk.waiting, 'event waits', 'events wait')} to be written.`);
  if (state === 'sync-failed' && disk.unsynced !== null && disk.unsynced > 0)
    seen.push(`${counted(disk.unsynced, 'event is', 'events are')} written, and not known to be safe.`);
  const lost = 'Memory for what waits is used up: what comes now may be lost, and is told as an interruption.';
  return {
    key: `disk ${state}`,
    tone: isWriting(disk) ? 'warn' : 'bad',
    since: disk.since,
    seen: disk.refuses ? [...seen, lost] : seen,
    command: '',
    ...words,
  };
}

function sizeWords({ bytes, bytesMax }: DiskDescription['retention']): string {
  if (bytes === null) return '';
  return `It takes ${gigabytes(bytes)}${bytesMax === null ? '' : ` of the ${gigabytes(bytesMax)} allowed`}.`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 9.95e9 ? 1 : 0)} GB`;
}

/** The worst of `troubles`; null = there is none. */
export function worstOf(troubles: readonly Trouble[]): Trouble | null {
  const ranked = ['wrong', 'bad', 'warn', 'plain'].map((tone) => troubles.find((trouble) => trouble.tone === tone));
  return ranked.find((trouble) => trouble !== undefined) ?? null;
}

/** What keeps everything new off the screen; null = nothing does. */
export function stuckBy(troubles: readonly Trouble[]): Trouble | null {
  return troubles.find(({ tone }) => tone === 'bad') ?? null;
}

/** When it began: the time of day, with the date unless it was today. '' = not known. */
export function sinceWords(since: number, nowMs: number): string {
  if (since === 0) return '';
  const [began, now] = [new Date(since), new Date(nowMs)];
  if (began.toDateString() === now.toDateString()) return timeOfDay(since);
  const day = began.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
  return `${day}, ${timeOfDay(since)}`;
}
