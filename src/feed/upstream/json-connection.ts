import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { Timer } from '../../base/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import type { Connection, ConnectionEnd, ConnectionHooks } from './connection.ts';
import { countMessages } from './counters.ts';
import { Reading } from './reading.ts';

// One socket to a service that sends decoded messages as JSON frames (Euler's cloud, TikFinity). Nothing is
// acknowledged there; whether anybody is there is asked by WebSocket pings.

/** What a frame holds. */
export interface JsonFrame {
  readonly messages: readonly RawMessage[];
  /** Upstream says that it is connected to the LIVE. */
  readonly live: boolean;
  readonly problems: readonly string[];
}

/** The way a service speaks. */
export interface JsonDialect {
  /** For people: `Euler's cloud`. */
  readonly service: string;
  /** An open socket hears all that the service does; otherwise only from the frame on that says so. */
  readonly listensWhenOpen: boolean;
  /** It answers pings for certain. Otherwise one answer shows that it does, and only then is none a sign. */
  readonly answersPings: boolean;
  /** What a frame holds, or why it cannot be read. Never throws. */
  readonly parse: (text: string, receivedAt: number) => JsonFrame | string;
  /** What a close code says of the end. `sinceMs`: how long ago the service was heard last, if only by a pong. */
  readonly endOf: (code: number, reason: string, sinceMs: number) => ConnectionEnd;
}

export class JsonConnection implements Connection {
  readonly #hooks: ConnectionHooks;
  readonly #dialect: JsonDialect;
  readonly #socket: WebSocket;
  readonly #reading: Reading;
  #timer: Timer;
  #ended = false;
  #opened = false;
  #live = false;
  #flowing = false;
  #silent = false;
  /** No answer to a ping means that nobody is there. */
  #answersPings: boolean;
  #beatDueMs = 0;
  #lastFrameMs = 0;
  #lastMessageMs = 0;
  /**
   * The same as #lastFrameMs, but nothing is forgiven: how far back a loss may reach. A pong counts: what was sent
   * before it has arrived.
   */
  #heardMs = 0;

  constructor(url: string, hooks: ConnectionHooks, dialect: JsonDialect) {
    this.#hooks = hooks;
    this.#dialect = dialect;
    this.#answersPings = dialect.answersPings;
    const { clock, timing } = hooks;
    this.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: limits.webcastFrameBytesMax.value });
    this.#reading = new Reading(clock, this.#socket);
    this.#timer = clock.after(timing.connectMs, () => {
      this.#end({ kind: 'refused', detail: `no handshake in ${timing.connectMs} ms` });
    });
    this.#socket.on('unexpected-response', (_request, response) => {
      this.#end({ kind: 'refused', detail: `the handshake was answered with status ${response.statusCode ?? 0}` });
    });
    this.#socket.on('open', () => this.#onOpen());
    this.#socket.on('pong', () => {
      this.#answersPings = true;
      this.#heard();
    });
    this.#socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    this.#socket.on('error', ({ message }) => {
      if (this.#opened) this.#end({ kind: 'lost', detail: message, sinceMs: this.#unheardMs() });
      else this.#end({ kind: 'refused', detail: `${dialect.service} cannot be reached: ${message}` });
    });
    this.#socket.on('close', (code, reason) => {
      this.#end(dialect.endOf(code, reason.toString(), this.#opened ? this.#unheardMs() : 0));
    });
  }

  close(): void {
    this.#end({ kind: 'closed' });
  }

  resume(): void {
    if (!this.#reading.release()) return;
    this.#lastFrameMs = this.#lastMessageMs = this.#hooks.clock.nowMs();
  }

  #onOpen(): void {
    if (this.#ended) return;
    this.#opened = true;
    const { clock, counters } = this.#hooks;
    counters.add('connects');
    this.#timer.cancel();
    this.#lastFrameMs = this.#lastMessageMs = this.#heardMs = clock.nowMs();
    if (this.#dialect.listensWhenOpen) this.#hooks.onListening();
    this.#beat();
  }

  readonly #beat = (): void => {
    if (this.#ended) return;
    const { clock, timing, counters } = this.#hooks;
    const nowMs = clock.nowMs();
    // Time in which this process stood still is no silence of upstream. What came at the end of it was heard just now.
    const lateMs = this.#beatDueMs === 0 ? 0 : Math.max(0, nowMs - this.#beatDueMs);
    this.#lastFrameMs = Math.min(this.#lastFrameMs + lateMs, nowMs);
    this.#lastMessageMs = Math.min(this.#lastMessageMs + lateMs, nowMs);
    this.#beatDueMs = nowMs + timing.heartbeatMs;
    this.#socket.ping();
    counters.add('heartbeats');
    this.#timer = clock.after(timing.heartbeatMs, this.#beat);
    if (!this.#reading.held) this.#judge(nowMs);
  };

  #judge(nowMs: number): void {
    const { timing, renewMs, intake } = this.#hooks;
    const silentMs = nowMs - this.#lastMessageMs;
    if (this.#answersPings && nowMs - this.#lastFrameMs >= timing.deadMs)
      this.#end({ kind: 'lost', detail: 'half-open: no answer to pings', sinceMs: this.#unheardMs() });
    else if (silentMs >= renewMs) this.#end({ kind: 'silent', sinceMs: silentMs });
    else if (silentMs >= timing.silentMs && this.#live && !this.#silent) {
      this.#silent = true;
      intake.state('silent', `connected, but no message for ${Math.round(silentMs / 1_000)} s`);
    }
  }

  #heard(): void {
    this.#lastFrameMs = this.#heardMs = this.#hooks.clock.nowMs();
  }

  #unheardMs(): number {
    return this.#hooks.clock.nowMs() - this.#heardMs;
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    const { clock, counters, intake } = this.#hooks;
    counters.add('frames');
    this.#reading.frame();
    this.#heard();
    const text = isBinary ? null : (data as Buffer).toString('utf8');
    const frame = text === null ? 'a binary frame' : this.#dialect.parse(text, clock.wallMs());
    if (typeof frame === 'string') this.#onUnreadable(frame);
    else {
      if (frame.problems.length > 0) this.#onUnreadable(frame.problems[0]!);
      if (frame.live) this.#onLive();
      this.#onMessages(frame.messages);
    }
    if (intake.full && this.#reading.hold()) counters.add('pauses');
  }

  #onMessages(messages: readonly RawMessage[]): void {
    if (messages.length === 0) return;
    const { counters, intake, onFlow } = this.#hooks;
    this.#onLive();
    this.#lastMessageMs = this.#lastFrameMs;
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
    report({ code: 'frame-unreadable', message: `a frame of ${this.#dialect.service} could not be read: ${reason}` });
  }

  #end(end: ConnectionEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reading.end();
    this.#timer.cancel();
    this.#socket.terminate();
    this.#hooks.onEnd(end);
  }
}
