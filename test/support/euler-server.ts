import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { toJson, fromBinary } from '@bufbuild/protobuf';
import { WebSocketServer } from 'ws';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import { messageOfType } from '../../src/feed/json/webcast-json.ts';
import { schemaOf } from '../../src/feed/json/schemas.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';

// A socket that speaks as Euler's cloud does: frames of decoded messages, bundled, from a list.

export interface JsonMessage {
  readonly type: string;
  readonly data: unknown;
}

export const frameTime = 1_777_000_000_000;

/** `count` scripted messages as JSON, and as what a feed should make of them. */
export function jsonMessages(seed: number, count: number): { items: JsonMessage[]; expected: RawMessage[] } {
  const world = new ScriptedWorld({ seed, startAt: frameTime, faults: { outageEverySec: 0 } });
  const items: JsonMessage[] = [];
  const expected: RawMessage[] = [];
  while (items.length < count) {
    const { raw } = world.next()!;
    const schema = schemaOf(raw.method);
    // The introduction has no time of its own: it would be dated by its arrival.
    if (schema === undefined || raw.method === 'WebcastLiveIntroMessage') continue;
    const data = toJson(schema, fromBinary(schema, raw.payload));
    const reading = messageOfType(raw.method, data, frameTime);
    if (reading.kind !== 'message') throw new Error(reading.reason);
    items.push({ type: raw.method, data });
    expected.push(reading.raw);
  }
  return { items, expected };
}

export class EulerServer {
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  readonly #items: readonly JsonMessage[];
  #at = 0;
  /** What clients asked for. */
  readonly requests: string[] = [];
  /** Close codes for the next clients, instead of service. */
  readonly closeCodes: number[] = [];
  /** Sent after the last message: the close code of a LIVE that ends; 0 = it goes on. */
  endCode = 0;

  static async listen(items: readonly JsonMessage[]): Promise<EulerServer> {
    const server = new EulerServer(items);
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(items: readonly JsonMessage[]) {
    this.#items = items;
    this.#server.on('connection', (socket, request) => {
      this.requests.push(request.url ?? '');
      const code = this.closeCodes.shift();
      if (code !== undefined) {
        socket.close(code);
        return;
      }
      socket.send(JSON.stringify({ event: 'worker_info', schemaVersion: 'v2' }));
      socket.send(JSON.stringify({ type: 'tiktok.connect', agentId: 'agent-1' }));
      const step = (): void => {
        if (socket.readyState !== socket.OPEN) return;
        const messages = this.#items.slice(this.#at, this.#at + 1 + (this.#at % 7));
        this.#at += messages.length;
        if (messages.length > 0) socket.send(JSON.stringify({ messages, timestamp: frameTime }));
        if (this.#at < this.#items.length) setImmediate(step);
        else if (this.endCode > 0) socket.close(this.endCode);
      };
      step();
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends this text to everybody. */
  send(text: string): void {
    for (const socket of this.#server.clients) socket.send(text);
  }

  disconnect(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  async close(): Promise<void> {
    this.disconnect();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
