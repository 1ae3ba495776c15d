import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { GatewayCounters } from './counters.ts';
import { GatewayResponse } from './exchange.ts';
import { type Refusal, refuseSocket } from './refusal.ts';

// Owns the one port: node:http parses requests, tells WebSocket handshakes from the rest, and keeps slow and broken
// clients out. Bounded: sockets by socketsMax, heads by httpHeaderBytesMax and httpHeaderMs.

export interface ListenerOptions {
  readonly counters: GatewayCounters;
  readonly host: string;
  readonly port: number;
  /** Whether other threads listen on the same port: the system spreads connections over them. */
  readonly reusePort: boolean;
  readonly socketsMax: number;
  readonly httpHeaderMs: number;
  readonly onRequest: (request: IncomingMessage, response: GatewayResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
}

/** Headers of a request, at most. */
const headersMax = 100;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server<typeof IncomingMessage, typeof GatewayResponse>;
  /** The answer to the last request of each connection. */
  readonly #answers = new WeakMap<Duplex, GatewayResponse>();

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { counters, httpHeaderMs } = options;
    this.#server = createServer({
      ServerResponse: GatewayResponse,
      maxHeaderSize: limits.httpHeaderBytesMax.value,
      headersTimeout: httpHeaderMs,
      requestTimeout: limits.httpAnswerMs.value,
      connectionsCheckingInterval: Math.max(50, httpHeaderMs / 4),
      keepAliveTimeout: 5_000,
      // Requests without a body, nearly all of them, get no stream for it.
      optimizeEmptyRequests: true,
      // Anything but a WebSocket handshake is answered as if it had asked for no upgrade, as RFC 9110 §7.8 allows.
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    });
    this.#server.maxHeadersCount = headersMax;
    this.#server.maxConnections = options.socketsMax;
    this.#server.on('connection', () => counters.add('sockets'));
    this.#server.on('drop', () => counters.add('socketsRefused'));
    this.#server.on('request', (request, response) => {
      this.#answers.set(request.socket, response);
      options.onRequest(request, response);
    });
    this.#server.on('upgrade', (request, socket, head) => {
      socket.on('error', destroySocket);
      // The stream of a server without TLS is its TCP socket.
      options.onUpgrade(request, socket as Socket, head);
    });
    this.#server.on('clientError', (error, socket) => this.#notHttp(error, socket));
  }

  /** Resolves when the port is open. Throws MeksError MEKS_PORT_IN_USE or MEKS_HOST_UNAVAILABLE. */
  async listen(): Promise<{ readonly url: string; readonly port: number }> {
    const { host, port, reusePort } = this.#options;
    const bound = await listenOn(this.#server, { host, port, reusePort });
    const name = host.includes(':') ? `[${host}]` : host;
    return { url: `http://${name}:${bound}`, port: bound };
  }

  /** Takes no more connections; those that there are go on. Resolves when the last one is gone. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** Closes what has no stream: connections that are idle, half a request, an answer that is not read. */
  terminate(): void {
    this.#server.closeAllConnections();
  }

  #notHttp(error: NodeJS.ErrnoException, socket: Duplex): void {
    // The connection broke: there was nothing wrong with what came.
    if (error.syscall !== undefined) {
      socket.destroy();
      return;
    }
    this.#options.counters.add('notHttp');
    // What is written into the middle of an answer would be taken for a part of it.
    if (isUnderWay(this.#answers.get(socket))) socket.destroy();
    else refuseSocket(socket, notHttp(error));
  }
}

/** Whether an answer has begun that is not written yet: this one, or one before it on whose end it waits. */
function isUnderWay(answer: GatewayResponse | undefined): boolean {
  return answer !== undefined && !answer.writableFinished && (answer.socket === null || answer.headersSent);
}

/** Resolves with the port that was opened. Rejects with MeksError. */
async function listenOn(
  server: NetServer,
  address: { readonly host: string; readonly port: number; readonly reusePort: boolean },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, address.host, address.port));
    server.once('error', failed);
    server.listen(address, () => {
      server.removeListener('error', failed);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/**
 * A port that nobody else has open: `port` itself, or a free one for 0. To be asked before several threads open it
 * together: then the system would not tell that another program has, and share its connections with that.
 * Throws MeksError MEKS_PORT_IN_USE or MEKS_HOST_UNAVAILABLE.
 */
export async function claimPort(host: string, port: number): Promise<number> {
  const probe = createNetServer();
  const bound = await listenOn(probe, { host, port, reusePort: false });
  await new Promise<void>((resolve) => {
    probe.close(() => resolve());
  });
  return bound;
}

/** From here on nobody else listens: an error that nobody hears would end the process. */
function destroySocket(this: Duplex): void {
  this.destroy();
}

function notHttp(error: NodeJS.ErrnoException): Refusal {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    const message = `the head of the request is larger than ${limits.httpHeaderBytesMax.value} bytes: send fewer headers`;
    return { code: 'MEKS_HEADERS_TOO_LARGE', message };
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { code: 'MEKS_REQUEST_SLOW', message: 'the request came too slowly: send it at once' };
  return { code: 'MEKS_REQUEST_INVALID', message: 'this was no HTTP request: the port speaks HTTP/1.1 and WebSocket' };
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): MeksError {
  if (error.code === 'EADDRINUSE') {
    const message = `port ${port} on ${host} is in use: stop the other program, or choose another port (--port, 0 = any free one)`;
    return new MeksError('MEKS_PORT_IN_USE', message, error);
  }
  const remedy =
    error.code === 'EACCES' ? 'ports below 1024 need rights: choose another' : 'give an address of this machine';
  if (error.code === 'ENOTSUP') {
    const message = 'this system spreads no port over threads: give --senders 0 or 1';
    return new MeksError('MEKS_HOST_UNAVAILABLE', message, error);
  }
  return new MeksError(
    'MEKS_HOST_UNAVAILABLE',
    `cannot listen on ${host}:${port} (${error.message}): ${remedy}`,
    error,
  );
}
