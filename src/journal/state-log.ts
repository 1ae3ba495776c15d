import type { Clock } from '../base/clock.ts';
import { errorFields, type Log } from '../base/log.ts';
import type { Journal, JournalState } from './journal-types.ts';
import type { RecoveryReport } from './recovery.ts';
import { unreadableError } from './unreadable.ts';

// Tells people how the writing of a room's log is doing, each time that it changes: dashboards see nothing new while
// nothing is written, and somebody has to know why. Owns the state told last. A disk that falls behind time and again
// is told once a minute: the counter `stalls` has all.

const behindAgainMs = 60_000;

const remedies: Readonly<Record<Exclude<JournalState, 'ok'>, string>> = {
  behind: 'nothing new is shown until it is written: see what else keeps the disk busy',
  'disk-full': 'nothing new is shown until there is room: make some. Writing goes on by itself',
  'disk-failed':
    'nothing new is shown: see the system log. Writing is tried again by itself, a sync (`--fsync always`) is not: restart the broker',
  'sync-failed': 'what is shown may not outlive a power cut: see the system log, then restart the broker',
};

export function tellStates(
  room: string,
  journal: Pick<Journal, 'onState' | 'status'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): void {
  let told: JournalState = 'ok';
  let toldBehindMs = Number.NEGATIVE_INFINITY;
  journal.onState(() => {
    const { state, lastSeq, writtenSeq } = journal.status();
    const waiting = lastSeq - writtenSeq;
    // A stall that was over when it was looked at, or one more within a minute.
    const passing = state === 'behind' && (waiting === 0 || clock.nowMs() - toldBehindMs < behindAgainMs);
    if (state === told || passing) return;
    told = state;
    if (state === 'ok') log.info('journal.writes', { room, waiting });
    else if (state === 'behind') {
      toldBehindMs = clock.nowMs();
      log.warn('journal.behind', { room, waiting, remedy: remedies.behind });
    } else log.error(`journal.${state}`, { room, waiting, remedy: remedies[state] });
  });
}

/** What a start came upon. A disk that gives a part of the log no more is one that somebody has to replace. */
export function tellFindings(report: RecoveryReport, directory: string, log: Log): void {
  const { room, findings } = report;
  for (const finding of findings) {
    if (finding.kind === 'unreadable') {
      const error = unreadableError(`${directory}/${finding.segment}`, finding);
      log.error('journal.unreadable', { room, ...errorFields(error) });
    } else log.warn('journal.finding', { room, ...finding, finding: finding.kind });
  }
}
