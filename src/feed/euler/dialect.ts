import { limits } from '../../protocol/limits.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import { messageOfType } from '../json/webcast-json.ts';
import { isRecord } from '../recording/format.ts';
import type { ConnectionEnd } from '../upstream/connection.ts';
import type { JsonDialect, JsonFrame } from '../upstream/json-connection.ts';

// How Euler's cloud speaks: frames that bundle decoded messages, and close codes that say why it ended, and what would
// help.

export const eulerDialect: JsonDialect = {
  service: "Euler's cloud",
  listensWhenOpen: false,
  answersPings: true,
  parse: parseFrame,
  endOf: endOfCode,
};

/** Close codes of the service (SDK 0.0.6). What is not here is a connection that was lost. */
function endOfCode(code: number, reason: string, sinceMs: number): ConnectionEnd {
  const said = `closed with ${code}${reason === '' ? '' : ` ${reason.slice(0, 120)}`}`;
  switch (code) {
    case 4005:
      return { kind: 'over', how: 'ended' };
    case 4404:
      return { kind: 'offline', detail: 'the creator is not live' };
    case 4400:
      return { kind: 'hopeless', detail: `${said}: the options are not accepted; check handle and address` };
    case 4401:
      return { kind: 'hopeless', detail: `${said}: the key is not accepted; set a valid one` };
    case 4403:
      return { kind: 'hopeless', detail: `${said}: the key may not do this; see the account's plan` };
    default:
      return { kind: 'lost', detail: said, sinceMs };
  }
}

/** Messages that the service makes up itself: they come from no LIVE. */
const ownTypes = new Set([
  'SyntheticJoin',
  'SyntheticLeave',
  'roomInfo',
  'workerInfo',
  'tiktok.disconnect',
  'decodeError',
]);

/** What a frame holds, or why it cannot be read. */
function parseFrame(text: string, receivedAt: number): JsonFrame | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (!isRecord(value)) return 'not an object';
  const bundle = Array.isArray(value['messages']) ? value['messages'] : [value];
  const at = typeof value['timestamp'] === 'number' ? value['timestamp'] : receivedAt;
  const messages: RawMessage[] = [];
  const problems: string[] = [];
  let live = false;
  for (const item of bundle.slice(0, limits.webcastFrameMessagesMax.value)) {
    if (!isRecord(item)) {
      problems.push('a message that is no object');
      continue;
    }
    const type = item['type'] ?? item['event'];
    if (type === 'tiktok.connect') live = true;
    if (typeof type !== 'string' || !type.startsWith('Webcast') || ownTypes.has(type)) continue;
    const reading = messageOfType(type, item['data'], at);
    if (reading.kind === 'message') messages.push({ ...reading.raw, receivedAt });
    else problems.push(reading.reason);
  }
  return { messages, live, problems };
}
