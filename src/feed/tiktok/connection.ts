import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { fromBinary } from '@bufbuild/protobuf';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { Timer } from '../../base/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import { controlAction } from '../../protocol/webcast/values.ts';
import { WebcastControlMessageSchema } from '../../protocol/webcast/webcast_pb.ts';
import type { Connection, ConnectionEnd, ConnectionHooks } from '../upstream/connection.ts';
import { countMessages } from '../upstream/counters.ts';
import { Reading } from '../upstream/reading.ts';
import { StreamLag } from '../upstream/stream-lag.ts';
import { AckLine } from './ack-line.ts';
import { ackFrame, enterRoomFrame, heartbeatFrame, readFrame } from './frames.ts';
import type { InboundFrame } from './frames.ts';
import type { Ack } from '../upstream/intake.ts';

// One Webcast socket from handshake to end: enters the room, beats, reads, acknowledges, and notices when nothing comes
// any more. Owns the socket and two timers; tells its end exactly once.

export interface WebcastConnectionOptions extends ConnectionHooks {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly roomId: string;
  readonly cursor: string;
  /** Random decimal for the enter message. */
  readonly enterId: string;
}

/** So many unreadable frames in a row are no accident. */
const unreadableMax = 10;
const reportsMax = 5;

export class WebcastConnection implements Connection {
  readonly #options: WebcastConnectionOptions;
  readonly #socket: WebSocket;
  readonly #acks: AckLine;
  readonly #reading: Reading;
  /** What the WebSocket is made of: corked while several acknowledgements are written. */
  #wire: Socket | null = null;
  #timer: Timer;
  #ended = false;
  #opened = false;
  #openedMs = 0;
  #live = false;
  #flowing = false;
  #silent = false;
  #beats = 0;
  #beatDueMs = 0;
  #unreadable = 0;
  #reports = 0;
  #lastFrameMs = 0;
  #lastMessageMs = 0;
  /** The same as #lastFrameMs, but nothing is forgiven: how far back a loss may reach. */
  #heardMs = 0;
  /** From when it is open. */
  #lag: StreamLag | null = null;

  constructor(options: WebcastConnectionOptions) {
    this.#options = options;
    const { url, headers, timing, clock } = options;
    this.#socket = new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      maxPayload: limits.webcastFrameBytesMax.value,
    });
    this.#acks = new AckLine(clock, (frames) => this.#sendAcks(frames));
    this.#reading = new Reading(clock, this.#socket);
    this.#timer = clock.after(timing.connectMs, () => {
      this.#end({ kind: 'refused', detail: `no handshake in ${timing.connectMs} ms` });
    });
    this.#socket.on('upgrade', (response) => this.#onUpgrade(response));
    this.#socket.on('unexpected-response', (_request, response) =>
      this.#end({ kind: 'refused', detail: refusal(response) }),
    );
    this.#socket.on('open', () => this.#onOpen());
    this.#socket.on('message', (data) => this.#onMessage(data));
    this.#socket.on('error', (error) => this.#onError(error));
    this.#socket.on('close', (code, reason) => this.#onClose(code, reason.toString()));
  }

  /** Ends it at once; `onEnd` is told `closed`. */
  close(): void {
    this.#end({ kind: 'closed' });
  }

  acknowledge(logId: string, internalExt: string): void {
    if (this.#ended) return;
    this.#acks.add(ackFrame(logId, internalExt));
    this.#options.counters.add('acks');
  }

  #sendAcks(frames: readonly Uint8Array[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#wire?.cork();
    for (let index = 0; index < frames.length; index++) this.#socket.send(frames[index]!);
    this.#wire?.uncork();
  }

  /** Reads on: the intake has room again. Time spent waiting does not count as silence. */
  resume(): void {
    if (!this.#reading.release()) return;
    this.#lastFrameMs = this.#lastMessageMs = this.#options.clock.nowMs();
  }

  #onUpgrade({ headers, socket }: IncomingMessage): void {
    this.#wire = socket;
    const status = headers['handshake-status'];
    if (typeof status === 'string' && status !== '0')
      this.#end({ kind: 'refused', detail: headerText(headers['handshake-msg']) });
  }

  #onOpen(): void {
    if (this.#ended) return;
    this.#opened = true;
    const { clock, counters, roomId, cursor, enterId } = this.#options;
    counters.add('connects');
    this.#timer.cancel();
    this.#openedMs = this.#lastFrameMs = this.#lastMessageMs = this.#heardMs = clock.nowMs();
    this.#lag = new StreamLag(this.#openedMs);
    this.#socket.send(enterRoomFrame({ roomId, cursor, enterId }));
    this.#beat();
  }

  readonly #beat = (): void => {
    if (this.#ended) return;
    const { clock, timing, counters, roomId } = this.#options;
    this.#socket.send(heartbeatFrame(roomId, this.#beats++));
    counters.add('heartbeats');
    this.#timer = clock.after(timing.heartbeatMs, this.#beat);
    const nowMs = clock.nowMs();
    if (this.#beatDueMs > 0 && nowMs > this.#beatDueMs) this.#forgive(nowMs, nowMs - this.#beatDueMs);
    this.#beatDueMs = nowMs + timing.heartbeatMs;
    this.#judge(nowMs);
  };

  /**
   * While this process stood still (a stall, a sleeping laptop) it did not read: that is no silence of upstream. What
   * came at the end of it was heard just now.
   */
  #forgive(nowMs: number, lateMs: number): void {
    this.#openedMs = Math.min(this.#openedMs + lateMs, nowMs);
    this.#lastFrameMs = Math.min(this.#lastFrameMs + lateMs, nowMs);
    this.#lastMessageMs = Math.min(this.#lastMessageMs + lateMs, nowMs);
  }

  /** Is anybody there? While we do not read, we cannot tell. */
  #judge(nowMs: number): void {
    if (this.#reading.held) return;
    const { timing, renewMs, intake } = this.#options;
    if (!this.#live && nowMs - this.#openedMs >= timing.connectMs) {
      this.#end({ kind: 'refused', detail: `the room did not answer in ${timing.connectMs} ms` });
      return;
    }
    const deadMs = nowMs - this.#lastFrameMs;
    const silentMs = nowMs - this.#lastMessageMs;
    if (deadMs >= timing.deadMs) {
      this.#lose(`half-open: no answer to heartbeats for ${Math.round(deadMs)} ms`);
    } else if (silentMs >= renewMs) this.#end({ kind: 'silent', sinceMs: silentMs });
    else if (silentMs >= timing.silentMs && !this.#silent) {
      this.#silent = true;
      intake.state('silent', `connected, but no message for ${Math.round(silentMs / 1_000)} s`);
    }
  }

  #onMessage(data: RawData): void {
    if (this.#ended) return;
    const { clock, counters, intake } = this.#options;
    counters.add('frames');
    this.#reading.frame();
    this.#lastFrameMs = this.#heardMs = clock.nowMs();
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    const frame = readFrame(bytes, clock.wallMs());
    if (frame.kind === 'messages') this.#onMessages(frame);
    else if (frame.kind === 'unreadable') this.#onUnreadable(frame.reason);
    else if (frame.kind === 'entered') this.#onEntered();
    else if (frame.kind === 'other') counters.add('framesOther');
    if (intake.full && this.#reading.hold()) counters.add('pauses');
  }

  #onMessages(frame: InboundFrame & { readonly kind: 'messages' }): void {
    const { counters, intake, onFlow } = this.#options;
    const { messages, logId, needAck, internalExt, sentAt } = frame;
    this.#unreadable = 0;
    this.#lag?.frame(sentAt, this.#heardMs);
    this.#onEntered();
    if (messages.length > 0) {
      this.#lastMessageMs = this.#lastFrameMs;
      if (this.#silent) intake.state('live', 'messages are coming again');
      this.#silent = false;
      if (!this.#flowing) onFlow();
      this.#flowing = true;
    }
    if (needAck && internalExt === '') counters.add('acksEmpty');
    countMessages(counters, messages);
    intake.messages(messages, needAck && internalExt !== '' ? new FrameAck(this, logId, internalExt) : null);
    const how = endOf(messages);
    if (how !== null) this.#end({ kind: 'over', how });
  }

  #onEntered(): void {
    if (this.#live) return;
    this.#live = true;
    this.#options.onLive();
  }

  /** What it held is lost: nobody can say how much. */
  #onUnreadable(reason: string): void {
    const { clock, counters, intake, report } = this.#options;
    counters.add('framesUnreadable');
    intake.gap({ reason: 'upstream-lost', at: clock.wallMs(), lengthMs: 0, missed: 0 });
    if (this.#reports++ < reportsMax) {
      report({ code: 'frame-unreadable', message: `a frame could not be read and was left out: ${reason}` });
    }
    if (++this.#unreadable >= unreadableMax) {
      this.#lose(`${unreadableMax} frames in a row could not be read: ${reason}`);
    }
  }

  #onError(error: Error): void {
    if (this.#opened) this.#lose(error.message);
    else this.#end({ kind: 'refused', detail: error.message });
  }

  #onClose(code: number, reason: string): void {
    if (this.#ended) this.#timer.cancel();
    this.#lose(`closed with ${code}${reason === '' ? '' : ` ${reason.slice(0, 120)}`}`);
  }

  #lose(detail: string): void {
    // What was on its way when it broke is missing as well.
    const lagMs = this.#lag?.lastMs ?? 0;
    const sinceMs = this.#opened ? this.#options.clock.nowMs() - this.#heardMs + lagMs : 0;
    this.#end({ kind: 'lost', detail, sinceMs });
  }

  #end(end: ConnectionEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reading.end();
    this.#acks.flush();
    this.#acks.close();
    this.#timer.cancel();
    // The acknowledgement of the last frame is on its way: a clean close lets it go out first.
    if (end.kind === 'over' && this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.close(1000);
      this.#timer = this.#options.clock.after(this.#options.timing.httpMs, () => this.#socket.terminate());
    } else this.#socket.terminate();
    this.#options.onEnd(end);
  }
}

/** One frame's acknowledgement: it belongs to the connection that the frame came from. */
class FrameAck implements Ack {
  readonly #connection: WebcastConnection;
  readonly #logId: string;
  readonly #internalExt: string;

  constructor(connection: WebcastConnection, logId: string, internalExt: string) {
    this.#connection = connection;
    this.#logId = logId;
    this.#internalExt = internalExt;
  }

  acknowledge(): void {
    this.#connection.acknowledge(this.#logId, this.#internalExt);
  }
}

/** Whether these messages say that the LIVE is over. A backlog may still hold the end of the one before. */
function endOf(messages: readonly RawMessage[]): 'ended' | 'suspended' | null {
  for (const { method, payload, history } of messages) {
    if (method !== 'WebcastControlMessage' || history) continue;
    const action = readAction(payload);
    if (action === controlAction.ended) return 'ended';
    if (action === controlAction.suspended) return 'suspended';
  }
  return null;
}

function readAction(payload: Uint8Array): number {
  try {
    return fromBinary(WebcastControlMessageSchema, payload).action;
  } catch {
    // The normalizer quarantines it; here it ends nothing.
    return 0;
  }
}

/** TikTok says why in a header, such as DEVICE_BLOCKED. */
function refusal({ statusCode, headers }: IncomingMessage): string {
  const message = headerText(headers['handshake-msg']);
  return `${message === '' ? 'the handshake was answered' : message} (status ${statusCode ?? 0})`;
}

function headerText(value: string | string[] | undefined): string {
  return String(value ?? '').slice(0, 120);
}
