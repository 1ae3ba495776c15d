import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Dashboard } from '../../../test/support/dashboard.ts';
import { codeOf, rawRequest } from '../../../test/support/http-raw.ts';
import { until } from '../../../test/support/until.ts';
import { rawBytes } from '../../../test/support/webcast-messages.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { Broadcast } from '../../broadcast/broadcast.ts';
import { closeReasons } from '../../protocol/close-codes.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import { type PushAnswer, type PushItems, pushSubprotocol } from '../../protocol/push.ts';
import type { Attachment, PushRooms, PushTarget } from '../../gateway/gateway.ts';
import type { Link } from '../../protocol/link.ts';
import { textFrame } from '../../protocol/websocket-frame.ts';
import { boardSubprotocol } from '../../protocol/board-frames.ts';
import type { BoardRooms } from './board-relay.ts';
import type { MeksEvent } from '../../protocol/events.ts';
import { SourceFacts } from '../source-facts.ts';
import { Senders } from './senders.ts';
import type { SharedFanout } from './shared-fanout.ts';

// Real threads on a real port, with a room whose owner is the test.

function share(id: number): MeksEvent {
  return { kind: 'share', id: String(id), at: 1, user: { id: '7', handle: 'ann', name: 'Ann', avatar: '' } };
}

/** Takes what is pushed, and says so. */
class Pushed implements PushTarget {
  readonly texts: string[] = [];
  connections = 0;
  unclean = 0;
  admits(token: string): boolean {
    return token === 'secret';
  }
  take({ messages }: PushItems): Promise<PushAnswer> {
    for (const { method } of messages) this.texts.push(method);
    const account = { taken: 1, understood: 1, duplicates: 0, ignored: 0, quarantined: 0, unknown: 0 };
    return Promise.resolve({ kind: 'taken', malformed: [], malformedCount: 0, ...account });
  }
  connected(): void {
    this.connections++;
  }
  disconnected(clean: boolean): void {
    this.connections--;
    if (!clean) this.unclean++;
  }
}

/** What the cold thread does for a sender: reads pushes, here each text as the method of one message. */
function readPushes(senders: Senders): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (link: MessagePort) => {
    link.on('message', ({ kind, id, bytes }: { kind: string; id: number; bytes: Uint8Array }) => {
      if (kind !== 'read-push') return;
      const raw = rawBytes(Buffer.from(bytes).toString(), new Uint8Array(0));
      link.postMessage({ kind: 'push-read', id, messages: packMessages([raw]), malformed: [], malformedCount: 0 });
    });
    link.unref();
  });
  senders.started(port2);
  return port1;
}

/** One board, for one viewer at a time. */
class Boards implements BoardRooms {
  link: Link | null = null;
  alive = 0;
  attachBoard(_room: string, link: Link): Attachment | null {
    if (this.link !== null) return null;
    this.link = link;
    link.write(textFrame('{"kind":"board","rows":[]}'));
    return { alive: () => void this.alive++, detached: () => void (this.link = null) };
  }
}

class Owner {
  readonly boards = new Boards();
  readonly pushed = new Pushed();
  readonly #rooms: PushRooms = {
    admit: (name, token) =>
      Promise.resolve(
        name !== 'main'
          ? { kind: 'unknown-room' }
          : this.pushed.admits(token)
            ? { kind: 'admitted', room: 'main', target: this.pushed }
            : { kind: 'refused' },
      ),
  };
  readonly senders: Senders;
  readonly broadcast = new Broadcast({ log: { append: () => 'taken' }, shared: true });
  readonly fanout: SharedFanout;
  snapshotsMade = 0;
  port = 0;

  constructor(senders: number, port = 0) {
    const config = {
      senders,
      port,
      host: '127.0.0.1',
      allowedHosts: [],
      allowedOrigins: [],
      compress: 'always' as const,
    };
    this.senders = new Senders({
      clock: systemClock,
      log: silentLog,
      pushRooms: this.#rooms,
      boardRooms: this.boards,
      config,
    });
    this.fanout = this.senders.make({
      id: 'main',
      handle: 'creator',
      broadcast: this.broadcast,
      gate: { sendable: () => this.broadcast.head },
      facts: new SourceFacts(systemClock),
      snapshot: () => this.#snapshot(),
    });
  }

  publish(count: number): void {
    for (let n = 0; n < count; n++) {
      const text = this.broadcast.encode(share(this.broadcast.head));
      this.fanout.published(this.broadcast.publish(text, Broadcast.bytesOf(text)), systemClock.nowMs());
    }
    this.fanout.wake();
  }

  get seq(): number {
    return this.broadcast.head - 1;
  }

  /** What one sender counted of the room. */
  counted(place: number): Record<string, number> {
    return this.fanout.numbers[place]!.delivery.read();
  }

  #snapshot(): { seq: number; bytes: Uint8Array } {
    this.snapshotsMade++;
    const frame = { kind: 'snapshot', epoch: this.broadcast.epoch, seq: this.seq, view: {} };
    return { seq: this.seq, bytes: Buffer.from(JSON.stringify(frame)) };
  }
}

async function withOwner(senders: number, run: (owner: Owner) => Promise<void>): Promise<void> {
  const owner = new Owner(senders);
  try {
    owner.port = (await owner.senders.listen()).port;
    await run(owner);
  } finally {
    await owner.senders.close();
  }
}

function dashboard(owner: Owner, since?: string): Dashboard {
  const options = { port: owner.port, room: 'main', blind: true };
  return new Dashboard(since === undefined ? options : { ...options, since });
}

/** Opens dashboards until every sender has some; all of them are greeted. */
async function dashboards(owner: Owner, senders: number): Promise<Dashboard[]> {
  const all: Dashboard[] = [];
  while (owner.fanout.numbers.some(({ delivery }) => delivery.get('connections') === 0) || all.length < 20 * senders) {
    const one = dashboard(owner);
    all.push(one);
    await one.until('it is greeted', ({ snapshots }) => snapshots === 1);
  }
  return all;
}

function assertWhole(all: readonly Dashboard[], seq: number): void {
  for (const { seq: at, lost, duplicated, disordered } of all)
    assert.deepEqual({ at, lost, duplicated, disordered }, { at: seq, lost: 0, duplicated: 0, disordered: 0 });
}

test('the system spreads dashboards over two senders, and each gets every event once and in order', async (t) => {
  await withOwner(2, async (owner) => {
    const all = await dashboards(owner, 2);
    for (let turn = 0; turn < 200; turn++) {
      owner.publish(5);
      if (turn % 20 === 0)
        await Promise.all(all.map((one) => one.until('a turn came', ({ seq }) => seq === owner.seq)));
    }
    await Promise.all(all.map((one) => one.until('all came', ({ seq }) => seq === owner.seq)));
    assertWhole(all, 1000);
    const [first, second] = [owner.counted(0), owner.counted(1)];
    assert.equal(owner.fanout.size, all.length);
    const began = all.reduce((sum, one) => sum + one.delivered, 0);
    assert.equal(first['delivered']! + second['delivered']!, began);
    assert.ok(
      owner.fanout.numbers.every(({ latency }) => latency.count > 0),
      'each measures how long it took',
    );
    t.diagnostic(`${first['connections']} and ${second['connections']} connections`);
    for (const one of all) one.close();
  });
});

test('a sender that dies loses its connections, which resume at another; those of the other notice nothing', async () => {
  await withOwner(2, async (owner) => {
    const all = await dashboards(owner, 2);
    owner.publish(100);
    await Promise.all(all.map((one) => one.until('all came', ({ seq }) => seq === 100)));
    const had = owner.counted(0)['connections']!;
    await owner.senders.crash(0);
    await until('its connections are gone', () => all.filter(({ closed }) => closed).length === had);
    assert.deepEqual([owner.counted(0)['connections'], owner.counted(0)['detached']], [0, had]);
    owner.publish(100);
    const back = all.filter(({ closed }) => closed).map((one) => dashboard(owner, `${one.epoch}:${one.seq}`));
    for (const one of back) await one.until('it has resumed', ({ delivered }) => delivered === 100);
    assert.ok(
      back.every(({ resumed, snapshots }) => resumed && snapshots === 0),
      'nobody needed a snapshot',
    );
    const stayed = all.filter(({ closed }) => !closed);
    await Promise.all(stayed.map((one) => one.until('all came', ({ seq }) => seq === 200)));
    assertWhole([...stayed, ...back], 200);
    assert.equal(stayed.length + had, all.length);
    // Started again, it has what the ring holds, and takes its share of those who come.
    await until('it lives again', () => owner.senders.restarts === 1);
    while (owner.counted(0)['connections'] === 0) {
      const one = dashboard(owner, `${owner.broadcast.epoch}:50`);
      await one.until('it has resumed', ({ delivered, resumed }) => resumed && delivered === 150);
      back.push(one);
    }
    for (const one of [...stayed, ...back]) one.close();
  });
});

test('a crowd that comes at once costs the room one snapshot for each sender', async () => {
  await withOwner(1, async (owner) => {
    owner.publish(10);
    const all = Array.from({ length: 100 }, () => dashboard(owner));
    await Promise.all(all.map((one) => one.until('it is greeted', ({ snapshots }) => snapshots === 1)));
    await until('they are counted', () => owner.counted(0)['snapshotsSent'] === 100);
    const { snapshotsMade } = owner.counted(0);
    // Opening is paced: the crowd may take longer than a snapshot is kept.
    // One may still be under way to the sender: each side is held to the bound by itself.
    const made = Math.max(snapshotsMade!, owner.snapshotsMade);
    assert.ok(made <= 10, `${made} were made`);
    for (const one of all) one.close();
  });
});

test('a room that goes tells its dashboards so, at every sender; one that comes later is found', async () => {
  await withOwner(2, async (owner) => {
    const all = await dashboards(owner, 2);
    owner.fanout.close(closeReasons.roomRemoved);
    await Promise.all(all.map((one) => one.until('it is told', ({ closeCode }) => closeCode === 4500)));
    await until('nobody is left', () => owner.fanout.size === 0);
    for (const one of all) one.close();
    const stranger = dashboard(owner);
    await stranger.until('it is told', ({ closeCode }) => closeCode === 4501);
    stranger.close();
  });
});

interface Talk {
  readonly socket: WebSocket;
  readonly frames: { readonly kind: string }[];
  readonly closed: () => number;
}

function pusher(owner: Owner, token: string): Talk {
  return talk(owner, 'push', [pushSubprotocol, token]);
}

/** Opens a WebSocket, and collects what it is told. */
function talk(owner: Owner, path: string, protocols: string[]): Talk {
  const socket = new WebSocket(`ws://127.0.0.1:${owner.port}/v1/rooms/main/${path}`, protocols);
  const frames: { kind: string }[] = [];
  let code = 0;
  socket.onmessage = ({ data }) => frames.push(JSON.parse(String(data)) as { kind: string });
  socket.onclose = (event) => (code = event.code);
  return { socket, frames, closed: () => code };
}

test('pushes that come to a sender reach the feed and are acknowledged; a sender that dies is an unclean end', async () => {
  await withOwner(1, async (owner) => {
    const cold = readPushes(owner.senders);
    const stranger = pusher(owner, 'guess');
    await until('the stranger is sent away', () => stranger.closed() === 4506);
    const { socket, frames, closed } = pusher(owner, 'secret');
    await until('it is welcome', () => frames.length === 1);
    for (const text of ['one', 'two', 'three']) socket.send(text);
    await until('all are acknowledged', () => frames.length === 4);
    assert.deepEqual(
      frames.map(({ kind }) => kind),
      ['welcome', 'ack', 'ack', 'ack'],
    );
    assert.deepEqual(owner.pushed.texts, ['one', 'two', 'three']);
    await owner.senders.crash(0);
    await until('it is cut off', () => closed() !== 0);
    assert.deepEqual([owner.pushed.connections, owner.pushed.unclean], [0, 1]);
    cold.close();
  });
});

test('a viewer of a board that comes to a sender is served by who ranks, and let go of', async () => {
  await withOwner(1, async (owner) => {
    const path = 'boards/session/stream';
    const first = talk(owner, path, [boardSubprotocol]);
    await until('the board came', () => first.frames.length === 1);
    const link = owner.boards.link!;
    await until('the room knows that it was taken', () => link.pendingBytes() === 0);
    link.write(textFrame('{"kind":"change"}'));
    assert.ok(link.pendingBytes() > 0, 'until the sender says so it counts as under way');
    await until('the change came', () => first.frames.length === 2);
    await until('the room knows that it was taken', () => link.pendingBytes() === 0);
    const second = talk(owner, path, [boardSubprotocol]);
    await until('the second is refused', () => second.closed() === closeReasons.boardsFull.code);
    assert.deepEqual(
      second.frames.map(({ kind }) => kind),
      ['error'],
    );
    link.ping();
    await until('its pong is a sign of life', () => owner.boards.alive === 1);
    link.close(4000, 'stalled');
    await until('it is closed', () => first.closed() === 4000);
    await until('the room has let go of it', () => owner.boards.link === null);
  });
});

test('HTTP that comes to a sender is answered 503 while there is no cold thread', async () => {
  await withOwner(2, async (owner) => {
    for (let n = 0; n < 4; n++) {
      const answer = await rawRequest(owner.port, 'GET /v1/rooms');
      assert.deepEqual([answer.status, codeOf(answer)], [503, 'MEKS_COLD_THREAD_DOWN']);
    }
  });
});

for (const senders of [1, 2])
  test(`a port that another program has is refused, not shared, by ${senders} of them`, async () => {
    const other = createServer().listen({ port: 0, host: '127.0.0.1', reusePort: true });
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await assert.rejects(new Owner(senders, port).senders.listen(), { code: 'MEKS_PORT_IN_USE' });
    other.close();
  });
