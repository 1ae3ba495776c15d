import { subprotocol } from '../../src/protocol/frames.ts';
import type { Language, Parsed } from './connection.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import type {
  ErrorFrame,
  EventFrame,
  HeartbeatFrame,
  HelloFrame,
  LaggedFrame,
  ServerFrame,
  SnapshotFrame,
  SourceState,
} from '../../src/protocol/frames.ts';

// The edge of the client: text in, a frame or the reason why it is none out. What steers the connection (numbers,
// epochs, flags) is checked field by field; an event's own fields are the broker's, which wrote them from the types
// that this page was built with.

const sourceStates: ReadonlySet<string> = new Set<SourceState>([
  'connecting',
  'live',
  'silent',
  'offline',
  'ended',
  'failed',
]);

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function bad(why: string): Parsed<never> {
  return { kind: 'bad', why };
}

/** The object that `text` is; a sentence where it is none. */
export function parseObject(text: string): Record<string, unknown> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'a frame is not JSON';
  }
  return isRecord(value) ? value : 'a frame is not an object';
}

/** What a room's stream speaks. */
export const roomLanguage: Language<ServerFrame> = { subprotocol, parse: parseFrame };

/** The frame that `text` is, or why it is none. Never throws. */
function parseFrame(text: string): Parsed<ServerFrame> {
  const value = parseObject(text);
  if (typeof value === 'string') return bad(value);
  // Events carry `seq` first and are nearly all there is: they go first.
  switch (value['kind']) {
    case 'hello':
      return hello(value);
    case 'snapshot':
      return snapshot(value);
    case 'lagged':
      return lagged(value);
    case 'heartbeat':
      return heartbeat(value);
    case 'error':
      return error(value);
    default:
      return event(value);
  }
}

function event(value: Record<string, unknown>): Parsed<ServerFrame> {
  if (typeof value['kind'] !== 'string') return bad('a frame has no kind');
  if (!isCount(value['seq']) || value['seq'] === 0) return bad(`event '${value['kind']}' has no seq`);
  return { kind: 'frame', frame: value as unknown as EventFrame };
}

export function hello(value: Record<string, unknown>): Parsed<HelloFrame> {
  const { room, epoch, seq, resumed, serverTime, heartbeatMs } = value;
  if (typeof room !== 'string') return bad('hello has no room');
  if (typeof epoch !== 'string' || epoch === '') return bad('hello has no epoch');
  if (!isCount(seq)) return bad('hello has no seq');
  if (typeof resumed !== 'boolean') return bad('hello does not say whether it resumed');
  if (typeof serverTime !== 'number' || !Number.isFinite(serverTime)) return bad('hello has no server time');
  if (!isCount(heartbeatMs) || heartbeatMs === 0) return bad('hello has no heartbeat interval');
  const frame: HelloFrame = { kind: 'hello', room, epoch, seq, resumed, serverTime, heartbeatMs };
  return { kind: 'frame', frame };
}

function snapshot(value: Record<string, unknown>): Parsed<ServerFrame> {
  const { epoch, seq, view } = value;
  if (typeof epoch !== 'string' || epoch === '') return bad('snapshot has no epoch');
  if (!isCount(seq)) return bad('snapshot has no seq');
  if (!isRecord(view) || !isRecord(view['session']) || !Array.isArray(view['board']))
    return bad('snapshot has no view');
  const frame: SnapshotFrame = { kind: 'snapshot', epoch, seq, view: view as unknown as RoomView };
  return { kind: 'frame', frame };
}

function lagged(value: Record<string, unknown>): Parsed<ServerFrame> {
  const { missed, from, to } = value;
  if (!isCount(missed)) return bad('lagged does not say how many');
  if (!isCount(from) || !isCount(to)) return bad('lagged does not say which');
  const frame: LaggedFrame = { kind: 'lagged', missed, from, to };
  return { kind: 'frame', frame };
}

export function heartbeat(value: Record<string, unknown>): Parsed<HeartbeatFrame> {
  const { seq, serverTime, source, sourceAgeMs } = value;
  if (!isCount(seq)) return bad('heartbeat has no seq');
  if (typeof serverTime !== 'number' || !Number.isFinite(serverTime)) return bad('heartbeat has no server time');
  if (typeof source !== 'string' || !sourceStates.has(source)) return bad('heartbeat has no source state');
  if (typeof sourceAgeMs !== 'number') return bad('heartbeat has no source age');
  const frame: HeartbeatFrame = { kind: 'heartbeat', seq, serverTime, source: source as SourceState, sourceAgeMs };
  return { kind: 'frame', frame };
}

export function error(value: Record<string, unknown>): Parsed<ErrorFrame> {
  const { code, message } = value;
  if (typeof code !== 'string' || typeof message !== 'string') return bad('error has no code or message');
  const frame: ErrorFrame = { kind: 'error', code, message };
  return { kind: 'frame', frame };
}
