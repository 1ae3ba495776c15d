import { type IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '../protocol/limits.ts';
import type { HeaderValues, ToCold } from './bridge.ts';
import { type Refusal, refuseRequest } from './refusal.ts';

// One HTTP request and its answer, which mostly comes from the cold thread. Bounded by httpRequestsMax (forwarder.ts);
// holds at most one piece of the answer, and one of the request's body.

/** An HTTP answer that knows its exchange, so that one listener serves them all. */
export class GatewayResponse extends ServerResponse {
  exchange: Exchange | null = null;
}

export interface ExchangeOwner {
  send(message: ToCold): void;
  /** Bytes of a body beyond the limit. */
  bodyTooLarge(exchange: Exchange): void;
}

export interface ExchangeParts {
  readonly id: number;
  readonly request: IncomingMessage;
  readonly response: GatewayResponse;
  readonly owner: ExchangeOwner;
}

export class Exchange {
  readonly id: number;
  readonly request: IncomingMessage;
  readonly response: GatewayResponse;
  /** When it is given up, monotonic ms; moves on with every step. */
  dueMs = 0;
  readonly #owner: ExchangeOwner;
  #bodyBytes = 0;
  #bodyBegun = false;

  constructor(parts: ExchangeParts) {
    this.id = parts.id;
    this.request = parts.request;
    this.response = parts.response;
    this.#owner = parts.owner;
  }

  /** Answers with an error; closes the connection where an answer had already begun. */
  refuse(refusal: Refusal): void {
    const { response } = this;
    if (response.headersSent) this.request.socket.destroy();
    else refuseRequest(response, refusal);
  }

  /** The cold side wants the next piece of the request's body. */
  pull(): void {
    const { request } = this;
    if (this.#bodyBegun) {
      request.resume();
      return;
    }
    this.#bodyBegun = true;
    request.on('data', (bytes: Buffer) => {
      request.pause();
      this.#bodyBytes += bytes.length;
      if (this.#bodyBytes > limits.requestBytesMax.value) this.#owner.bodyTooLarge(this);
      else this.#owner.send({ kind: 'body', id: this.id, bytes });
    });
    request.on('end', () => this.#owner.send({ kind: 'body', id: this.id, bytes: null }));
  }

  /** The head of the answer, and its first piece. */
  head(status: number, headers: HeaderValues, bytes: Uint8Array | null, last: boolean): void {
    if (this.response.headersSent) return;
    this.response.writeHead(status, headers);
    this.piece(bytes, last);
  }

  /** The next piece: asks for another as soon as the client's connection has taken it. */
  piece(bytes: Uint8Array | null, last: boolean): void {
    const { response } = this;
    if (last) {
      if (bytes === null) response.end();
      else response.end(bytes);
      return;
    }
    if (bytes === null || response.write(bytes)) this.#owner.send({ kind: 'more', id: this.id });
    else response.once('drain', () => this.#owner.send({ kind: 'more', id: this.id }));
  }
}
