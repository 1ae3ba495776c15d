import { WebSocket } from 'ws';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { type CommandHandlers, runCommand } from '../../src/broker/commands.ts';
import { pushCommands } from '../../src/broker/commands/push.ts';
import { PushFeed } from '../../src/feed/push.ts';
import { type PushFrame, pushSubprotocol } from '../../src/protocol/push.ts';
import { openRig, type Rig } from './gateway-rig.ts';

// Programs that push a list of items, one request or message after the other, and push again what was not acknowledged:
// as any good pusher does. With them a gateway whose one room is pushed to.

export const pushToken = 'the-token-of-a-room-that-is-pushed-to';

/** A gateway with its cold thread, and the feed of its room `main`. */
export async function openPushRig(): Promise<{ readonly feed: PushFeed; readonly rig: Rig }> {
  const feed = new PushFeed({ clock: systemClock, token: pushToken });
  // Of a room, the command needs its id and its feed.
  const commands = pushCommands({ find: () => ({ id: 'main', pushed: feed }) });
  const rig = await openRig({
    cold: true,
    // Nobody sends it another command.
    run: (command) => runCommand(commands as CommandHandlers, command, silentLog),
  });
  rig.room.pushed = feed;
  return { feed, rig };
}

export class HttpPusher {
  readonly #url: string;
  readonly #items: readonly object[];
  #at = 0;
  #busy = false;

  constructor(url: string, items: readonly object[]) {
    this.#url = `${url}/v1/rooms/main/push`;
    this.#items = items;
  }

  /** Pushes the next few items unless a push is under way. */
  pump(): void {
    if (this.#busy || this.#at >= this.#items.length) return;
    this.#busy = true;
    const some = this.#items.slice(this.#at, this.#at + 1 + (this.#at % 5));
    const body = some.map((item) => JSON.stringify(item)).join('\n');
    const headers = { authorization: `Bearer ${pushToken}`, 'content-type': 'application/x-ndjson' };
    fetch(this.#url, { method: 'POST', headers, body })
      .then(async (response) => {
        await response.text();
        if (response.status === 200) this.#at += some.length;
      })
      .catch(() => undefined)
      .finally(() => (this.#busy = false));
  }
}

export class SocketPusher {
  readonly #url: string;
  readonly #items: readonly object[];
  #socket: WebSocket | null = null;
  #window = 0;
  /** First item that is not acknowledged, and the first that was not sent. */
  #at = 0;
  #next = 0;
  /** Lengths of the pushes under way. */
  #line: number[] = [];

  constructor(url: string, items: readonly object[]) {
    this.#url = `${url.replace('http', 'ws')}/v1/rooms/main/push`;
    this.#items = items;
  }

  /** Sends what the window allows; connects where there is no connection. */
  pump(): void {
    const socket = (this.#socket ??= this.#connect());
    while (socket.readyState === WebSocket.OPEN && this.#line.length < this.#window) {
      const some = this.#items.slice(this.#next, this.#next + 1 + (this.#next % 5));
      if (some.length === 0) return;
      this.#next += some.length;
      this.#line.push(some.length);
      socket.send(JSON.stringify(some));
    }
  }

  /** Is gone without a word. */
  vanish(): void {
    this.#socket?.terminate();
  }

  #connect(): WebSocket {
    const socket = new WebSocket(this.#url, [pushSubprotocol, pushToken]);
    this.#next = this.#at;
    this.#line = [];
    this.#window = 0;
    socket.on('message', (data: Buffer) => {
      const frame: PushFrame = JSON.parse(data.toString());
      if (frame.kind === 'welcome') this.#window = frame.window;
      if (frame.kind === 'ack') this.#at += this.#line.shift() ?? 0;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
    });
    return socket;
  }
}
