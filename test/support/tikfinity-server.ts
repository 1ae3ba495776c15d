import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { messageOfEvent } from '../../src/feed/json/webcast-json.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';

// A socket that speaks as TikFinity does on its own machine: one flat event a frame, and events that nobody needs.

export interface TikfinityEvent {
  readonly event: string;
  readonly data: unknown;
}

const createTime = '1777000000000';

/** `count` made-up events, and what a feed should make of them. */
export function eventMessages(seed: number, count: number): { items: TikfinityEvent[]; expected: RawMessage[] } {
  const items: TikfinityEvent[] = [];
  const expected: RawMessage[] = [];
  for (let index = 0; index < count; index++) {
    const msgId = String(7_200_000_000_000 + seed * 1_000_000 + index);
    const person = { userId: String(100 + (index % 9)), uniqueId: `viewer${index % 9}`, nickname: 'A viewer' };
    const common = { ...person, msgId, createTime, tikfinityUserId: 1, tikfinityUsername: 'somebody' };
    const gift = { giftId: 5655, giftName: 'Rose', diamondCount: 1, giftType: 1, groupId: msgId };
    const item: TikfinityEvent =
      index % 3 === 0
        ? { event: 'gift', data: { ...common, ...gift, repeatCount: 1 + (index % 4), repeatEnd: index % 2 === 0 } }
        : index % 3 === 1
          ? { event: 'chat', data: { ...common, comment: `hello ${index}` } }
          : { event: 'like', data: { ...common, likeCount: 5, totalLikeCount: 10 * index } };
    const reading = messageOfEvent(item.event, item.data, 0);
    if (reading.kind !== 'message') throw new Error(reading.reason);
    items.push(item);
    expected.push(reading.raw);
  }
  return { items, expected };
}

export class TikfinityServer {
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  #at = 0;

  static async listen(items: readonly TikfinityEvent[]): Promise<TikfinityServer> {
    const server = new TikfinityServer(items);
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(items: readonly TikfinityEvent[]) {
    this.#server.on('connection', (socket) => {
      socket.send(JSON.stringify({ event: 'config', data: { version: 'made up' } }));
      const step = (): void => {
        if (socket.readyState !== socket.OPEN) return;
        for (const item of items.slice(this.#at, this.#at + 3)) socket.send(JSON.stringify(item));
        this.#at += 3;
        if (this.#at < items.length) setImmediate(step);
      };
      step();
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Sends this text to everybody. */
  send(text: string): void {
    for (const socket of this.#server.clients) socket.send(text);
  }

  /** The machine it runs on goes to sleep: connections stay, nothing comes of them and nothing is answered. */
  fallAsleep(): void {
    for (const socket of this.#server.clients) socket.pause();
  }

  disconnect(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  async close(): Promise<void> {
    this.disconnect();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
