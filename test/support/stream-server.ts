import { createReadStream, existsSync, statSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { MeksEvent } from '../../src/protocol/events.ts';
import { encodeEventFrame, subprotocol } from '../../src/protocol/frames.ts';
import type { SourceState } from '../../src/protocol/frames.ts';
import { parsePosition } from '../../src/protocol/position.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { applyEvent, emptyRoomView } from '../../src/protocol/room-view.ts';
import { seededRandom } from '../../src/base/random.ts';
import { LivelyProgramme, livelyPace } from './lively-programme.ts';
import type { Pace } from './lively-programme.ts';
import { LivelyRoom } from './lively-room.ts';

// A stand-in for the broker, for the pages: serves dist/web under the headers that the gateway sets, and speaks
// `meks.v1` from a made-up lively room. It can do on demand what a broker does at its worst: stall, lag, restart, lose
// its epoch, refuse. For tests and for looking at the pages; it proves nothing about the broker. Run it by hand with
// `node test/support/stream-server.ts [port]`.

export interface StreamServerOptions {
  readonly port?: number;
  readonly seed?: number;
  readonly pace?: Readonly<Pace>;
  readonly heartbeatMs?: number;
  readonly rivalSeen?: boolean;
}

const webFolder = path.join(import.meta.dirname, '../../dist/web');
const stepMs = 8;
const ringMax = 20_000;
const headers = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

interface Subscriber {
  readonly socket: WebSocket;
  cursor: number;
  beatAtMs: number;
}

export class StreamServer {
  readonly programme: LivelyProgramme;
  readonly #room: LivelyRoom;
  readonly #heartbeatMs: number;
  readonly #subscribers = new Set<Subscriber>();
  #http: Server;
  #webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => subprotocol });
  #timer: NodeJS.Timeout | null = null;
  #lastStepMs = Date.now();
  #epoch = 1;
  /** seq of the first event still held, minus one. */
  #base = 0;
  #frames: string[] = [];
  view: RoomView = emptyRoomView({ id: '9001', handle: 'aurora.live' });
  /** Nothing is sent, heartbeats included: as when the machine hangs. */
  stalled = false;
  /** Nothing new happens. */
  paused = false;
  /** What upgrades are answered with instead of a stream; null = they are welcome. */
  refuseWith: { code: number; reason: string } | null = null;
  source: SourceState = 'live';
  readonly #rooms = [{ id: '9001', handle: 'aurora.live' }];
  /** What the list of rooms says beside that. */
  facts: object = {};

  constructor(options: StreamServerOptions = {}) {
    const random = seededRandom(options.seed ?? 20_26);
    this.#heartbeatMs = options.heartbeatMs ?? 5_000;
    this.#room = new LivelyRoom({ random: random.fork(), rivalSeen: options.rivalSeen ?? false });
    this.programme = new LivelyProgramme(this.#room, random.fork(), Date.now(), options.pace ?? livelyPace);
    this.view.source = 'live';
    this.publish({
      kind: 'room',
      id: 'live',
      at: Date.now(),
      topic: 'live',
      user: null,
      text: '',
      value: 0,
      target: 0,
    });
    this.#http = this.#server();
  }

  get seq(): number {
    return this.#base + this.#frames.length;
  }

  get epoch(): string {
    return `stand-in-${this.#epoch}`;
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Starts listening on the loopback; resolves to the base URL. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(port, '127.0.0.1', resolve));
    this.#timer = setInterval(() => this.#step(), stepMs);
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const { socket } of this.#subscribers) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  publish(event: MeksEvent): void {
    this.#frames.push(encodeEventFrame(this.seq + 1, event));
    applyEvent(this.view, this.seq, event);
    if (this.#frames.length <= 2 * ringMax) return;
    this.#base += ringMax;
    this.#frames = this.#frames.slice(ringMax);
  }

  /** Everybody misses the next `count` events and is told so. */
  lag(count: number): void {
    this.stalled = true;
    for (let left = count; left > 0; left--) this.publish(this.#room.gift(this.seq + 1, Date.now()));
    for (const subscriber of this.#subscribers) {
      const [from, to] = [subscriber.cursor + 1, this.seq];
      this.#say(subscriber, JSON.stringify({ kind: 'lagged', missed: to - from + 1, from, to }));
      this.#snapshot(subscriber);
    }
    this.stalled = false;
  }

  /** Stops with 1001 for `downMs`. `newEpoch`: comes back having forgotten everything. */
  async restart(downMs: number, newEpoch = false): Promise<void> {
    const { port } = this.#http.address() as AddressInfo;
    for (const { socket } of this.#subscribers) socket.close(1001, 'server is stopping');
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
    await new Promise((resolve) => setTimeout(resolve, downMs));
    if (newEpoch) this.#forget();
    this.#http = this.#server();
    await new Promise<void>((resolve) => this.#http.listen(port, '127.0.0.1', resolve));
  }

  /** Closes every stream as if the network had failed. */
  cut(): void {
    for (const { socket } of this.#subscribers) socket.terminate();
  }

  #forget(): void {
    this.#epoch++;
    [this.#base, this.#frames] = [0, []];
    this.view = emptyRoomView({ id: '9001', handle: 'aurora.live' });
    this.view.source = this.source;
  }

  #step(): void {
    const nowMs = Date.now();
    const forMs = nowMs - this.#lastStepMs;
    this.#lastStepMs = nowMs;
    if (!this.paused)
      this.programme.step(
        nowMs,
        forMs,
        () => this.seq + 1,
        (event) => this.publish(event),
      );
    if (this.stalled) return;
    for (const subscriber of this.#subscribers) this.#serve(subscriber, nowMs);
  }

  #serve(subscriber: Subscriber, nowMs: number): void {
    while (subscriber.cursor < this.seq) this.#say(subscriber, this.#frames[subscriber.cursor++ - this.#base]!);
    if (nowMs - subscriber.beatAtMs < this.#heartbeatMs) return;
    subscriber.beatAtMs = nowMs;
    const { cursor: seq } = subscriber;
    const sourceAgeMs = this.paused ? 60_000 : 0;
    this.#say(
      subscriber,
      JSON.stringify({ kind: 'heartbeat', seq, serverTime: nowMs, source: this.source, sourceAgeMs }),
    );
  }

  #say(subscriber: Subscriber, text: string): void {
    subscriber.socket.send(text);
  }

  #snapshot(subscriber: Subscriber): void {
    subscriber.cursor = this.seq;
    this.#say(subscriber, JSON.stringify({ kind: 'snapshot', epoch: this.epoch, seq: this.seq, view: this.view }));
  }

  #greet(socket: WebSocket, since: string | null): void {
    if (this.refuseWith !== null) {
      socket.send(JSON.stringify({ kind: 'error', code: 'MEKS_UNAUTHORIZED', message: this.refuseWith.reason }));
      socket.close(this.refuseWith.code, this.refuseWith.reason);
      return;
    }
    const position = since === null ? null : parsePosition(since);
    const known = position !== null && position.epoch === this.epoch;
    const resumed = known && position.seq <= this.seq && position.seq >= this.#base;
    const subscriber: Subscriber = { socket, cursor: resumed ? position.seq : this.seq, beatAtMs: Date.now() };
    const [room, heartbeatMs, serverTime] = ['9001', this.#heartbeatMs, Date.now()];
    const hello = { kind: 'hello', room, epoch: this.epoch, seq: this.seq, resumed, serverTime, heartbeatMs };
    this.#say(subscriber, JSON.stringify(hello));
    if (!resumed) this.#snapshot(subscriber);
    this.#subscribers.add(subscriber);
    socket.on('close', () => this.#subscribers.delete(subscriber));
    socket.on('error', () => undefined);
  }

  #server(): Server {
    const server = createServer((request, response) => this.#answer(request, response));
    server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'http://stand-in');
      if (!/^\/v1\/rooms\/[^/]+\/stream$/.test(url.pathname)) {
        socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
        return;
      }
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
        this.#greet(webSocket, url.searchParams.get('since')),
      );
    });
    return server;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    if (url.pathname === '/v1/rooms') {
      response.writeHead(200, { ...headers, 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ rooms: this.#rooms.map((room) => ({ ...room, source: this.source, ...this.facts })) }),
      );
      return;
    }
    if (url.pathname === '/') {
      response.writeHead(302, { ...headers, location: '/desk/' });
      response.end();
      return;
    }
    const wanted = url.pathname.endsWith('/') ? `${url.pathname}index.html` : url.pathname;
    const file = path.join(webFolder, path.normalize(wanted));
    if (!file.startsWith(webFolder) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, headers);
      response.end();
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  }
}

if (import.meta.main) {
  const url = await new StreamServer({ rivalSeen: process.argv.includes('--rival-seen') }).listen(
    Number(process.argv[2] ?? 4_100),
  );
  process.stdout.write(`${url}/desk/\n`);
}
