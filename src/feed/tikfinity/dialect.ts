import type { RawMessage } from '../../protocol/raw.ts';
import { messageOfEvent } from '../json/webcast-json.ts';
import { eventMethods } from '../json/names.ts';
import { isRecord } from '../recording/format.ts';
import type { JsonDialect, JsonFrame } from '../upstream/json-connection.ts';

// How TikFinity's local socket speaks: one event a frame, `{"event":"gift","data":{…}}`, flat objects of the old
// connectors. Events without a meaning here (`config`, …) are passed over.

export const tikfinityDialect: JsonDialect = {
  service: 'TikFinity',
  listensWhenOpen: true,
  // Programs that speak as TikFinity does may read nothing at all.
  answersPings: false,
  parse: parseFrame,
  endOf: (code, reason, sinceMs) => ({
    kind: 'lost',
    detail: `closed with ${code}${reason === '' ? '' : ` ${reason.slice(0, 120)}`}`,
    sinceMs,
  }),
};

const nothing: JsonFrame = { messages: [], live: false, problems: [] };

function parseFrame(text: string, receivedAt: number): JsonFrame | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (!isRecord(value)) return 'not an object';
  const { event, data } = value;
  if (typeof event !== 'string') return 'no `event`';
  if (!Object.hasOwn(eventMethods, event)) return nothing;
  const reading = messageOfEvent(event, data, receivedAt);
  if (reading.kind !== 'message') return reading.reason;
  const messages: RawMessage[] = [reading.raw];
  return { messages, live: true, problems: [] };
}
