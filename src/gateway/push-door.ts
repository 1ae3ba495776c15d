import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Server, WebSocket, WebSocketServer } from 'ws';
import { unreachable } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { type CloseReason, closeReasons } from '../protocol/close-codes.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { type PushAnswer, type PushFrame, type PushItems, pushSubprotocol } from '../protocol/push.ts';
import type { GatewayCounters } from './counters.ts';
import { type Refusal, refuseSocket } from './refusal.ts';
import type { PushAdmission, PushRooms } from './push-rooms.ts';
import type { PushTarget } from './rooms.ts';

// Lets pushing programs in: a WebSocket on which each text message is a push, answered by an `ack` in order as soon as
// the log has it. What it holds is read by the cold thread: that takes tens of microseconds an event. A pusher that is
// faster than the log is not read: TCP tells it. One that vanishes is noticed by its silence to pings, and becomes a
// gap (feed/push.ts). Owns the pushers' connections. Bounded by pushConnectionsMax, and
// each by pushWindowMax messages of pushMessageBytesMax, beside what one read of its socket held (64 KB). An ack that
// the socket has not taken counts as well: a pusher that reads none is not read either.

export interface PushDoorOptions {
  readonly clock: Clock;
  readonly counters: GatewayCounters;
  readonly rooms: PushRooms;
  /** Reads a push elsewhere, in the order of asking; null = it cannot be read now. */
  readonly read: ReadPushElsewhere;
  /** How long a peer may take to answer a close. */
  readonly closeMs: number;
}

export type ReadPushElsewhere = (bytes: Uint8Array) => Promise<PushItems | null>;

/** A WebSocket that knows its connection, so that one listener serves them all. */
class Peer extends WebSocket {
  connection: PushConnection | null = null;
}

export class PushDoor {
  readonly #options: PushDoorOptions;
  readonly #server: Server<typeof Peer>;
  readonly #connections = new Set<PushConnection>();
  /** Those of whom it is not known yet whether they may come in: they count towards pushConnectionsMax. */
  readonly #arriving = new Set<Peer>();
  readonly #onPing = (): void => this.#ping();
  #pingTimer: Timer | null = null;
  #closing = false;

  constructor(options: PushDoorOptions) {
    this.#options = options;
    const closing = { closeTimeout: options.closeMs };
    this.#server = new WebSocketServer<typeof Peer>({
      noServer: true,
      WebSocket: Peer,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.pushMessageBytesMax.value,
      maxFragments: 1_024,
      ...closing,
      // As for dashboards: a browser hides the close code of a protocol that it did not offer.
      handleProtocols: (offered) => (offered.has(pushSubprotocol) ? pushSubprotocol : ([...offered][0] ?? false)),
    });
    this.#server.on('wsClientError', (error, socket) => {
      const message = `${error.message}: send a WebSocket handshake of version 13 (RFC 6455)`;
      this.#refuse(socket as Socket, { code: 'MEKS_HANDSHAKE_INVALID', message });
    });
  }

  /** Pushers connected now. */
  get size(): number {
    return this.#connections.size;
  }

  /** A handshake for the push address of `room`. `refusal`: it must not come in at all. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, room: string, refusal: Refusal | null): void {
    const { counters } = this.#options;
    counters.add('pushUpgrades');
    if (refusal !== null) this.#refuse(socket, refusal);
    else if (this.#closing) {
      counters.add('pushRefused');
      socket.destroy();
    } else this.#server.handleUpgrade(request, socket, head, (peer) => this.#opened(peer, request, room));
  }

  /** Tells every pusher to come back later; who comes from now on is sent away. */
  close(reason: CloseReason): void {
    this.#closing = true;
    this.#pingTimer?.cancel();
    this.#pingTimer = null;
    for (const peer of this.#arriving) this.#sendAway(peer, reason);
    for (const connection of this.#connections) connection.close(reason);
  }

  /** Destroys what is still open. */
  terminate(): void {
    for (const connection of this.#connections) connection.terminate();
  }

  #refuse(socket: Socket, refusal: Refusal): void {
    this.#options.counters.add('pushRefused');
    refuseSocket(socket, refusal);
  }

  #opened(peer: Peer, request: IncomingMessage, name: string): void {
    peer.on('error', ignore);
    if (peer.protocol !== pushSubprotocol) {
      const message = `ask for the subprotocol ${pushSubprotocol}`;
      this.#fail(peer, [closeReasons.badPushProtocol, 'MEKS_SUBPROTOCOL_INVALID', message]);
      return;
    }
    const size = this.#connections.size + this.#arriving.size;
    if (size >= limits.pushConnectionsMax.value) {
      const message = `${size} programs push: come back in a moment`;
      this.#fail(peer, [closeReasons.busy, 'MEKS_PUSH_BUSY', message]);
      return;
    }
    // Nothing is read before it is known whether anything may be.
    peer.pause();
    this.#arriving.add(peer);
    void this.#options.rooms.admit(name, tokenOf(request)).then((admission) => {
      // Sent away meanwhile.
      if (!this.#arriving.delete(peer)) return;
      if (admission.kind === 'admitted') this.#admitted(peer, admission.room, admission.target);
      else this.#fail(peer, refusalOf(admission, name));
      peer.resume();
    });
  }

  #admitted(peer: Peer, room: string, target: PushTarget): void {
    const { counters, clock } = this.#options;
    // Gone while another thread was asked: nobody would tell of its close any more.
    if (peer.readyState !== WebSocket.OPEN) {
      counters.add('pushRefused');
      target.gone?.();
      return;
    }
    const connection = new PushConnection(peer, target, this.#options, (closed) => this.#gone(closed));
    this.#connections.add(connection);
    counters.add('pushOpened');
    counters.set('pushers', this.#connections.size);
    connection.send({ kind: 'welcome', room, window: limits.pushWindowMax.value });
    this.#pingTimer ??= clock.after(limits.pushPingMs.value, this.#onPing);
  }

  #sendAway(peer: Peer, reason: CloseReason): void {
    this.#arriving.delete(peer);
    this.#options.counters.add('pushRefused');
    // A socket that is not read would not see the close of its peer either.
    peer.resume();
    peer.close(reason.code, reason.reason);
  }

  #fail(peer: Peer, [reason, code, message]: Failure): void {
    this.#options.counters.add('pushRefused');
    fail(peer, reason, code, message);
  }

  #gone(connection: PushConnection): void {
    if (!this.#connections.delete(connection)) return;
    this.#options.counters.add('pushClosed');
    this.#options.counters.set('pushers', this.#connections.size);
  }

  #ping(): void {
    this.#pingTimer = null;
    for (const connection of this.#connections) connection.ping();
    if (this.#connections.size > 0) this.#pingTimer = this.#options.clock.after(limits.pushPingMs.value, this.#onPing);
  }
}

type Failure = readonly [CloseReason, ErrorCode, string];

function refusalOf({ kind }: Exclude<PushAdmission, { kind: 'admitted' }>, name: string): Failure {
  const room = JSON.stringify(name.slice(0, 80));
  switch (kind) {
    case 'unknown-room':
      return [closeReasons.unknownRoom, 'MEKS_ROOM_UNKNOWN', `no room ${room}: GET /v1/rooms lists those there are`];
    case 'not-pushed': {
      const message = `room ${room} takes its events from elsewhere: push to a room that was made with --push`;
      return [closeReasons.notPushed, 'MEKS_ROOM_NOT_PUSHED', message];
    }
    case 'refused': {
      const message = 'show the push token of the room: `Authorization: Bearer …`, or as the second subprotocol';
      return [closeReasons.unauthorized, 'MEKS_UNAUTHORIZED', message];
    }
    default:
      return unreachable(kind);
  }
}

/** The answer of one push, once there is one. */
interface Slot {
  readonly push: number;
  answer: PushAnswer | null;
}

class PushConnection {
  readonly #peer: Peer;
  readonly #target: PushTarget;
  readonly #counters: GatewayCounters;
  readonly #read: ReadPushElsewhere;
  readonly #onGone: (connection: PushConnection) => void;
  /** Pushes without an ack, in order. */
  #line: Slot[] = [];
  /** Frames that the socket has not taken yet. */
  #untaken = 0;
  readonly #onTaken = (): void => this.#frameTaken();
  #pushes = 0;
  #answered = true;
  #gone = false;

  constructor(
    peer: Peer,
    target: PushTarget,
    { counters, read }: Pick<PushDoorOptions, 'counters' | 'read'>,
    onGone: (connection: PushConnection) => void,
  ) {
    this.#peer = peer;
    this.#target = target;
    this.#counters = counters;
    this.#read = read;
    this.#onGone = onGone;
    peer.connection = this;
    peer.on('message', onMessage);
    peer.on('pong', onPong);
    peer.on('close', onClose);
    target.connected();
  }

  send(frame: PushFrame): void {
    if (this.#peer.readyState !== WebSocket.OPEN) return;
    this.#untaken++;
    this.#peer.send(JSON.stringify(frame), this.#onTaken);
  }

  close(reason: CloseReason): void {
    // A socket that is not read would not see the close of its peer either.
    this.#peer.resume();
    this.#peer.close(reason.code, reason.reason);
  }

  terminate(): void {
    this.#peer.terminate();
  }

  /** Asks whether anybody is there; cuts off who did not answer the last time. A paused peer cannot be heard. */
  ping(): void {
    if (!this.#answered && !this.#peer.isPaused) {
      this.terminate();
      return;
    }
    this.#answered = this.#peer.isPaused;
    this.#peer.ping();
  }

  alive(): void {
    this.#answered = true;
  }

  received(data: Buffer, isBinary: boolean): void {
    this.#answered = true;
    // What was read before the close is not taken: it will not be acknowledged, and comes again.
    if (this.#peer.readyState !== WebSocket.OPEN) return;
    if (isBinary) {
      fail(this.#peer, closeReasons.badMessage, 'MEKS_REQUEST_INVALID', 'a push is a text message: NDJSON or an array');
      return;
    }
    this.#counters.add('pushMessages');
    const slot: Slot = { push: ++this.#pushes, answer: null };
    this.#line.push(slot);
    if (this.#owed >= limits.pushWindowMax.value && !this.#peer.isPaused) {
      this.#counters.add('pushPauses');
      this.#peer.pause();
    }
    void this.#take(data, slot);
  }

  /** Messages are read in order, and so are taken in order. */
  async #take(data: Buffer, slot: Slot): Promise<void> {
    const items = await this.#read(data);
    slot.answer = items === null ? { kind: 'busy' } : await this.#target.take(items, true);
    this.#acknowledge();
  }

  gone(code: number): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#target.disconnected((code === 1000 || code === 1001 || code === 1005) && this.#line.length === 0);
    this.#onGone(this);
  }

  /** Sends the acks that are due, in order. */
  #acknowledge(): void {
    for (let slot = this.#line[0]; slot !== undefined && slot.answer !== null; slot = this.#line[0]) {
      this.#line.shift();
      const { answer } = slot;
      if (answer.kind === 'taken') {
        this.send({ ...answer, kind: 'ack', push: slot.push });
      } else {
        this.#line = [];
        this.close(answer.kind === 'busy' ? closeReasons.busy : closeReasons.goingAway);
        return;
      }
    }
    this.#goOn();
  }

  #frameTaken(): void {
    this.#untaken--;
    this.#goOn();
  }

  /** What the pusher has not been told of, as far as is known here. */
  get #owed(): number {
    return this.#line.length + this.#untaken;
  }

  #goOn(): void {
    if (this.#peer.isPaused && this.#owed <= limits.pushWindowMax.value / 2) this.#peer.resume();
  }
}

/** The token in the headers, or the one that a browser offers as a further subprotocol; '' = none. */
function tokenOf(request: IncomingMessage): string {
  const { authorization = '', 'sec-websocket-protocol': offered = '' } = request.headers;
  const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  const protocols = offered.split(',').map((protocol) => protocol.trim());
  return protocols.find((protocol) => protocol !== pushSubprotocol && protocol !== '') ?? '';
}

function fail(peer: Peer, reason: CloseReason, code: ErrorCode, message: string): void {
  const frame: PushFrame = { kind: 'error', code, message };
  peer.send(JSON.stringify(frame));
  peer.close(reason.code, reason.reason);
}

function onMessage(this: WebSocket, data: WebSocket.RawData, isBinary: boolean): void {
  // Without `nodebuffer` fragments ws would hand over arrays; by default data is one Buffer.
  (this as Peer).connection?.received(data as Buffer, isBinary);
}

function onPong(this: WebSocket): void {
  (this as Peer).connection?.alive();
}

function onClose(this: WebSocket, code: number): void {
  (this as Peer).connection?.gone(code);
}

/** ws closes the connection by itself after an error. */
function ignore(): void {}
