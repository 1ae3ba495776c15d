import { Readable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { errorFields, type Log } from '../../base/log.ts';
import { limits } from '../../protocol/limits.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import type { HeaderValues, ToCold } from '../bridge.ts';
import type { HotLink } from './hot-link.ts';
import type { ReadPush } from './routes/push.ts';

// Serves requests that come by message instead of by socket: each is given to fastify through its own injection (the
// way it is run where there are no sockets), its answer sent back piece by piece. Owns the requests under way; how many
// there may be is bounded on the hot side.

type RequestMessage = Extract<ToCold, { readonly kind: 'request' }>;

/** What belongs to the hot thread's own connection, and is written there. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);

/** One request under way. */
class Run {
  readonly body: Readable | null;
  readonly #abort = new AbortController();
  #goOn: () => void = ignore;

  constructor(body: Readable | null) {
    this.body = body;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Resolves when the next piece of the answer may go, or when nobody wants it any more. Call before sending one. */
  untilMore(): Promise<void> {
    return new Promise((resolve) => {
      this.#goOn = resolve;
    });
  }

  more(): void {
    this.#goOn();
  }

  abort(): void {
    this.#abort.abort();
    this.#goOn();
  }
}

export class BridgeServer {
  readonly #app: FastifyInstance;
  readonly #hot: HotLink;
  readonly #log: Log;
  readonly #runs = new Map<number, Run>();

  readonly #readPush: ReadPush;

  constructor(app: FastifyInstance, hot: HotLink, log: Log, readPush: ReadPush) {
    this.#readPush = readPush;
    this.#app = app;
    this.#hot = hot;
    this.#log = log;
  }

  listen(port: MessagePort): void {
    port.on('message', (message: ToCold) => this.#message(message));
    // The thread of the clients is gone: nobody waits for these answers.
    port.on('close', () => {
      for (const run of this.#runs.values()) run.abort();
    });
  }

  #message(message: ToCold): void {
    switch (message.kind) {
      case 'request':
        void this.#serve(message);
        break;
      case 'body':
        this.#runs.get(message.id)?.body?.push(message.bytes);
        break;
      case 'more':
        this.#runs.get(message.id)?.more();
        break;
      case 'read-push':
        this.#pushCame(message.id, message.bytes);
        break;
      case 'abort':
        this.#runs.get(message.id)?.abort();
        break;
      case 'answer':
        this.#hot.answered(message.ask, message.answer);
        break;
      case 'outcome':
        this.#hot.carriedOut(message.ask, message.outcome);
        break;
    }
  }

  #pushCame(id: number, bytes: Uint8Array): void {
    const { messages, malformed, malformedCount } = this.#readPush(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(),
    );
    const packed = packMessages(messages);
    this.#hot.send({ kind: 'push-read', id, messages: packed, malformed, malformedCount });
  }

  async #serve(message: RequestMessage): Promise<void> {
    const { id } = message;
    const run = new Run(message.hasBody ? new Readable({ read: () => this.#hot.send({ kind: 'pull', id }) }) : null);
    this.#runs.set(id, run);
    try {
      await this.#answer(message, run);
    } catch (error) {
      if (!run.signal.aborted) {
        this.#log.error('gateway.answer-failed', {
          method: message.method,
          path: pathOf(message.url),
          ...errorFields(error),
        });
        this.#hot.send({ kind: 'broken', id });
      }
    }
    this.#runs.delete(id);
  }

  async #answer(message: RequestMessage, run: Run): Promise<void> {
    const { id, method, url, headers, remoteAddress } = message;
    const options: InjectOptions = {
      method,
      url,
      headers,
      remoteAddress,
      payloadAsStream: true,
      signal: run.signal,
    };
    if (run.body !== null) options.payload = run.body;
    const response = await this.#app.inject(options);
    const { statusCode: status } = response;
    const head = { kind: 'head', id, status, headers: endToEnd(response.headers) } as const;
    let begun = false;
    for await (const { bytes, last } of withLast(piecesOf(response.stream()))) {
      if (run.signal.aborted) return;
      const more = last ? null : run.untilMore();
      const transfer = bytes === null ? [] : [bytes.buffer];
      if (!begun) this.#hot.send({ ...head, bytes, last }, transfer);
      else if (bytes !== null) this.#hot.send({ kind: 'piece', id, bytes, last }, transfer);
      begun = true;
      await more;
    }
  }
}

/** The bytes of `stream` in pieces of at most httpChunkBytes, each in memory of its own that can be given away. */
async function* piecesOf(stream: Readable): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const bytesMax = limits.httpChunkBytes.value;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
    for (let at = 0; at < bytes.length; at += bytesMax) yield new Uint8Array(bytes.subarray(at, at + bytesMax));
  }
}

/** Each piece with whether it is the last: it is held until that is known, so that most answers are one message. */
async function* withLast(
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<{ readonly bytes: Uint8Array<ArrayBuffer> | null; readonly last: boolean }, void> {
  let held: Uint8Array<ArrayBuffer> | null = null;
  for await (const bytes of pieces) {
    if (held !== null) yield { bytes: held, last: false };
    held = bytes;
  }
  yield { bytes: held, last: true };
}

function endToEnd(headers: Readonly<Record<string, number | string | string[] | undefined>>): HeaderValues {
  const kept: HeaderValues = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || connectionHeaders.has(name)) continue;
    kept[name] = Array.isArray(value) ? value : String(value);
  }
  return kept;
}

/** Without the query: tokens do not belong into a log. */
function pathOf(url: string): string {
  return url.replace(/\?.*$/s, '').slice(0, 200);
}

function ignore(): void {
  // Nobody waits for more yet.
}
