import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Server, WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../base/clock.ts';
import { boardSubprotocol } from '../protocol/board-frames.ts';
import { type CloseReason, closeReasons } from '../protocol/close-codes.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { subprotocol } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import { anyMark } from '../protocol/link.ts';
import { textFrame } from '../protocol/websocket-frame.ts';
import { type CompressMode, compressionAgreed } from './compress-offer.ts';
import type { GatewayCounters } from './counters.ts';
import { refuseSocket } from './refusal.ts';
import type { Attachment } from './rooms.ts';
import type { Stream, StreamOwner } from './stream.ts';

// WebSocket connections: `ws` does the handshake, receives, and answers pings; what goes out is whole frames, made once
// for everybody, written straight to the socket. Per connection there are the socket, ws's receiver and one object of
// ours; all listeners are shared functions. Bounded by connectionsMax (gateway.ts), by clientMessageBytesMax and
// clientMessagesPerSecondMax for what clients may say, and by closeMs for how long a close may take.

/** Subprotocols of streams; which of them an address has is for the stream door to say. */
const known = [subprotocol, boardSubprotocol];
/** Bytes of a ping's mark (RFC 6455 §5.5.2: application data, which the pong brings back). */
const markBytes = 4;

/** A WebSocket that knows its connection, so that one listener serves them all. */
class Peer extends WebSocket {
  connection: WebSocketConnection | null = null;
}

export interface WebSocketsOptions {
  readonly clock: Clock;
  readonly counters: GatewayCounters;
  readonly owner: StreamOwner;
  /** How long a peer may take to answer a close. */
  readonly closeMs: number;
  readonly compress: CompressMode;
}

/** The agreement about compression: ours keeps its window, the client's (which has little to say) does not. */
const deflate = { serverNoContextTakeover: false, clientNoContextTakeover: true } as const;

export class WebSockets {
  readonly #plain: Server<typeof Peer>;
  readonly #deflating: Server<typeof Peer>;
  readonly #options: WebSocketsOptions;

  constructor(options: WebSocketsOptions) {
    this.#options = options;
    this.#plain = this.#makeServer(false);
    this.#deflating = this.#makeServer(deflate);
  }

  #makeServer(perMessageDeflate: false | typeof deflate): Server<typeof Peer> {
    // An option that the types of `ws` do not know yet.
    const closing = { closeTimeout: this.#options.closeMs };
    const server = new WebSocketServer<typeof Peer>({
      noServer: true,
      WebSocket: Peer,
      clientTracking: false,
      perMessageDeflate,
      maxPayload: limits.clientMessageBytesMax.value,
      maxFragments: 64,
      // A message may come byte by byte.
      maxBufferedChunks: limits.clientMessageBytesMax.value + 14,
      ...closing,
      // With a protocol that was not offered, a browser hides the close code. So the first one offered is agreed to,
      // and the connection is closed with 4503 at once.
      handleProtocols: (offered) => known.find((name) => offered.has(name)) ?? [...offered][0] ?? false,
    });
    server.on('wsClientError', (error, socket, request) => this.#refuse(error, socket as Socket, request));
    return server;
  }

  /**
   * Completes the handshake and gives the connection to `opened`, at once. A handshake that is none is answered with an
   * HTTP error; a socket that has gone away meanwhile is let go of. Says which.
   */
  open(request: IncomingMessage, socket: Socket, head: Buffer, opened: (opening: Opening) => void): OpenResult {
    let result: OpenResult = 'abandoned';
    const server = compressionAgreed(request, this.#options.compress) ? this.#deflating : this.#plain;
    server.handleUpgrade(request, socket, head, (peer) => {
      result = 'opened';
      opened({ stream: new WebSocketConnection(peer, socket, this.#options), protocol: peer.protocol });
    });
    // ws refuses before it returns.
    return result === 'abandoned' && socket.writableEnded ? 'refused' : result;
  }

  #refuse(error: Error, socket: Socket, request: IncomingMessage): void {
    const version = request.headers['sec-websocket-version'];
    const code: ErrorCode = version === '13' ? 'MEKS_HANDSHAKE_INVALID' : 'MEKS_UPGRADE_REQUIRED';
    refuseSocket(socket, { code, message: `${error.message}: send a WebSocket handshake of version 13 (RFC 6455)` });
  }
}

export type OpenResult = 'opened' | 'refused' | 'abandoned';

export interface Opening {
  readonly stream: Stream;
  /** The subprotocol agreed to; '' when none was offered. */
  readonly protocol: string;
}

class WebSocketConnection implements Stream {
  attachment: Attachment | null = null;
  readonly deflates: boolean;
  readonly #peer: Peer;
  readonly #socket: Socket;
  readonly #options: WebSocketsOptions;
  /** The second in which client frames are counted, and how many came. */
  #windowMs = 0;
  #windowFrames = 0;

  constructor(peer: Peer, socket: Socket, options: WebSocketsOptions) {
    this.#peer = peer;
    this.#socket = socket;
    this.#options = options;
    this.deflates = peer.extensions === 'permessage-deflate';
    peer.connection = this;
    peer.on('message', onMessage);
    peer.on('ping', onSignOfLife);
    peer.on('pong', onPong);
    peer.on('close', onClose);
    peer.on('error', onError);
  }

  write(bytes: Uint8Array): void {
    if (this.#peer.readyState === WebSocket.OPEN) this.#socket.write(bytes);
  }

  pendingBytes(): number {
    return this.#socket.writableLength;
  }

  ping(mark = 0): void {
    const frame = Buffer.from([0x89, markBytes, 0, 0, 0, 0]);
    frame.writeUInt32BE(mark, 2);
    this.write(frame);
  }

  close(code: number, reason: string): void {
    this.#peer.close(code, reason);
  }

  fail(reason: CloseReason, code: ErrorCode, message: string): void {
    this.write(textFrame(JSON.stringify({ kind: 'error', code, message })));
    this.close(reason.code, reason.reason);
  }

  terminate(): void {
    this.#peer.terminate();
  }

  /** A frame came. False: it was one too many, and the connection closes. */
  received(): boolean {
    this.#options.counters.add('clientFrames');
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#windowMs >= 1000) {
      this.#windowMs = nowMs;
      this.#windowFrames = 0;
    }
    this.#windowFrames++;
    const framesMax = limits.clientMessagesPerSecondMax.value;
    if (this.#windowFrames <= framesMax) return true;
    if (this.#peer.readyState === WebSocket.OPEN) {
      this.#options.counters.add('closedTooMany');
      const message = `more than ${framesMax} frames in a second: send less, and come back then`;
      this.fail(closeReasons.tooMany, 'MEKS_REQUEST_INVALID', message);
    }
    return false;
  }

  /** The protocol has no messages from clients yet: whoever sends one believes that it does something. */
  notUnderstood(bytes: number, isBinary: boolean): void {
    if (this.#peer.readyState !== WebSocket.OPEN) return;
    this.#options.counters.add('closedMessage');
    const what = `${isBinary ? 'a binary' : 'a text'} message of ${bytes} bytes`;
    const message = `${what} was not understood: streams have no messages from clients`;
    this.fail(closeReasons.badMessage, 'MEKS_REQUEST_INVALID', message);
  }

  protocolError(): void {
    this.#options.counters.add('closedProtocol');
  }

  gone(): void {
    this.attachment?.detached();
    this.attachment = null;
    this.#options.owner.streamClosed(this);
  }
}

function onMessage(this: WebSocket, data: WebSocket.RawData, isBinary: boolean): void {
  const { connection } = this as Peer;
  // Without `nodebuffer` fragments ws would hand over arrays; by default data is one Buffer.
  if (connection?.received() === true) connection.notUnderstood((data as Buffer).length, isBinary);
}

function onSignOfLife(this: WebSocket): void {
  const { connection } = this as Peer;
  if (connection?.received() === true) connection.attachment?.alive();
}

function onPong(this: WebSocket, data: Buffer): void {
  const { connection } = this as Peer;
  // A pong brings back what its ping carried (RFC 6455 §5.5.3). Some clients send an empty one, whatever was asked.
  const mark = data.length === markBytes ? data.readUInt32BE(0) : data.length === 0 ? anyMark : undefined;
  if (connection?.received() === true) connection.attachment?.alive(mark);
}

function onClose(this: WebSocket): void {
  (this as Peer).connection?.gone();
}

function onError(this: WebSocket): void {
  (this as Peer).connection?.protocolError();
}
