import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { BoundedQueue } from '../base/bounded-queue.ts';
import type { Clock } from '../base/clock.ts';
import type { ThreadUser } from '../base/supervised-thread.ts';
import type { Command, CommandOutcome } from '../protocol/commands.ts';
import { limits } from '../protocol/limits.ts';
import { unpackMessages } from '../protocol/packed-messages.ts';
import type { PushItems } from '../protocol/push.ts';
import type { Answer, HeaderValues, Question, ToCold, ToHot } from './bridge.ts';
import type { GatewayCounters } from './counters.ts';
import { Exchange, type ExchangeOwner, type GatewayResponse } from './exchange.ts';
import type { Refusal } from './refusal.ts';

// Hands HTTP requests to the cold thread and copies its answers to the clients: all that HTTP costs the hot thread.
//
// Why by message: of the hot thread's time, an answer of 2 KB costs 15 us if it gives it itself, 35 to 60 us by message
// port and 60 to 75 us by an HTTP proxy over a local socket; one of 200 KB 55, 130 to 190 and 375 to 485 us. What is
// left is node:http's own work, and waking up (gateway.bench.ts measures it anew).
//
// Owns the exchanges under way. Bounded by httpRequestsMax in all, httpPipelinedMax a connection, one piece of
// httpChunkBytes each, and httpPiecesPerTurnMax pieces in a turn of the loop. A thread that ends leaves no request
// without an answer: 503 where nothing was sent yet, a closed connection where something was.

const sweepMs = 1000;
/** What counts as one turn where pieces come one at a time: planning the end of each would cost more than it bounds. */
const turnMs = 1;

export interface ForwarderOptions {
  readonly clock: Clock;
  readonly counters: GatewayCounters;
  /** Answers a question of the cold thread at once. */
  readonly answer: (question: Question) => Answer;
  /** Carries a command of the cold thread out. Never rejects. */
  readonly run: RunCommand;
}

/** What carries commands out. Never rejects. */
export type RunCommand = (command: Command) => Promise<CommandOutcome>;

type Piece = Extract<ToHot, { readonly kind: 'head' | 'piece' }>;

export class Forwarder implements ThreadUser, ExchangeOwner {
  readonly name = 'http';
  readonly #clock: Clock;
  readonly #counters: GatewayCounters;
  readonly #answer: ForwarderOptions['answer'];
  readonly #run: RunCommand;
  readonly #exchanges = new Map<number, Exchange>();
  /** Exchanges of one connection, in order: more than one where the client sends without waiting. */
  readonly #bySocket = new Map<Socket, Exchange[]>();
  /** Pieces that wait for a later turn; each exchange has at most one. */
  readonly #pieces = new BoundedQueue<Piece>(limits.httpRequestsMax.value);
  /** Pushes that are being read by the cold thread, by number. */
  readonly #reads = new Map<number, (items: PushItems | null) => void>();
  readonly #onTurn = (): void => this.#turn();
  readonly #onSweep = (): void => this.#sweep();
  /** Pieces taken since `#takenSinceMs`, which is about a turn of the loop ago. */
  #taken = 0;
  #takenSinceMs = 0;
  #turnPlanned = false;
  #sweepPlanned = false;
  #nextId = 1;
  #port: MessagePort | null = null;

  constructor(options: ForwarderOptions) {
    this.#clock = options.clock;
    this.#counters = options.counters;
    this.#answer = options.answer;
    this.#run = options.run;
  }

  /** Requests under way. */
  get size(): number {
    return this.#exchanges.size;
  }

  started(port: MessagePort): void {
    this.#port = port;
    port.on('message', (message: ToHot) => this.#message(message));
  }

  stopped(): void {
    this.#port = null;
    while (this.#pieces.take() !== undefined);
    // What has all of its answer needs the thread no more: the rest is between the connection and its reader.
    for (const exchange of this.#exchanges.values())
      if (!exchange.response.writableEnded) this.#refuse(exchange, 'requestsDown', coldDown);
    for (const unread of this.#reads.values()) unread(null);
    this.#reads.clear();
  }

  /** Takes a request in, to be forwarded or refused. Null: there were too many on its connection, which is closed. */
  begin(request: IncomingMessage, response: GatewayResponse): Exchange | null {
    this.#counters.add('requests');
    const { socket } = request;
    const same = this.#bySocket.get(socket) ?? [];
    if (same.length >= limits.httpPipelinedMax.value) {
      this.#counters.add('requestsAborted');
      socket.destroy();
      return null;
    }
    const exchange = new Exchange({ id: this.#nextId++, request, response, owner: this });
    response.exchange = exchange;
    this.#exchanges.set(exchange.id, exchange);
    same.push(exchange);
    this.#bySocket.set(socket, same);
    this.#moved(exchange);
    this.#planSweep();
    return exchange;
  }

  /** Gives the request to the cold thread, which answers it. */
  forward(exchange: Exchange): void {
    const { id, request } = exchange;
    const { method = 'GET', url = '/', headers, socket } = request;
    const bodyBytes = Number(headers['content-length'] ?? 0);
    if (this.#port === null) return this.#refuse(exchange, 'requestsDown', coldDown);
    if (this.#exchanges.size > limits.httpRequestsMax.value)
      return this.#refuse(exchange, 'requestsFull', requestsFull);
    if (bodyBytes > limits.requestBytesMax.value) return this.bodyTooLarge(exchange);
    this.send({
      kind: 'request',
      id,
      method,
      url,
      // Node's parser gives strings, and lists for set-cookie only.
      headers: headers as HeaderValues,
      remoteAddress: socket.remoteAddress ?? '',
      hasBody: bodyBytes > 0 || headers['transfer-encoding'] !== undefined,
    });
    this.#counters.add('requestsForwarded');
  }

  /** Has a push read by the cold thread, in the order of asking; null = it is down. Bounded by who asks. */
  readPush(bytes: Uint8Array): Promise<PushItems | null> {
    if (this.#port === null) return Promise.resolve(null);
    const id = this.#nextId++;
    // Of its own: a view is sent with all of the memory that it is a view of.
    const own = new Uint8Array(bytes);
    this.#port.postMessage({ kind: 'read-push', id, bytes: own } satisfies ToCold, [own.buffer]);
    return new Promise((resolve) => void this.#reads.set(id, resolve));
  }

  /** For the response's `close`: the exchange is over, well or not. */
  ended(exchange: Exchange): void {
    const { id, request, response } = exchange;
    if (!this.#exchanges.delete(id)) return;
    const rest = (this.#bySocket.get(request.socket) ?? []).filter((other) => other !== exchange);
    if (rest.length === 0) this.#bySocket.delete(request.socket);
    else this.#bySocket.set(request.socket, rest);
    if (response.writableFinished) {
      this.#counters.add('requestsAnswered');
      return;
    }
    this.#counters.add('requestsAborted');
    this.send({ kind: 'abort', id });
    // Node does not tell answers that wait behind this one that their connection is gone.
    for (const other of rest) this.ended(other);
  }

  send(message: ToCold): void {
    this.#port?.postMessage(message);
  }

  bodyTooLarge(exchange: Exchange): void {
    this.send({ kind: 'abort', id: exchange.id });
    if (!exchange.response.headersSent) exchange.response.setHeader('connection', 'close');
    exchange.refuse(bodyTooLarge);
  }

  #message(message: ToHot): void {
    switch (message.kind) {
      case 'head':
      case 'piece':
        this.#pieceCame(message);
        break;
      case 'pull':
        this.#exchanges.get(message.id)?.pull();
        break;
      case 'push-read':
        this.#pushRead(message);
        break;
      case 'broken':
        this.#exchanges.get(message.id)?.refuse(answerBroken);
        break;
      case 'ask':
        this.#counters.add('asks');
        this.send({ kind: 'answer', ask: message.ask, answer: this.#answer(message.question) });
        break;
      case 'command':
        void this.#carryOut(message.ask, message.command);
        break;
    }
  }

  #pushRead({ id, messages, malformed, malformedCount }: Extract<ToHot, { readonly kind: 'push-read' }>): void {
    const settle = this.#reads.get(id);
    this.#reads.delete(id);
    settle?.({ messages: unpackMessages(messages), malformed, malformedCount });
  }

  async #carryOut(ask: number, command: Command): Promise<void> {
    this.#counters.add('commands');
    const port = this.#port;
    const outcome = await this.#run(command);
    // Another life of the thread numbers its questions anew: what its former life asked is nothing to it.
    if (port === this.#port) this.send({ kind: 'outcome', ask, outcome });
  }

  #pieceCame(piece: Piece): void {
    if (this.#clock.nowMs() - this.#takenSinceMs >= turnMs) this.#beginTurn();
    if (this.#taken < limits.httpPiecesPerTurnMax.value && this.#pieces.size === 0) this.#take(piece);
    else {
      this.#pieces.offer(piece);
      this.#planTurn();
    }
  }

  /** Pieces that were above the budget of a turn are taken, up to the budget of this one. */
  #turn(): void {
    this.#turnPlanned = false;
    this.#beginTurn();
    while (this.#taken < limits.httpPiecesPerTurnMax.value) {
      const piece = this.#pieces.take();
      if (piece === undefined) return;
      this.#take(piece);
    }
    this.#planTurn();
  }

  #beginTurn(): void {
    this.#taken = 0;
    this.#takenSinceMs = this.#clock.nowMs();
  }

  #planTurn(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    this.#clock.soon(this.#onTurn);
  }

  /** Copies a piece to its client. */
  #take(piece: Piece): void {
    this.#taken++;
    const exchange = this.#exchanges.get(piece.id);
    if (exchange === undefined) return;
    this.#moved(exchange);
    this.#counters.add('answerBytes', piece.bytes?.length ?? 0);
    if (piece.kind === 'head') exchange.head(piece.status, piece.headers, piece.bytes, piece.last);
    else exchange.piece(piece.bytes, piece.last);
  }

  #moved(exchange: Exchange): void {
    exchange.dueMs = this.#clock.nowMs() + limits.httpAnswerMs.value;
  }

  #refuse(exchange: Exchange, counter: 'requestsDown' | 'requestsFull' | 'requestsLate', refusal: Refusal): void {
    this.#counters.add(counter);
    exchange.refuse(refusal);
  }

  /** Gives up what has not moved for httpAnswerMs. */
  #sweep(): void {
    this.#sweepPlanned = false;
    const nowMs = this.#clock.nowMs();
    for (const exchange of this.#exchanges.values()) {
      if (exchange.dueMs > nowMs) continue;
      this.send({ kind: 'abort', id: exchange.id });
      this.#refuse(exchange, 'requestsLate', answerLate);
      this.#moved(exchange);
    }
    if (this.#exchanges.size > 0) this.#planSweep();
  }

  #planSweep(): void {
    if (this.#sweepPlanned) return;
    this.#sweepPlanned = true;
    this.#clock.after(sweepMs, this.#onSweep);
  }
}

const coldDown: Refusal = {
  code: 'MEKS_COLD_THREAD_DOWN',
  message: 'the thread that answers HTTP is being started again: come back in a moment. Dashboards are not affected',
  retryAfterSec: 1,
};

const requestsFull: Refusal = {
  code: 'MEKS_REQUESTS_FULL',
  message: `${limits.httpRequestsMax.value} requests are under way: come back in a moment`,
  retryAfterSec: 1,
};

const answerLate: Refusal = {
  code: 'MEKS_ANSWER_LATE',
  message: `no answer within ${limits.httpAnswerMs.value / 1000} s: ask for less, or come back in a moment`,
  retryAfterSec: 5,
};

const answerBroken: Refusal = {
  code: 'MEKS_INTERNAL',
  message: 'the answer failed: see the log of the broker',
};

const bodyTooLarge: Refusal = {
  code: 'MEKS_REQUEST_TOO_LARGE',
  message: `the body is larger than ${limits.requestBytesMax.value} bytes: send less at once`,
};
