import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { Timer } from '../../base/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import { messageOfType } from '../json/webcast-json.ts';
import { isRecord } from '../recording/format.ts';
import type { Connection, ConnectionEnd, ConnectionHooks } from '../upstream/connection.ts';
import { countMessages } from '../upstream/counters.ts';

// One socket to Euler's cloud: JSON frames that bundle decoded messages. Nothing is acknowledged there; whether
// anybody is there is asked by WebSocket pings. Its close codes say why it ended, and what would help.

/** Close codes of the service (SDK 0.0.6). What is not here is a connection that was lost. */
function endOfCode(code: number, reason: string): ConnectionEnd {
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
      return { kind: 'lost', detail: said };
  }
}

export class EulerConnection implements Connection {
  readonly #hooks: ConnectionHooks;
  readonly #socket: WebSocket;
  #timer: Timer;
  #ended = false;
  #opened = false;
  #live = false;
  #flowing = false;
  #silent = false;
  #paused = false;
  #beatDueMs = 0;
  #heardMs = 0;
  #messageMs = 0;

  constructor(url: string, hooks: ConnectionHooks) {
    this.#hooks = hooks;
    const { clock, timing } = hooks;
    this.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: limits.webcastFrameBytesMax.value });
    this.#timer = clock.after(timing.connectMs, () => {
      this.#end({ kind: 'refused', detail: `no handshake in ${timing.connectMs} ms` });
    });
    this.#socket.on('unexpected-response', (_request, response) => {
      this.#end({ kind: 'refused', detail: `the handshake was answered with status ${response.statusCode ?? 0}` });
    });
    this.#socket.on('open', () => this.#onOpen());
    this.#socket.on('pong', () => (this.#heardMs = clock.nowMs()));
    this.#socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    this.#socket.on('error', (error) => this.#end({ kind: this.#opened ? 'lost' : 'refused', detail: error.message }));
    this.#socket.on('close', (code, reason) => this.#end(endOfCode(code, reason.toString())));
  }

  close(): void {
    this.#end({ kind: 'closed' });
  }

  resume(): void {
    if (!this.#paused || this.#ended) return;
    this.#paused = false;
    this.#heardMs = this.#messageMs = this.#hooks.clock.nowMs();
    this.#socket.resume();
  }

  #onOpen(): void {
    if (this.#ended) return;
    this.#opened = true;
    const { clock, counters } = this.#hooks;
    counters.add('connects');
    this.#timer.cancel();
    this.#heardMs = this.#messageMs = clock.nowMs();
    this.#beat();
  }

  readonly #beat = (): void => {
    if (this.#ended) return;
    const { clock, timing, counters } = this.#hooks;
    const nowMs = clock.nowMs();
    // Time in which this process stood still is no silence of upstream.
    const lateMs = this.#beatDueMs === 0 ? 0 : Math.max(0, nowMs - this.#beatDueMs);
    this.#heardMs += lateMs;
    this.#messageMs += lateMs;
    this.#beatDueMs = nowMs + timing.heartbeatMs;
    this.#socket.ping();
    counters.add('heartbeats');
    this.#timer = clock.after(timing.heartbeatMs, this.#beat);
    if (!this.#paused) this.#judge(nowMs);
  };

  #judge(nowMs: number): void {
    const { timing, renewMs, intake } = this.#hooks;
    const silentMs = nowMs - this.#messageMs;
    if (nowMs - this.#heardMs >= timing.deadMs) this.#end({ kind: 'lost', detail: 'half-open: no answer to pings' });
    else if (silentMs >= renewMs) this.#end({ kind: 'silent', sinceMs: silentMs });
    else if (silentMs >= timing.silentMs && this.#live && !this.#silent) {
      this.#silent = true;
      intake.state('silent', `connected, but no message for ${Math.round(silentMs / 1_000)} s`);
    }
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    const { clock, counters, intake } = this.#hooks;
    counters.add('frames');
    this.#heardMs = clock.nowMs();
    const text = isBinary ? null : (data as Buffer).toString('utf8');
    const frame = text === null ? 'a binary frame' : parseFrame(text, clock.wallMs());
    if (typeof frame === 'string') this.#onUnreadable(frame);
    else {
      if (frame.problems.length > 0) this.#onUnreadable(frame.problems[0]!);
      if (frame.live) this.#onLive();
      this.#onMessages(frame.messages);
    }
    if (!intake.full || this.#paused || this.#ended) return;
    this.#paused = true;
    counters.add('pauses');
    this.#socket.pause();
  }

  #onMessages(messages: readonly RawMessage[]): void {
    if (messages.length === 0) return;
    const { counters, intake, onFlow } = this.#hooks;
    this.#onLive();
    this.#messageMs = this.#heardMs;
    if (this.#silent) intake.state('live', 'messages are coming again');
    this.#silent = false;
    if (!this.#flowing) onFlow();
    this.#flowing = true;
    countMessages(counters, messages);
    intake.messages(messages, null);
  }

  #onLive(): void {
    if (this.#live) return;
    this.#live = true;
    this.#hooks.onLive();
  }

  #onUnreadable(reason: string): void {
    const { clock, counters, intake, report } = this.#hooks;
    counters.add('framesUnreadable');
    intake.gap({ reason: 'upstream-lost', at: clock.wallMs(), lengthMs: 0, missed: 0 });
    report({ code: 'frame-unreadable', message: `a frame of Euler's cloud could not be read: ${reason}` });
  }

  #end(end: ConnectionEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer.cancel();
    this.#socket.terminate();
    this.#hooks.onEnd(end);
  }
}

interface EulerFrame {
  readonly messages: readonly RawMessage[];
  /** Upstream says that it is connected to the LIVE. */
  readonly live: boolean;
  readonly problems: readonly string[];
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
export function parseFrame(text: string, receivedAt: number): EulerFrame | string {
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
