import type { EventFrame } from '../../protocol/frames.ts';
import { limits } from '../../protocol/limits.ts';
import type { Disk } from '../disk.ts';
import { readLog } from '../reader.ts';
import type { Deadline } from './deadline.ts';
import type { EventRange } from './requests.ts';

// Events as they were broadcast: from the log itself, which has them whole, for as long as retention keeps them.

export interface EventPage {
  readonly events: readonly EventFrame[];
  /** Where the next page begins; 0 = there is none. */
  readonly nextSeq: number;
  /** Events of the range that the log does not have. */
  readonly missing: number;
}

export interface LogPlace {
  readonly disk: Disk;
  readonly directory: string;
}

/** Events between two looks at the deadline. */
const perLook = 256;

/** One event or hole of a range, in order; kinds that were not asked for are left out. */
export function* eventsOf(
  place: LogPlace,
  range: EventRange,
): Generator<{ readonly frame: EventFrame; readonly text: string } | { readonly missing: number } | null> {
  const { fromSeq = 1, toSeq = Number.POSITIVE_INFINITY } = range;
  const kinds = range.kinds === undefined ? null : new Set(range.kinds);
  for (const item of readLog(place.disk, place.directory, fromSeq, toSeq)) {
    if (item.kind === 'hole') {
      yield { missing: item.to - item.from + 1 };
      continue;
    }
    const text = item.payload.toString();
    const frame = JSON.parse(text) as EventFrame;
    // null: looked at and left out, so that whoever reads can count what it costs.
    yield kinds === null || kinds.has(frame.kind) ? { frame, text } : null;
  }
}

export function eventPage(
  place: LogPlace,
  range: EventRange & { readonly limit?: number },
  deadline: Deadline,
): EventPage {
  const limit = Math.max(1, Math.min(limits.historyPageRows.value, range.limit ?? 100));
  const events: EventFrame[] = [];
  let missing = 0;
  let looked = 0;
  for (const found of eventsOf(place, range)) {
    if (++looked % perLook === 0) deadline.check();
    if (found === null) continue;
    if ('missing' in found) missing += found.missing;
    else if (events.length === limit) return { events, nextSeq: found.frame.seq, missing };
    else events.push(found.frame);
  }
  return { events, nextSeq: 0, missing };
}
