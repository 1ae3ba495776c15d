import { assert } from '../../base/assert.ts';
import type { EventFrame } from '../../protocol/frames.ts';
import type { EventRange } from '../../protocol/history-queries.ts';
import type { CsvValue } from './csv.ts';
import { columns, type ExportTable, ids, personColumns, times } from './export-table.ts';
import { eventsOf, type LogPlace } from './log-events.ts';

// Events as rows of a table, and as they are. Where the log has lost some, or retention has taken them, the export says
// so in their place: a row, or an object, of kind `missing`.

const eventColumns = columns('seq', times('time'), 'kind', ids('id'), personColumns, 'text count diamonds');

export function eventTable(place: LogPlace, range: EventRange, expected: number): ExportTable {
  return { title: 'events', columns: eventColumns, expected, rows: eventRows(place, range) };
}

function* eventRows(place: LogPlace, range: EventRange): Generator<CsvValue[]> {
  for (const found of eventsOf(place, range)) {
    if (found.kind === 'event') yield eventValues(JSON.parse(found.text) as EventFrame);
    else if (found.kind === 'missing') {
      const text = `not in the log: ${found.seq} to ${found.to}`;
      yield [found.seq, null, 'missing', null, null, null, null, text, found.to - found.seq + 1, null];
    }
  }
}

/** Whole events, one JSON text each. */
export function* eventTexts(place: LogPlace, range: EventRange): Generator<string> {
  for (const found of eventsOf(place, range)) {
    if (found.kind === 'event') yield found.text;
    else if (found.kind === 'missing') yield JSON.stringify({ seq: found.seq, kind: 'missing', to: found.to });
  }
}

/** What fits a table of an event: who, what in words, how much. The whole event is in the other formats. */
function eventValues(frame: EventFrame): CsvValue[] {
  const user = 'user' in frame ? frame.user : null;
  const who = user === null ? [null, null, null] : [user.id, user.handle, user.name];
  const head = [frame.seq, frame.at, frame.kind, frame.id, ...who];
  assert(head.length === 7, 'a person has three columns');
  switch (frame.kind) {
    case 'gift':
      return [...head, frame.gift.name, frame.count, frame.diamonds];
    case 'chat':
      return [...head, frame.text, null, null];
    case 'like':
      return [...head, null, frame.count, null];
    case 'room':
      return [...head, `${frame.topic}${frame.text === '' ? '' : `: ${frame.text}`}`, frame.value, null];
    case 'correction':
      return [...head, `${frame.action}: ${frame.reason}`, null, frame.applied ?? frame.diamonds];
    case 'gap':
      return [...head, frame.reason, frame.missed, null];
    case 'viewers':
      return [...head, null, frame.current, null];
    case 'battle':
      return [...head, frame.change === 'state' ? frame.phase : frame.change, null, null];
    default:
      return [...head, null, null, null];
  }
}
