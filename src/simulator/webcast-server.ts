import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { Counters } from '../base/counters.ts';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { RawMessage } from '../protocol/raw.ts';
import {
  damaged,
  messageFrame,
  pushFrame,
  readClientFrame,
  signedAnswer,
  strangeFrame,
  withNewFields,
} from './webcast-server-frames.ts';
import { answerHttp } from './webcast-server-http.ts';
import type { LookupRoute, SignRefusal } from './webcast-server-http.ts';
import { webcastServerCounterSpec } from './webcast-server-options.ts';
import type { WebcastServerOptions } from './webcast-server-options.ts';
import { WebcastTimeline } from './webcast-server-timeline.ts';

export type { LookupRoute, SignRefusal } from './webcast-server-http.ts';
export type { WebcastServerOptions } from './webcast-server-options.ts';
export type { TimedMessage } from './webcast-server-timeline.ts';

// A LIVE as TikTok would serve it: the same HTTP routes, the same socket, the same bytes, fed by a ScriptedWorld or
// any other source of raw messages, and everything that goes wrong with it, on command. It listens on this machine
// only. Owns its sockets, a backlog (backlogMax messages), and for each client what TCP has not taken yet: a client
// that reads nothing stalls the timeline at `pace: 'max'`, and is cut off at clientBytesMax when time does not wait.

/** `lose`: the connection goes with the frame, as when it was on its way. */
type FrameFault = 'double' | 'drop' | 'swap' | 'lose';

interface Client {
  readonly socket: WebSocket;
  entered: boolean;
  /** Frames that wait for their acknowledgement, logId to internalExt. */
  readonly unacknowledged: Map<string, string>;
}

const clientBytesMax = 67_108_864;
/** Above this a client counts as busy, and `pace: 'max'` waits. */
const clientBusyBytes = 1_048_576;
/** Acknowledgements that may be missing before the oldest are forgotten. */
const unacknowledgedMax = 10_000;

export class WebcastServer {
  readonly counters = new Counters(webcastServerCounterSpec);
  /** How often each HTTP route was asked. */
  readonly routes = new Map<string, number>();
  readonly handle: string;
  /** False: lookups say that the LIVE is over. */
  live = true;
  /** True: room info says that the LIVE is paused. */
  paused = false;
  readonly brokenRoutes = new Set<LookupRoute>();
  /** Headers of every upgrade request, for tests of what a client says. */
  readonly upgrades: IncomingMessage['headers'][] = [];
  /** The room that each client wanted to enter, in order. */
  readonly roomsEntered: string[] = [];
  readonly #options: WebcastServerOptions;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #clients = new Set<Client>();
  #roomId: string;
  #timeline: WebcastTimeline;
  #backlog: RawMessage[] = [];
  #logId = 0;
  /** Messages of the last frames, by logId: kept only for `onAcknowledged`. */
  readonly #sent = new Map<string, readonly RawMessage[]>();
  #faults: FrameFault[] = [];
  #swapped: RawMessage[] | null = null;
  #refusals: SignRefusal[] = [];
  #refuseSockets: string[] = [];
  #mute = false;
  #bomb: Uint8Array | null = null;
  #dead = false;
  #untilRenewal = false;
  #newFields = false;

  private constructor(options: WebcastServerOptions) {
    this.#options = options;
    this.#roomId = options.roomId ?? '7300000000000000001';
    this.handle = options.handle ?? 'solene.live';
    this.#timeline = this.#makeTimeline(options.source);
    this.#http = createServer((request, response) => {
      const route = answerHttp(request, response, {
        handle: this.handle,
        roomId: this.roomId,
        live: this.live,
        paused: this.paused,
        signed: () => this.#sign(),
        refusal: () => this.#refusals.shift(),
        brokenRoutes: this.brokenRoutes,
      });
      this.routes.set(route, (this.routes.get(route) ?? 0) + 1);
    });
    this.#http.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
    this.#sockets.on('headers', (headers) => {
      headers.push('Handshake-Status: 0', 'Handshake-Msg: OK', 'Handshake-Options: ping-interval=15;');
    });
  }

  /** Throws MeksError MEKS_PORT_IN_USE when it cannot listen. */
  static async listen(options: WebcastServerOptions): Promise<WebcastServer> {
    const server = new WebcastServer(options);
    const port = options.port ?? 0;
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', (error) => {
        reject(
          new MeksError(
            'MEKS_PORT_IN_USE',
            `the Webcast server cannot listen on port ${port}: give another, or 0`,
            error,
          ),
        );
      });
      server.#http.listen(port, '127.0.0.1', resolve);
    });
    return server;
  }

  /** Address of the HTTP side, without a slash at its end. */
  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Address of the socket. */
  get socketUrl(): string {
    return `ws://127.0.0.1:${this.#port}/webcast/im/ws_proxy/?room_id=${this.roomId}`;
  }

  /** Of the LIVE at hand. */
  get roomId(): string {
    return this.#roomId;
  }

  get #port(): number {
    const address = this.#http.address() as AddressInfo | null;
    return address?.port ?? 0;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Stops everything at once. */
  async close(): Promise<void> {
    this.#timeline.stop();
    this.disconnect();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** The creator's next LIVE: lookups name it from now on. Its time begins with the first client that enters. */
  begin(roomId: string, source: WebcastServerOptions['source']): void {
    this.finish();
    this.#roomId = roomId;
    this.#timeline = this.#makeTimeline(source);
    this.live = true;
  }

  /**
   * Nothing more happens in the room, and lookups say that the LIVE is over. Whoever is in it hears nothing of that.
   */
  finish(): void {
    this.#timeline.stop();
    if (this.#swapped !== null && !this.#mute) this.#sendMessages(this.#entered(), this.#swapped);
    this.#backlog = [];
    this.#swapped = null;
    this.live = false;
  }

  /** Sends these now, out of turn. */
  send(messages: readonly RawMessage[]): void {
    this.#broadcast(messages);
  }

  // ---- what goes wrong, on command ----

  /** Cuts every connection; with a code it says goodbye first. */
  disconnect(code?: number): void {
    for (const { socket } of this.#clients) {
      if (code === undefined) socket.terminate();
      else socket.close(code);
    }
  }

  /** Connected and answering heartbeats, but without a message until `speak`, or until somebody connects anew. */
  hush(until: 'speak' | 'renewal' = 'speak'): void {
    this.#mute = true;
    this.#untilRenewal = until === 'renewal';
  }

  /** Says and hears nothing at all, as behind a router that lost its table. Until `speak`, or a new connection. */
  playDead(until: 'speak' | 'renewal' = 'speak'): void {
    this.hush(until);
    this.#dead = true;
  }

  speak(): void {
    this.#mute = false;
    this.#dead = false;
    this.#untilRenewal = false;
  }

  /** What happens to the next frames, one each. */
  harmFrames(...faults: FrameFault[]): void {
    this.#faults.push(...faults);
  }

  /** The next upgrades are refused with these messages, such as DEVICE_BLOCKED. */
  refuseSockets(...messages: string[]): void {
    this.#refuseSockets.push(...messages);
  }

  /** The next signed connects are refused. */
  refuseToSign(...refusals: SignRefusal[]): void {
    this.#refusals.push(...refusals);
  }

  /** A few kilobytes that inflate to far more than any frame may. */
  sendBomb(): void {
    const bytes = 2 * limits.webcastFrameInflatedBytesMax.value;
    this.#bomb ??= pushFrame('msg', '1', gzipSync(Buffer.alloc(bytes), { level: 1 }));
    this.#sendFrame(this.#bomb);
  }

  /** Bytes that are no frame. */
  sendGarbage(): void {
    const { random } = this.#options;
    this.#sendFrame(Uint8Array.from({ length: 200 }, () => 128 | random.int(128)));
  }

  /** A frame larger than any client should take. */
  sendHuge(): void {
    this.#sendFrame(pushFrame('msg', '1', Buffer.alloc(64 * 1_048_576)));
  }

  /** A frame that arrives whole but for one byte: a message in it is no protobuf any more. */
  sendCorrupt(raw: RawMessage): void {
    if (!this.#mute) this.#sendMessages(this.#entered(), [{ ...raw, payload: damaged(raw.payload) }]);
  }

  /** From now on every message has fields that no reader knows, as after an update of upstream. */
  addFields(): void {
    this.#newFields = true;
  }

  /** A frame of a type, and with fields, that no reader knows. */
  sendStrange(): void {
    this.#sendFrame(strangeFrame());
  }

  // ---- how it works ----

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.upgrades.push(request.headers);
    const refusal = this.#refuseSockets.shift();
    if (refusal !== undefined || !(request.url ?? '').startsWith('/webcast/im/')) {
      this.counters.add('refused');
      socket.end(
        `HTTP/1.1 200 OK\r\nHandshake-Status: 415\r\nHandshake-Msg: ${refusal ?? 'NO_ROUTE'}\r\nContent-Length: 0\r\n\r\n`,
      );
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      this.counters.add('clients');
      if (this.#untilRenewal) this.speak();
      const client: Client = { socket: opened, entered: false, unacknowledged: new Map() };
      this.#clients.add(client);
      opened.on('message', (data) => this.#onMessage(client, data as Buffer));
      opened.on('close', () => this.#clients.delete(client));
      opened.on('error', () => opened.terminate());
    });
  }

  #makeTimeline(source: WebcastServerOptions['source']): WebcastTimeline {
    return new WebcastTimeline({
      ...this.#options,
      source,
      isBusy: () => this.#isBusy(),
      send: (messages) => this.#broadcast(messages),
    });
  }

  #onMessage(client: Client, data: Buffer): void {
    if (this.#dead) return;
    let frame;
    try {
      frame = readClientFrame(data);
    } catch {
      this.counters.add('garbage');
      return;
    }
    if (frame.kind === 'enter') this.#onEnter(client, frame.roomId);
    else if (frame.kind === 'heartbeat') {
      this.counters.add('heartbeats');
      this.#write(client.socket, pushFrame('hb', '0', new Uint8Array(0)));
    } else if (frame.kind === 'ack') {
      const right = client.unacknowledged.get(frame.logId) === frame.internalExt;
      client.unacknowledged.delete(frame.logId);
      this.counters.add(right ? 'acks' : 'acksWrong');
      if (right) this.#options.onAcknowledged?.(this.#sent.get(frame.logId) ?? []);
    } else this.counters.add('garbage');
  }

  #onEnter(client: Client, roomId: string): void {
    this.counters.add('enters');
    this.roomsEntered.push(roomId);
    this.#write(client.socket, pushFrame('im_enter_room_resp', '0', new Uint8Array(0)));
    client.entered = true;
    if (this.#backlog.length > 0 && !this.#mute) this.#sendMessages([client], asHistory(this.#backlog));
    this.#timeline.start();
  }

  #sign(): Uint8Array {
    const pushServer = `ws://127.0.0.1:${this.#port}/webcast/im/ws_proxy/`;
    return signedAnswer(asHistory(this.#backlog), { internalExt: 'ext-signed', cursor: 'cursor-signed', pushServer });
  }

  /** True when nobody is there, or somebody cannot follow. */
  #isBusy(): boolean {
    let entered = 0;
    for (const { socket, entered: isIn } of this.#clients) {
      if (socket.bufferedAmount > clientBusyBytes) return true;
      if (isIn) entered++;
    }
    return entered === 0;
  }

  #broadcast(given: readonly RawMessage[]): void {
    const messages = this.#newFields ? given.map(withNewFields) : given;
    this.counters.add('messages', messages.length);
    this.#backlog.push(...messages);
    const backlogMax = this.#options.backlogMax ?? 50;
    if (this.#backlog.length > backlogMax) this.#backlog = this.#backlog.slice(-backlogMax);
    if (this.#mute) return;
    const entered = this.#entered();
    const swapped = this.#swapped;
    this.#swapped = null;
    const fault = this.#faults.shift();
    if (fault === 'swap' && swapped === null) this.#swapped = [...messages];
    else if (fault === 'lose') this.disconnect();
    else if (fault !== 'drop') this.#sendMessages(entered, messages);
    if (fault === 'double') this.#sendMessages(entered, messages);
    if (swapped !== null) this.#sendMessages(entered, swapped);
  }

  #entered(): Client[] {
    return [...this.#clients].filter((client) => client.entered);
  }

  /** One frame, encoded once for all. */
  #sendMessages(clients: readonly Client[], messages: readonly RawMessage[]): void {
    const logId = String(++this.#logId);
    const sentAt = this.#options.clock.wallMs();
    const internalExt = `ext-${logId}|fetch_time:${sentAt}`;
    const gzip = this.#options.gzip ?? true;
    if (this.#options.onAcknowledged !== undefined) this.#keepSent(logId, messages);
    const frame = { logId, internalExt, cursor: `cursor-${logId}`, needAck: true, gzip, sentAt };
    const bytes = messageFrame(messages, frame);
    for (const { socket, unacknowledged } of clients) {
      if (socket.bufferedAmount > clientBytesMax) {
        this.counters.add('cutOff');
        socket.terminate();
        continue;
      }
      unacknowledged.set(logId, internalExt);
      if (unacknowledged.size > unacknowledgedMax) unacknowledged.delete(unacknowledged.keys().next().value!);
      this.counters.add('frames');
      this.#write(socket, bytes);
    }
  }

  #write(socket: WebSocket, bytes: Uint8Array): void {
    this.counters.add('sent');
    socket.send(bytes);
  }

  #keepSent(logId: string, messages: readonly RawMessage[]): void {
    this.#sent.set(logId, messages);
    if (this.#sent.size > unacknowledgedMax) this.#sent.delete(this.#sent.keys().next().value!);
  }

  #sendFrame(bytes: Uint8Array): void {
    for (const { socket, entered } of this.#clients) if (entered) this.#write(socket, bytes);
  }
}

function asHistory(messages: readonly RawMessage[]): RawMessage[] {
  return messages.map((raw) => ({ ...raw, history: true }));
}
