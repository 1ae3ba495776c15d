import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../base/clock.ts';
import { type CloseReason, retryMsOf, shouldReconnect } from '../protocol/close-codes.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { textFrame } from '../protocol/websocket-frame.ts';
import { EventStreamText } from './event-stream-text.ts';
import type { Attachment } from './rooms.ts';
import type { Stream, StreamOwner } from './stream.ts';

// Server-sent events: the same stream for networks that let no WebSocket through. An HTTP answer that does not end, its
// text written straight to the socket. What a WebSocket says in a close frame comes as an event named `close`.

/** How long a browser waits before it comes back, unless told otherwise: `retry:` in ms. */
const retryMs = 1000;
const pingText = Buffer.from(': ping\n\n');

/** One converter a room, for as long as somebody listens there. */
const texts = new WeakMap<object, EventStreamText>();

export interface EventStreamParts {
  readonly clock: Clock;
  readonly owner: StreamOwner;
  /** How long a reader may take to take the last bytes. */
  readonly closeMs: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whoever shares a room shares the conversion. */
  readonly room: object;
}

export class EventStream implements Stream {
  attachment: Attachment | null = null;
  readonly #clock: Clock;
  readonly #owner: StreamOwner;
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  readonly #closeMs: number;
  readonly #text: EventStreamText;
  #closeTimer: Timer | null = null;
  #open = true;

  /** Answers the request with the head of an event stream. */
  constructor(parts: EventStreamParts) {
    this.#clock = parts.clock;
    this.#owner = parts.owner;
    this.#response = parts.response;
    this.#socket = parts.request.socket;
    this.#closeMs = parts.closeMs;
    this.#text = texts.get(parts.room) ?? new EventStreamText();
    texts.set(parts.room, this.#text);
    const { response } = parts;
    // The end of the connection ends the body: no chunk sizes around what is written to the socket.
    response.removeHeader('transfer-encoding');
    const { origin } = parts.request.headers;
    response.writeHead(200, {
      // Whoever is not allowed was refused before (guard.ts).
      ...(origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'origin' }),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // nginx would collect the stream otherwise.
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    response.flushHeaders();
    response.once('close', () => this.#gone());
    this.#socket.setKeepAlive(true, limits.pongMs.value);
    this.#socket.write(`retry: ${retryMs}\n\n`);
  }

  write(bytes: Uint8Array): void {
    if (this.#open) this.#socket.write(this.#text.convert(bytes));
  }

  pendingBytes(): number {
    return this.#socket.writableLength;
  }

  /** A browser cannot answer. That the kernel took the bytes is the sign of life that there is. */
  ping(mark?: number): void {
    if (this.#open) this.#socket.write(pingText, (error) => this.#written(error, mark));
  }

  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    const retryMs = retryMsOf(reason);
    const told = retryMs === null ? {} : { retryMs };
    const data = JSON.stringify({ code, reason, reconnect: shouldReconnect(code), ...told });
    // The browser itself obeys `retry`.
    const retry = retryMs === null ? '' : `retry: ${retryMs}\n`;
    this.#socket.write(`${retry}event: close\ndata: ${data}\n\n`);
    this.#response.end();
    this.#closeTimer = this.#clock.after(this.#closeMs, () => this.terminate());
  }

  fail(reason: CloseReason, code: ErrorCode, message: string): void {
    this.write(textFrame(JSON.stringify({ kind: 'error', code, message })));
    this.close(reason.code, reason.reason);
  }

  terminate(): void {
    this.#socket.destroy();
  }

  #written(error: Error | null | undefined, mark: number | undefined): void {
    if (error === null || error === undefined) this.attachment?.alive(mark);
  }

  #gone(): void {
    this.#open = false;
    this.#closeTimer?.cancel();
    this.attachment?.detached();
    this.attachment = null;
    this.#owner.streamClosed(this);
  }
}
