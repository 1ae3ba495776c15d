import { type HistoryDatabase, numberOrNull } from './database.ts';
import type { FoundSession } from './names.ts';
import { pulseMs } from './session-tally.ts';

// From a time to a position. Times are upstream's, and only roughly in order: the position of a time is the one after
// all tens of seconds that were over by then, and after the changes of the board that came in the one under way.

/** The position that a session was at, at `atMs` (Unix ms); its first one for times before it began. */
export function seqAt(database: HistoryDatabase, session: FoundSession, atMs: number): number {
  const newest = 'SELECT max(seq) AS seq FROM pulse WHERE session = ? AND at <= ?';
  const over = numberOrNull(database.get(newest, [session.id, atMs - pulseMs])!, 'seq') ?? session.startSeq - 1;
  const underWay = numberOrNull(database.get(newest, [session.id, atMs])!, 'seq') ?? session.startSeq - 1;
  const entries = `SELECT max(seq) AS seq FROM entry
    WHERE room = ? AND seq > ? AND seq <= ? AND session = ? AND at <= ?`;
  const row = database.get(entries, [session.room, over, underWay, session.id, atMs])!;
  return Math.max(session.startSeq, over, numberOrNull(row, 'seq') ?? 0);
}
