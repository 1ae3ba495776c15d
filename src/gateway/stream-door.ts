import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { boardSubprotocol } from '../protocol/board-frames.ts';
import { type CloseReason, closeReasons } from '../protocol/close-codes.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { subprotocol } from '../protocol/frames.ts';
import { type Position, parsePosition } from '../protocol/position.ts';
import { limits } from '../protocol/limits.ts';
import type { BoardAsked } from './board-address.ts';
import type { CompressMode } from './compress-offer.ts';
import type { GatewayCounters } from './counters.ts';
import { EventStream } from './event-streams.ts';
import { Pace, type Waiter } from './pace.ts';
import { type Refusal, refuseRequest, refuseSocket } from './refusal.ts';
import type { Attachment, StreamRoom, StreamRooms } from './rooms.ts';
import type { Stream, StreamOwner } from './stream.ts';
import type { StreamAddress } from './stream-address.ts';
import { type Opening, WebSockets } from './web-sockets.ts';

// Lets dashboards in: as a WebSocket or as an event stream, at a pace that those who are in do not notice, each to its
// room. Owns the set of streams that are open. Bounded by connectionsMax, waiting ones included.
//
// A browser cannot read an HTTP error of a failed WebSocket handshake, so what is wrong with a request is told after
// the handshake: an error frame, then a close with the code for it. Only what must not be let in at all (a foreign
// site, too many connections, no handshake) is refused with an HTTP error. Event streams get HTTP errors: there they
// can be read.

export interface StreamDoorOptions {
  readonly clock: Clock;
  readonly counters: GatewayCounters;
  readonly rooms: StreamRooms;
  readonly connectionsMax: number;
  /** Streams that other threads have open on the same port: they count towards connectionsMax. */
  readonly elsewhere: () => number;
  readonly openingsPerSecondMax: number;
  readonly openingsWaitingMax: number;
  readonly closeMs: number;
  readonly compress: CompressMode;
}

/** Who is refused is told to come back after one to so many seconds. */
const retryAfterSecMax = 4;

export class StreamDoor implements StreamOwner {
  readonly #options: StreamDoorOptions;
  readonly #counters: GatewayCounters;
  readonly #streams = new Set<Stream>();
  readonly #pace: Pace;
  readonly #webSockets: WebSockets;
  #refusals = 0;
  #closing = false;

  constructor(options: StreamDoorOptions) {
    const { clock, counters, openingsPerSecondMax, openingsWaitingMax, closeMs, compress } = options;
    this.#options = options;
    this.#counters = counters;
    this.#pace = new Pace(clock, openingsPerSecondMax, openingsWaitingMax);
    this.#webSockets = new WebSockets({ clock, counters, owner: this, closeMs, compress });
  }

  /** Streams open now. */
  get size(): number {
    return this.#streams.size;
  }

  /** A WebSocket handshake, for an address of either kind: `/events` is not for WebSockets, and says so. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, address: StreamAddress | null): void {
    if (address?.kind !== 'stream') this.refuseUpgrade(socket, noStream);
    else if (this.#closing) this.#abandon(socket);
    else if (this.#full()) this.#refuseFull((refusal) => refuseSocket(socket, refusal));
    else {
      const open = (): void => this.#openWebSocket(request, socket, head, address);
      const waiter: Waiter = { open, abandon: () => this.#abandon(socket) };
      if (!this.#enter(waiter)) this.#refuseFull((refusal) => refuseSocket(socket, refusal));
    }
  }

  /** A request for an event stream. */
  events(request: IncomingMessage, response: ServerResponse, address: StreamAddress): void {
    // Behind an answer that is not finished: nobody who listens to events sends requests ahead.
    if (response.socket === null || this.#closing) {
      this.#abandon(request.socket);
    } else if (this.#full()) this.#refuseFull((refusal) => refuseRequest(response, refusal));
    else {
      const open = (): void => this.#openEvents(request, response, address);
      const waiter: Waiter = { open, abandon: () => this.#abandon(request.socket) };
      if (!this.#enter(waiter)) this.#refuseFull((refusal) => refuseRequest(response, refusal));
    }
  }

  /** Answers an upgrade with an HTTP error. */
  refuseUpgrade(socket: Socket, refusal: Refusal): void {
    this.#counters.add('upgradesRefused');
    refuseSocket(socket, refusal);
  }

  streamClosed(stream: Stream): void {
    if (!this.#streams.delete(stream)) return;
    this.#counters.add('closed');
    this.#counters.set('connections', this.#streams.size);
    if (stream instanceof EventStream) this.#counters.add('eventStreams', -1);
  }

  /** Closes every stream with `reason`; those who wait for their turn, or come from now on, are sent away. */
  close(reason: CloseReason): void {
    this.#closing = true;
    this.#pace.close();
    for (const stream of this.#streams) stream.close(reason.code, reason.reason);
  }

  /** Destroys what is still open. */
  terminate(): void {
    for (const stream of this.#streams) stream.terminate();
  }

  #abandon(socket: Socket): void {
    this.#counters.add('upgradesAbandoned');
    socket.destroy();
  }

  #full(): boolean {
    const { connectionsMax, elsewhere } = this.#options;
    return this.#streams.size + this.#pace.waiting + elsewhere() >= connectionsMax;
  }

  #enter(waiter: Waiter): boolean {
    const before = this.#pace.waiting;
    if (!this.#pace.enter(waiter)) return false;
    if (this.#pace.waiting > before) this.#counters.add('upgradesPaced');
    return true;
  }

  #refuseFull(refuse: (refusal: Refusal) => void): void {
    this.#counters.add('upgradesRefused');
    this.#counters.add('refusedFull');
    const message = `${this.#streams.size + this.#options.elsewhere()} dashboards are connected and ${this.#pace.waiting} wait: come back in a moment`;
    // Not all of a crowd at the same time.
    this.#refusals = (this.#refusals + 1) % retryAfterSecMax;
    refuse({ code: 'MEKS_CONNECTIONS_FULL', message, retryAfterSec: 1 + this.#refusals });
  }

  #openWebSocket(request: IncomingMessage, socket: Socket, head: Buffer, address: StreamAddress): void {
    const result = this.#webSockets.open(request, socket, head, (opening) => this.#opened(opening, address));
    if (result === 'refused') this.#counters.add('upgradesRefused');
    else if (result === 'abandoned') this.#counters.add('upgradesAbandoned');
  }

  #opened({ stream, protocol }: Opening, address: StreamAddress): void {
    this.#add(stream);
    if (protocol !== subprotocol && (address.board === null || protocol !== boardSubprotocol)) {
      this.#counters.add('closedSubprotocol');
      const offered = protocol === '' ? 'none' : JSON.stringify(protocol.slice(0, 50));
      const message = `the client offered ${offered}: ask for the subprotocol ${address.board === null ? subprotocol : boardSubprotocol}`;
      stream.fail(closeReasons.badSubprotocol, 'MEKS_SUBPROTOCOL_INVALID', message);
      return;
    }
    const target = this.#target(address, address.since);
    if (target.kind === 'found') {
      stream.attachment = target.attach(stream);
      if (stream.attachment !== null) return;
      this.#counters.add('closedBoard');
      stream.fail(closeReasons.boardsFull, boardsFull.code, boardsFull.message);
      return;
    }
    const { counter, reason } = failures[target.kind];
    this.#counters.add(counter);
    stream.fail(reason, target.code, target.message);
  }

  #openEvents(request: IncomingMessage, response: ServerResponse, address: StreamAddress): void {
    if (request.socket.destroyed) {
      this.#abandon(request.socket);
      return;
    }
    // What the browser itself remembers is newer than the address that the page gave.
    const remembered = request.headers['last-event-id'];
    const since = typeof remembered === 'string' && remembered !== '' ? remembered : address.since;
    const target = this.#target(address, since);
    if (target.kind !== 'found') {
      this.#counters.add('upgradesRefused');
      refuseRequest(response, target);
      return;
    }
    const { clock, closeMs } = this.#options;
    const stream = new EventStream({ clock, owner: this, closeMs, request, response, room: target.room });
    this.#add(stream);
    this.#counters.add('eventStreams');
    stream.attachment = target.attach(stream);
    // The head of the answer is under way: what is wrong is told as on a WebSocket.
    if (stream.attachment !== null) return;
    this.#counters.add('closedBoard');
    stream.fail(closeReasons.boardsFull, boardsFull.code, boardsFull.message);
  }

  #add(stream: Stream): void {
    this.#streams.add(stream);
    this.#counters.add('opened');
    this.#counters.set('connections', this.#streams.size);
  }

  /** The room that a stream is for and the place where it goes on; or what is wrong with the request. */
  #target({ room: roomName, board }: StreamAddress, sinceText: string | null): Target {
    const since = sinceText === null ? null : parsePosition(sinceText);
    if (sinceText !== null && since === null) {
      const message = `since=${JSON.stringify(sinceText.slice(0, 80))} is no position: give epoch:seq, or leave it out`;
      return { kind: 'bad-position', code: 'MEKS_POSITION_INVALID', message };
    }
    const room = this.#options.rooms.find(roomName);
    if (room !== null) return foundIn(room, since, board);
    const message = `no room ${JSON.stringify(roomName.slice(0, 80))}: GET /v1/rooms lists those that there are`;
    return { kind: 'unknown-room', code: 'MEKS_ROOM_UNKNOWN', message };
  }
}

type Target =
  | {
      readonly kind: 'found';
      readonly room: StreamRoom;
      /** null: the room has no place for it (only boards, see boardSubscriptionsMax). */
      readonly attach: (stream: Stream) => Attachment | null;
    }
  | { readonly kind: keyof typeof failures; readonly code: ErrorCode; readonly message: string };

/** What is wrong with a request: how it is counted, and how a WebSocket is closed for it. */
const failures = {
  'bad-position': { counter: 'closedPosition', reason: closeReasons.badResume },
  'unknown-room': { counter: 'closedRoom', reason: closeReasons.unknownRoom },
  'bad-board': { counter: 'closedBoard', reason: closeReasons.badBoard },
} as const;

/** Why a subscription to a board is refused. */
export const boardsFull = {
  code: 'MEKS_BOARDS_FULL',
  message: `${limits.boardSubscriptionsMax.value} different boards of this room are on somebody's screen: show one of them`,
} as const;

function foundIn(room: StreamRoom, since: Position | null, board: BoardAsked | null): Target {
  if (board === null) return { kind: 'found', room, attach: (stream) => room.attach(stream, since) };
  if (board.kind === 'board')
    return { kind: 'found', room, attach: (stream) => room.attachBoard(stream, board.request) };
  return { kind: 'bad-board', code: 'MEKS_BOARD_INVALID', message: board.message };
}

const noStream: Refusal = {
  code: 'MEKS_ROUTE_UNKNOWN',
  message:
    'no WebSocket here: streams are at /v1/rooms/<id or handle>/stream and /v1/rooms/<room>/boards/<scope>/stream',
};
