import type { FeedGap, RawMessage } from '../../protocol/raw.ts';
import { limits } from '../../protocol/limits.ts';

// One line of a recording: a JSON object, either a raw message or a gap. Readers ignore keys they do not know, so that
// recordings made by other tools (with `uniqueId`, `sha1`, `createTime`...) play as they are.
//
//   {"method":"WebcastGiftMessage","recordedAt":"2026-05-01T20:00:00.123Z","msgId":"7364...","b64":"CpoB..."}
//   {"gap":{"reason":"upstream-lost","at":1777665600123,"lengthMs":1800,"missed":0}}

/** Which LIVE a message is of, where a recording of many says so on each line; '' = not said. */
export interface RecordingOrigin {
  /** Upstream's room id. */
  readonly roomId: string;
  /** The host's handle. */
  readonly uniqueId: string;
}

/**
 * Ids of messages: upstream's numbers, and what a pusher chose (docs/PUSH.md). Safe in JSON and in addresses, and
 * without the mark that parts an event's number from its id.
 */
export const messageIdPattern = /^[\w.~-]{1,64}$/;

const noOrigin: RecordingOrigin = { roomId: '', uniqueId: '' };

export type RecordingEntry =
  | { readonly kind: 'message'; readonly raw: RawMessage; readonly origin: RecordingOrigin }
  | { readonly kind: 'gap'; readonly gap: FeedGap }
  | { readonly kind: 'malformed'; readonly reason: string };

/** What `text` (one line, without its end) says. Never throws: a bad line is a `malformed` entry with the reason. */
export function parseRecordingLine(text: string): RecordingEntry {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return malformed(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(value)) return malformed('not a JSON object');
  return value['gap'] === undefined ? parseMessage(value) : parseGap(value['gap']);
}

function parseMessage(value: Record<string, unknown>): RecordingEntry {
  const { method, recordedAt, msgId, history, b64 } = value;
  if (typeof method !== 'string' || method === '' || method.length > 200) {
    return malformed('`method` must be a string of 1 to 200 characters');
  }
  if (typeof b64 !== 'string') return malformed('`b64` must be a string: the payload in base64');
  const payload = Buffer.from(b64, 'base64');
  if (payload.length !== decodedLength(b64)) return malformed('`b64` is not base64');
  if (payload.length > limits.rawMessageBytesMax.value) {
    return malformed(`the payload has ${payload.length} bytes, more than ${limits.rawMessageBytesMax.value}`);
  }
  const receivedAt = parseTime(recordedAt);
  if (receivedAt === null) return malformed('`recordedAt` must be an ISO 8601 time or Unix milliseconds');
  const id = typeof msgId === 'string' && messageIdPattern.test(msgId) ? msgId : '';
  const raw = { method, payload, msgId: id, receivedAt, history: history === true };
  return { kind: 'message', raw, origin: parseOrigin(value) };
}

function parseOrigin({ roomId, uniqueId }: Record<string, unknown>): RecordingOrigin {
  if (roomId === undefined && uniqueId === undefined) return noOrigin;
  return {
    roomId: typeof roomId === 'string' && roomId.length <= 64 ? roomId : '',
    uniqueId: typeof uniqueId === 'string' && uniqueId.length <= 64 ? uniqueId : '',
  };
}

function parseGap(value: unknown): RecordingEntry {
  if (!isRecord(value)) return malformed('`gap` must be an object');
  const { reason, at, lengthMs, missed } = value;
  if (reason !== 'upstream-lost' && reason !== 'silence' && reason !== 'overload') {
    return malformed('`gap.reason` must be upstream-lost, silence or overload');
  }
  if (!isCount(at) || !isCount(lengthMs) || !isCount(missed)) {
    return malformed('`gap.at`, `gap.lengthMs` and `gap.missed` must be whole numbers from 0');
  }
  return { kind: 'gap', gap: { reason, at, lengthMs, missed } };
}

/** One line with its end, for `raw`. */
export function formatMessageLine(raw: RawMessage): string {
  return formatLineOf(raw, noOrigin);
}

/** The same for a recording of many LIVEs. */
export function formatLineOf(raw: RawMessage, origin: RecordingOrigin): string {
  const { payload } = raw;
  const b64 = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64');
  const msgId = raw.msgId === '' ? '' : `,"msgId":"${raw.msgId}"`;
  const history = raw.history ? ',"history":true' : '';
  const recordedAt = new Date(raw.receivedAt).toISOString();
  const head = `{"method":${JSON.stringify(raw.method)},"recordedAt":"${recordedAt}"${msgId}${history}`;
  return `${head}${formatOrigin(origin)},"b64":"${b64}"}\n`;
}

function formatOrigin({ roomId, uniqueId }: RecordingOrigin): string {
  const room = roomId === '' ? '' : `,"roomId":${JSON.stringify(roomId)}`;
  return uniqueId === '' ? room : `${room},"uniqueId":${JSON.stringify(uniqueId)}`;
}

/** One line with its end, for `gap`. */
export function formatGapLine(gap: FeedGap): string {
  return `${JSON.stringify({ gap })}\n`;
}

/**
 * Bytes that `b64` stands for; -1 = it is not well formed. Buffer.from skips what is not base64, which must not pass
 * unseen.
 */
function decodedLength(b64: string): number {
  let length = b64.length;
  while (length > 0 && b64.charCodeAt(length - 1) === 61) length--;
  return length % 4 === 1 ? -1 : (length * 3) >> 2;
}

function parseTime(value: unknown): number | null {
  const time = typeof value === 'string' ? Date.parse(value) : value;
  return typeof time === 'number' && time >= 0 && time <= 8.64e15 ? Math.floor(time) : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && typeof value === 'number' && value >= 0;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(reason: string): RecordingEntry {
  return { kind: 'malformed', reason };
}
