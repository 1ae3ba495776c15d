import { parseExact } from '../../base/exact-json.ts';
import type { MalformedItem, PushItems } from '../../protocol/push.ts';
import { noIdPattern, type RawMessage } from '../../protocol/raw.ts';
import { messageOfEvent, messageOfType } from '../json/webcast-json.ts';
import { isRecord, messageIdPattern, parseRecordingLine } from '../recording/format.ts';

// What a push holds: one JSON object a line, or a JSON array of such objects, in any of three forms:
//   {"method":"WebcastGiftMessage","b64":"CpoB…","msgId":"7…","recordedAt":…}   Webcast bytes, as in recordings
//   {"type":"WebcastGiftMessage","data":{…}}                                   decoded, by any of the known names
//   {"event":"gift","data":{…}}                                                TikFinity, old connectors
// Each may have an `id` of the pusher's own choice: what is pushed again under it is a duplicate. The message's own id
// (`msgId` in the data) goes before it. Without either the push itself may have a key, which names its items by their
// number; otherwise what is pushed twice counts twice.

/** Malformed items that an answer lists; the others are only counted. */
const malformedListedMax = 20;

/**
 * What `body` holds: a text, or JSON that was parsed already. `receivedAt` dates what is undated. `key` (docs/PUSH.md)
 * makes an id for each item that has none. Never throws.
 */
export function readPush(body: unknown, receivedAt: number, key = ''): PushItems {
  const messages: RawMessage[] = [];
  const malformed: MalformedItem[] = [];
  let malformedCount = 0;
  for (const [index, item] of itemsOf(body).entries()) {
    if (typeof item === 'string' && item.trim() === '') continue;
    const reading = readItem(item, receivedAt);
    if (typeof reading !== 'string')
      messages.push(key === '' || reading.msgId !== '' ? reading : { ...reading, msgId: `${key}.${index + 1}` });
    else if (malformedCount++ < malformedListedMax) malformed.push({ item: index + 1, reason: reading });
  }
  return { messages, malformed, malformedCount };
}

function itemsOf(body: unknown): unknown[] {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'string') return [body];
  // Windows begins text files with a mark that is no JSON.
  const text = body.startsWith('\ufeff') ? body.slice(1) : body;
  return text.trimStart().startsWith('[') ? parseArray(text) : text.split('\n');
}

/** The items of a JSON array; an array that cannot be read is one item that cannot be read. */
function parseArray(text: string): unknown[] {
  try {
    const value = parseExact(text);
    return Array.isArray(value) ? value : [text];
  } catch {
    return [text];
  }
}

/** A message, or why there is none. */
function readItem(item: unknown, receivedAt: number): RawMessage | string {
  let value = item;
  if (typeof item === 'string') {
    try {
      value = parseExact(item);
    } catch (error) {
      return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  if (!isRecord(value)) return 'not a JSON object';
  const { id } = value;
  if (id !== undefined && (typeof id !== 'string' || !messageIdPattern.test(id)))
    return '`id` must be a string of 1 to 64 letters, digits, "-", "_", "." or "~"';
  const raw = readMessage(value, receivedAt);
  if (typeof raw === 'string' || raw.msgId !== '' || id === undefined) return raw;
  return { ...raw, msgId: noIdPattern.test(id) ? `~${id}` : id };
}

function readMessage(value: Record<string, unknown>, receivedAt: number): RawMessage | string {
  const { type, event, data } = value;
  if (typeof value['b64'] === 'string') {
    const entry = parseRecordingLine(JSON.stringify({ recordedAt: receivedAt, ...value }));
    return entry.kind === 'message' ? entry.raw : entry.kind === 'gap' ? 'a gap cannot be pushed' : entry.reason;
  }
  if (typeof type !== 'string' && typeof event !== 'string') return 'needs `b64`, or `type` or `event` with `data`';
  const reading =
    typeof type === 'string' ? messageOfType(type, data, receivedAt) : messageOfEvent(String(event), data, receivedAt);
  return reading.kind === 'message' ? reading.raw : reading.reason;
}
