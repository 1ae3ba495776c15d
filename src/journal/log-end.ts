import type { Disk } from './disk.ts';
import { type EpochFacts, keepsBeyond } from './epoch.ts';
import { listSegments } from './segment.ts';
import { readTail, type Tail } from './tail.ts';
import type { Unreadables } from './unreadable.ts';

// Finds where a log ends: the last seq up to which it is what was written. After the death of the process alone that
// is in the last segment. After a power cut the end of an earlier segment may be missing while a later one is there,
// because unsynced blocks arrive in any order: then the log ends before the first missing event, and what lies behind
// is no part of it.

export interface LogEnd {
  /** The segment in which the log ends. */
  readonly tail: Tail;
  readonly lastSeq: number;
  readonly boot: EpochFacts['boot'];
  /** Events after `lastSeq` were found, and are cut off: `tail` does not end as its writer left it. */
  readonly torn: boolean;
  /** First seqs of the segments behind the end: they hold nothing that counts. */
  readonly beyond: readonly number[];
}

/**
 * `bootId`: this run's. `syncedSeq`: known to have been synced, from a snapshot. null = there is no log. Adds to
 * `stumps` the segments at the end that have neither a header nor a record, to `unreadables` what could not be read.
 */
export function findLogEnd(
  disk: Disk,
  directory: string,
  bootId: string,
  syncedSeq: number,
  { stumps, unreadables }: { readonly stumps: number[]; readonly unreadables: Unreadables },
): LogEnd | null {
  const tails: Tail[] = [];
  let sureSeq = syncedSeq;
  for (const firstSeq of listSegments(disk, directory).toReversed()) {
    const tail = readTail(disk, directory, firstSeq, unreadables);
    if (tail.header === null && tail.lastSeq < firstSeq && tails.length === 0) {
      stumps.push(firstSeq);
      continue;
    }
    if (tails.length > 0 && isOfAnotherRun(tail, tails.at(-1)!)) break;
    tails.push(tail);
    sureSeq = Math.max(sureSeq, tail.markedSeq);
    // What lies before a mark's seq was on the medium: nothing that a power cut did can be found there.
    if (sureSeq >= firstSeq || bootOf(tails, bootId) === 'same') break;
  }
  if (tails.length === 0) return null;
  return walk(tails.toReversed(), bootOf(tails, bootId), sureSeq);
}

/** Written in an earlier run of the system, which had its own recovery. */
function isOfAnotherRun(tail: Tail, newer: Tail): boolean {
  return tail.header !== null && newer.header !== null && tail.header.bootId !== newer.header.bootId;
}

function bootOf(tails: readonly Tail[], bootId: string): EpochFacts['boot'] {
  const before = tails.find((tail) => tail.header !== null)?.header?.bootId ?? '';
  if (before === '' || bootId === '') return 'unknown';
  return before === bootId ? 'same' : 'other';
}

/**
 * Goes through the segments, oldest first, to the first place where an event is missing and its absence ends the log.
 */
function walk(tails: readonly Tail[], boot: EpochFacts['boot'], sureSeq: number): LogEnd {
  for (const [index, tail] of tails.entries()) {
    const next = tails[index + 1];
    const missing = tail.goodSeq + 1;
    const whole = next === undefined ? tail.trouble !== 'damaged' : missing >= next.firstSeq;
    if (whole || keepsBeyond(boot, missing, sureSeq)) continue;
    const beyond = tails.slice(index + 1).map((later) => later.firstSeq);
    return { tail, lastSeq: tail.goodSeq, boot, torn: true, beyond };
  }
  const tail = tails.at(-1)!;
  const lastSeq = tail.trouble === 'damaged' ? tail.lastSeq : tail.goodSeq;
  return { tail, lastSeq, boot, torn: tail.trouble === 'short' || tail.trouble === 'zeros', beyond: [] };
}
