import type { EventFrame } from '../../protocol/frames.ts';
import type { EventPage } from '../../protocol/history-answers.ts';
import type { EventRange } from '../../protocol/history-queries.ts';
import { limits } from '../../protocol/limits.ts';
import type { Disk } from '../disk.ts';
import { readLog } from '../reader.ts';
import type { Deadline } from './deadline.ts';

// Events as they were broadcast: from the log itself, which has them whole, for as long as retention keeps them.

export interface LogPlace {
  readonly disk: Disk;
  readonly directory: string;
}

/** What stands in the log at a place of the range. */
export type LogEvent =
  | { readonly kind: 'event'; readonly seq: number; readonly text: string }
  /** Of a kind that was not asked for: given all the same, so that whoever reads can count what it costs. */
  | { readonly kind: 'other'; readonly seq: number }
  /** Events `seq` to `to` are not in the log. */
  | { readonly kind: 'missing'; readonly seq: number; readonly to: number };

/** Events between two looks at the deadline. */
const perLook = 256;
/** An event's text as encodeEventFrame writes it: the kind is mostly the first thing after the seq. */
const kindFirst = /^\{"seq":\d{1,16},"kind":"([a-z]+)"/;

function kindOf(text: string): string {
  return kindFirst.exec(text)?.[1] ?? (JSON.parse(text) as EventFrame).kind;
}

/** Events and holes of a range, in order. */
export function* eventsOf(place: LogPlace, range: EventRange): Generator<LogEvent> {
  const { fromSeq = 1, toSeq = Number.POSITIVE_INFINITY } = range;
  const kinds = range.kinds === undefined ? null : new Set(range.kinds);
  for (const item of readLog(place.disk, place.directory, fromSeq, toSeq)) {
    if (item.kind === 'hole') {
      yield { kind: 'missing', seq: item.from, to: item.to };
      continue;
    }
    const text = item.payload.toString();
    const wanted = kinds === null || kinds.has(kindOf(text));
    yield wanted ? { kind: 'event', seq: item.seq, text } : { kind: 'other', seq: item.seq };
  }
}

export function eventPage(
  place: LogPlace,
  range: EventRange & { readonly limit?: number | undefined },
  deadline: Deadline,
): EventPage {
  const limit = Math.max(1, Math.min(limits.historyPageRows.value, range.limit ?? 100));
  const events: EventFrame[] = [];
  let missing = 0;
  let looked = 0;
  for (const found of eventsOf(place, range)) {
    const over = ++looked % perLook === 0 && deadline.isOver();
    if (over || (found.kind === 'event' && events.length === limit)) return { events, nextSeq: found.seq, missing };
    if (found.kind === 'missing') missing += found.to - found.seq + 1;
    if (found.kind === 'event') events.push(JSON.parse(found.text) as EventFrame);
  }
  return { events, nextSeq: 0, missing };
}
