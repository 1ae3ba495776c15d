import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, delay } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import type { Log } from '../base/log.ts';
import type { ThreadUser } from '../base/supervised-thread.ts';
import { closeReasons } from '../protocol/close-codes.ts';
import type { CommandOutcome } from '../protocol/commands.ts';
import { limits } from '../protocol/limits.ts';
import { answerQuestion } from './answers.ts';
import type { CompressMode } from './compress-offer.ts';
import { type GatewayCounters, gatewayCounterSpec } from './counters.ts';
import type { GatewayResponse } from './exchange.ts';
import { Forwarder, type RunCommand } from './forwarder.ts';
import { Guard, isLoopback } from './guard.ts';
import { Listener } from './listener.ts';
import { parsePushAddress } from './push-address.ts';
import { PushDoor } from './push-door.ts';
import { localPushRooms, type PushRooms } from './push-rooms.ts';
import type { Refusal } from './refusal.ts';
import type { GatewayRooms, StreamRooms } from './rooms.ts';
import { originForm, parseStreamAddress } from './stream-address.ts';
import { StreamDoor } from './stream-door.ts';

export { type GatewayCounters, gatewayCounterSpec } from './counters.ts';
export type { CompressMode } from './compress-offer.ts';
export { isLoopback } from './guard.ts';
export { claimPort } from './listener.ts';
export { findRoom } from './rooms.ts';
export type { WritePolicy } from './write-policy.ts';
export { localPushRooms, type PushAdmission, type PushRooms } from './push-rooms.ts';
export { boardsFull } from './stream-door.ts';
export type {
  Attachment,
  BattleDescription,
  BoardQuestion,
  GatewayRoom,
  GatewayRooms,
  PushTarget,
  RoomDescription,
  StreamRooms,
  RoomReconciliation,
} from './rooms.ts';

// The hot half of the gateway: the one port, and who gets through which door.
//
//   WebSocket /v1/rooms/:room/stream ──┐
//   GET       /v1/rooms/:room/events ──┴─► StreamDoor ──► room.attach(link): delivery writes to the socket itself
//   WebSocket /v1/rooms/:room/push ────► PushDoor ──► room.pushed: the feed of a room that others push to
//   everything else ─► Forwarder ─► cold thread (gateway-cold.ts: pages, REST, metrics) ─► bytes copied back
//
// Several threads may each have one, on the same port (senders): each sends to the dashboards that it accepted and
// hands HTTP to the cold thread itself; what the cold thread wants to know goes to the one of the thread that has the
// rooms.
//
// No library of the cold half may be loaded here (hot-imports.test.ts). The cold thread may crash and come back: HTTP
// is answered 503 meanwhile, and no dashboard notices.

export interface GatewayOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly rooms: GatewayRooms | SenderRooms;
  /** Address to listen on. 127.0.0.1 = this machine only. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Further names and origins that may be used: see guard.ts. */
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  /** Who is offered compressed frames; nobody unless given. */
  readonly compress?: CompressMode;
  /** Where it counts; memory of its own unless given. */
  readonly counters?: GatewayCounters;
  /** Whether the broker is ready to serve, for /readyz; true unless given. */
  readonly ready?: () => boolean;
  /** Carries commands out; without it there are none. Never rejects. */
  readonly run?: RunCommand;
  /** Overrides of limits.ts, for tests and for machines with little memory. */
  readonly limits?: Partial<GatewayLimits>;
}

export interface GatewayLimits {
  readonly connectionsMax: number;
  readonly openingsPerSecondMax: number;
  readonly openingsWaitingMax: number;
  readonly httpHeaderMs: number;
  readonly closeMs: number;
}

/** Rooms of a thread that only sends: of others like it there may be more, on the same port. */
export interface SenderRooms extends StreamRooms {
  /** Whether there are: the port is then shared with them. */
  readonly portShared: boolean;
  /** Streams that the others have open: they count towards connectionsMax. */
  elsewhere(): number;
  /** Where pushes go: to the thread that has the feeds. */
  readonly pushRooms: PushRooms;
}

const noRooms: GatewayRooms = { battles: () => [], list: () => [], find: () => null };

const noCommands: CommandOutcome = {
  kind: 'refused',
  code: 'MEKS_INTERNAL',
  message: 'this broker takes no commands',
};

function refuseCommands(): Promise<CommandOutcome> {
  return Promise.resolve(noCommands);
}

const openRemedy = 'whoever reaches this port may read every room: put a proxy with TLS and a login in front';

export class Gateway {
  readonly counters: GatewayCounters;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #host: string;
  readonly #closeMs: number;
  readonly #guard: Guard;
  readonly #forwarder: Forwarder;
  readonly #streams: StreamDoor;
  readonly #pushes: PushDoor;
  readonly #listener: Listener;

  constructor(options: GatewayOptions) {
    const { clock, rooms, host, port, ready } = options;
    const counters = options.counters ?? new Counters(gatewayCounterSpec);
    const sender = 'elsewhere' in rooms ? rooms : null;
    // Nobody asks a sender: its link to the cold thread carries requests only.
    const facts = 'elsewhere' in rooms ? noRooms : rooms;
    this.counters = counters;
    this.#clock = clock;
    const bounds: GatewayLimits = {
      connectionsMax: limits.connectionsMax.value,
      openingsPerSecondMax: limits.openingsPerSecondMax.value,
      openingsWaitingMax: limits.openingsWaitingMax.value,
      httpHeaderMs: limits.httpHeaderMs.value,
      closeMs: limits.closeMs.value,
      ...options.limits,
    };
    this.#log = options.log;
    this.#host = host;
    this.#closeMs = bounds.closeMs;
    this.#guard = new Guard(options);
    this.#forwarder = new Forwarder({
      clock,
      counters,
      answer: (question) => answerQuestion(facts, ready?.() ?? true, question),
      run: options.run ?? refuseCommands,
    });
    const elsewhere = (): number => sender?.elsewhere() ?? 0;
    const compress = options.compress ?? 'never';
    this.#streams = new StreamDoor({ clock, counters, rooms, elsewhere, compress, ...bounds });
    this.#pushes = new PushDoor({
      clock,
      counters,
      rooms: 'elsewhere' in rooms ? rooms.pushRooms : localPushRooms(rooms),
      read: (bytes) => this.#forwarder.readPush(bytes),
      closeMs: bounds.closeMs,
    });
    this.#listener = new Listener({
      counters,
      host,
      port,
      reusePort: sender?.portShared ?? false,
      httpHeaderMs: bounds.httpHeaderMs,
      // Streams, those who wait to open one, requests, and some who are just arriving.
      socketsMax: bounds.connectionsMax + bounds.openingsWaitingMax + 2 * limits.httpRequestsMax.value,
      onRequest: (request, response) => this.#request(request, response),
      onUpgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    });
  }

  /** The gateway's part in the cold thread, for its SupervisedThread. */
  get coldUser(): ThreadUser {
    return this.#forwarder;
  }

  /** Opens the port. Throws MeksError MEKS_PORT_IN_USE or MEKS_HOST_UNAVAILABLE. */
  async listen(): Promise<{ readonly url: string; readonly port: number }> {
    const address = await this.#listener.listen();
    this.#log.info('gateway.listening', { url: address.url });
    if (!isLoopback(this.#host)) this.#log.warn('gateway.open-to-network', { host: this.#host, remedy: openRemedy });
    return address;
  }

  /** Tells every dashboard to come back later, lets answers finish, and closes the port: five seconds at most. */
  async close(): Promise<void> {
    const stopped = this.#listener.stop();
    this.#streams.close(closeReasons.goingAway);
    this.#pushes.close(closeReasons.goingAway);
    const endMs = this.#clock.nowMs() + this.#closeMs;
    // Nobody waits for those who are not in the middle of something: a browser keeps connections open just in case.
    const open = (): number => this.#streams.size + this.#pushes.size + this.#forwarder.size;
    while (open() > 0 && this.#clock.nowMs() < endMs) await delay(this.#clock, 5);
    this.#streams.terminate();
    this.#pushes.terminate();
    this.#listener.terminate();
    await stopped;
    this.#log.info('gateway.closed');
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    request.url = originForm(request.url ?? '');
    const refusal = this.#check(request);
    const pushedTo = parsePushAddress(request.url);
    if (pushedTo !== null) {
      this.#pushes.upgrade(request, socket, head, pushedTo, refusal);
      return;
    }
    this.counters.add('upgrades');
    if (refusal === null) this.#streams.upgrade(request, socket, head, parseStreamAddress(request.url));
    else this.#streams.refuseUpgrade(socket, refusal);
  }

  #request(request: IncomingMessage, response: GatewayResponse): void {
    request.url = originForm(request.url ?? '');
    const refusal = this.#check(request);
    const address = request.method === 'GET' ? parseStreamAddress(request.url) : null;
    if (refusal === null && address?.kind === 'events') {
      this.counters.add('upgrades');
      this.#streams.events(request, response, address);
      return;
    }
    const exchange = this.#forwarder.begin(request, response);
    if (exchange === null) return;
    response.once('close', () => this.#forwarder.ended(exchange));
    if (refusal === null) this.#forwarder.forward(exchange);
    else exchange.refuse(refusal);
  }

  #check(request: IncomingMessage): Refusal | null {
    const refusal = this.#guard.check(request.headers);
    if (refusal !== null) this.counters.add(refusal.code === 'MEKS_HOST_REFUSED' ? 'refusedHost' : 'refusedOrigin');
    return refusal;
  }
}
