import type { TailTrouble } from './tail.ts';
import type { SyncPolicy } from './segment.ts';

// Whether a stream goes on under its epoch after a restart. The one question behind every rule: can a dashboard have
// seen an event that this log does not hold? If it cannot, positions stay good and a resume may go on. If it can, or
// nobody knows, the epoch is new, and every dashboard takes a snapshot.
//
// Dashboards see nothing that has not been handed to the operating system (or, under `always`, synced). So after the
// death of the process alone, its page cache holds all they saw. After the death of the system, only what was synced
// is sure.

export interface EpochFacts {
  /** A log was found, and the last life's segment header is readable. */
  readonly known: boolean;
  /** The last segment is not the file that was written: a restored backup, which may be older than what was seen. */
  readonly copied: boolean;
  readonly closed: boolean;
  /** Whether the operating system has run on since the last life; `unknown` where it does not tell. */
  readonly boot: 'same' | 'other' | 'unknown';
  readonly sync: SyncPolicy['kind'];
  /** The last life may have let dashboards see what was not written. */
  readonly released: boolean;
  readonly trouble: TailTrouble;
  /** Events are missing between the snapshot (or the log's start) and its end. */
  readonly holes: boolean;
  /** The state that is served comes from a snapshot beyond the log's end. */
  readonly ahead: boolean;
}

export interface EpochVerdict {
  readonly continues: boolean;
  /** For people: why. */
  readonly reason: string;
}

/** Judges by the facts; the order of the questions is from most to least certain. */
export function judgeEpoch(facts: EpochFacts): EpochVerdict {
  const fresh = (reason: string): EpochVerdict => ({ continues: false, reason });
  const goes = (reason: string): EpochVerdict => ({ continues: true, reason });
  if (!facts.known) return fresh('there is no log that tells its epoch');
  if (facts.copied) return fresh('the log is a copy, which may be older than what dashboards saw');
  if (facts.ahead) return fresh('the log ends before its snapshot');
  if (facts.holes) return fresh('events are missing in the log');
  if (facts.closed) return goes('the last stop was clean');
  if (facts.released) return fresh('the last life could send events that were not written');
  if (facts.boot === 'same') {
    if (facts.trouble === 'none' || facts.trouble === 'short')
      return goes('only the process died: all that dashboards saw was handed to the operating system');
    return fresh('the log is damaged at its end');
  }
  if (facts.sync === 'always') return goes('everything that dashboards saw had been synced');
  return fresh(
    facts.boot === 'other'
      ? 'the system went down without a clean stop: events that dashboards saw may not have been synced'
      : 'the stop was not clean, and this system does not tell whether it was down',
  );
}

/**
 * Whether good records behind a damaged place belong to the log. Yes where the damage must be later than the writing:
 * the system has run on (its writes come in order), or a mark says that the place had been synced. No where a power
 * cut explains it: blocks that were never synced arrive in any order, and a state with an event missing in the middle
 * never was.
 */
export function keepsBeyond(boot: EpochFacts['boot'], brokenSeq: number, markedSeq: number): boolean {
  return boot === 'same' || markedSeq >= brokenSeq;
}
