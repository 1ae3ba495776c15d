import { type HistoryDatabase, numberOf } from './database.ts';
import type { FoundSession } from './names.ts';
import { pulseMs } from './session-tally.ts';

// From a time to a position. Times are upstream's, and only roughly in order: a streak that upstream never ended is
// older than what came before it, a clock may be hours ahead. So nothing is taken from one event alone: a time divides
// what came, in its order, where the fewest are on the wrong side. First the tens of seconds, by where each began to
// arrive (late ones add to it, and do not move that), then the changes of the board in the one that was under way.

/** The position that a session was at, at `atMs` (Unix ms); its first one for times before it began. */
export function seqAt(database: HistoryDatabase, session: FoundSession, atMs: number): number {
  const tens = 'SELECT at, first_seq AS seq FROM pulse WHERE session = ? ORDER BY first_seq';
  const pulses = placesOf(database, tens, [session.id]);
  const over = lastBefore(session, pulses, dividedOff(pulses, atMs - pulseMs));
  const underWay = lastBefore(session, pulses, dividedOff(pulses, atMs));
  const changes = `SELECT at, seq FROM entry WHERE room = ? AND seq > ? AND seq <= ? AND session = ? ORDER BY seq`;
  const entries = placesOf(database, changes, [session.room, over, underWay, session.id]);
  const last = entries[dividedOff(entries, atMs) - 1];
  return Math.max(session.startSeq, over, last?.seq ?? 0);
}

interface Placed {
  readonly at: number;
  readonly seq: number;
}

function placesOf(database: HistoryDatabase, sql: string, values: readonly number[]): Placed[] {
  return database.all(sql, values).map((row) => ({ at: numberOf(row, 'at'), seq: numberOf(row, 'seq') }));
}

/** How many of `places`, in order of arrival, are before `atMs`, with the fewest exceptions. */
function dividedOff(places: readonly Placed[], atMs: number): number {
  let [lead, best, count] = [0, 0, 0];
  for (const [index, { at }] of places.entries()) {
    lead += at <= atMs ? 1 : -1;
    if (lead <= best) continue;
    best = lead;
    count = index + 1;
  }
  return count;
}

/** The last position before the pulse at `index` began. */
function lastBefore(session: FoundSession, pulses: readonly Placed[], index: number): number {
  const pulse = pulses[index];
  return pulse === undefined ? session.endSeq : pulse.seq - 1;
}
