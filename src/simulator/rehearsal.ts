import { connect, type Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { seededRandom, uniqueId } from '../base/random.ts';
import { Room, RoomPast } from '../broker/simulation.ts';
import { ScriptedWorld } from '../feed/scripted.ts';
import { TiktokFeed } from '../feed/tiktok.ts';
import { Gateway } from '../gateway/gateway.ts';
import { NullJournal } from '../journal/journal.ts';
import { forgetKnown } from '../normalizer/normalizer.ts';
import { subprotocol } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import { WebcastServer } from './webcast-server.ts';

// Before a broker has its first room it plays one through: a scripted LIVE from a Webcast server on this machine, by
// the real feed into a real room, out through a real gateway to some dashboards that throw away what they read.
// After a start this path is cold: read by V8's interpreter for the first time, compiled while events wait, its memory
// never touched. Someone looks at the board just then. docs/PERFORMANCE.md has the figures.
//
// It must look like what comes afterwards, or what was compiled for it is thrown away again: the same classes, sockets
// of the system, gzipped frames, gifts with streaks among likes, chats and a battle, dashboards that come and go, some
// of them compressed. And it must be over before a room is made: classes are still learning what their fields hold, and
// objects made before they have learnt it are strangers to the code that is compiled then.
//
// It lives here because the LIVE and its server do; whoever starts a broker hands it to that (BrokerOptions.rehearse).
// Leaves nothing behind: no thread, file, log line or metric; its room, ports and sockets are closed when it ends, its
// people forgotten, and what was young of it is collected after the start (base/young-collector.ts). Bounded by
// rehearsalMs, looked at whenever the loop has gone round, and by batchesMax; it ends sooner once it gets no faster.

export interface RehearsalOptions {
  readonly clock: Clock;
  /** limits.rehearsalMs unless given. */
  readonly budgetMs?: number;
}

/** What came of it. `settled`: it got no faster; `budget`: there was no more time. */
export interface Rehearsed {
  readonly end: 'settled' | 'budget' | 'batches';
  readonly messages: number;
  /** Times that dashboards were written to. */
  readonly writes: number;
}

const id = 'rehearsal';
/** More of them bring nothing but writes, which take the time that messages need. */
const seats = 6;
/** Every so many-th dashboard takes compressed frames. */
const deflatesEvery = 3;
const batchFrames = 30;
/** Frames of upstream hold one message or some: one, two, three, one, ... */
const frameMessagesMax = 3;
const batchesMax = 40;
/** So many batches in a row that took no less than `quicker` times the quickest before them: it gets no faster. */
const settledBatches = 4;
const quicker = 0.95;
/** No dashboard of it is waited for at the end: they are in this process, and cut off. */
const closeMs = 100;
/** Lively, with a battle from the beginning; interruptions of upstream have nothing to do with speed. */
const live = { people: 300, profile: { tricklePerSec: 60, firstBattleSec: 1 }, faults: { outageEverySec: 0 } };

/**
 * Plays the hot path through. Throws MeksError where no port can be opened, and has then left nothing behind either.
 */
export async function rehearse({ clock, budgetMs = limits.rehearsalMs.value }: RehearsalOptions): Promise<Rehearsed> {
  const endMs = clock.nowMs() + budgetMs;
  const server = await WebcastServer.listen({
    clock,
    random: seededRandom(1),
    source: { next: () => null },
    pace: 'max',
  });
  const rehearsal = new Rehearsal(clock, endMs, server);
  try {
    return await rehearsal.play();
  } finally {
    await rehearsal.close();
    forgetKnown();
  }
}

class Rehearsal {
  readonly #clock: Clock;
  readonly #endMs: number;
  readonly #server: WebcastServer;
  readonly #room: Room;
  readonly #gateway: Gateway;
  readonly #world: ScriptedWorld;
  readonly #dashboards: Socket[] = [];
  #messages = 0;
  #seated = 0;

  constructor(clock: Clock, endMs: number, server: WebcastServer) {
    this.#clock = clock;
    this.#endMs = endMs;
    this.#server = server;
    this.#world = new ScriptedWorld({ seed: 1, startAt: clock.wallMs(), ...live });
    const room = makeRoom(clock, server.socketUrl);
    this.#room = room;
    this.#gateway = new Gateway({
      clock,
      log: silentLog,
      host: '127.0.0.1',
      port: 0,
      compress: 'always',
      rooms: { list: () => [room], find: () => room, battles: () => [] },
      limits: { closeMs },
    });
  }

  async play(): Promise<Rehearsed> {
    const { port } = await this.#gateway.listen();
    this.#room.start();
    while (this.#dashboards.length < seats) this.#seat(port);
    const { counters } = this.#server;
    if (!(await this.#until(() => this.#room.fanout.size === seats && counters.get('enters') > 0)))
      return this.#end('budget');
    let quickestMs = Number.POSITIVE_INFINITY;
    let slower = 0;
    for (let batch = 0; batch < batchesMax; batch++) {
      const beganMs = this.#clock.nowMs();
      if (!(await this.#batch())) return this.#end('budget');
      const tookMs = this.#clock.nowMs() - beganMs;
      if (tookMs < quickestMs * quicker) {
        quickestMs = tookMs;
        slower = 0;
      } else if (++slower === settledBatches) return this.#end('settled');
      this.#dashboards.shift()!.destroy();
      this.#seat(port);
    }
    return this.#end('batches');
  }

  /** Closes what there is of it, however far it came. */
  async close(): Promise<void> {
    await this.#room.stop();
    for (const dashboard of this.#dashboards) dashboard.destroy();
    await this.#gateway.close();
    await this.#server.close();
  }

  /** Some frames, one after the other, each to the end of its way. False: there was no time for all of them. */
  async #batch(): Promise<boolean> {
    const { ingest } = this.#room;
    for (let frame = 0; frame < batchFrames; frame++) {
      const length = 1 + (frame % frameMessagesMax);
      this.#server.send(Array.from({ length }, () => this.#world.next()!.raw));
      this.#messages += length;
      const taken = (): boolean => ingest.counters.get('accepted') >= this.#messages && ingest.queued === 0;
      if (!(await this.#until(taken))) return false;
    }
    return true;
  }

  /** Lets the loop go round until `condition` holds. False: there is no more time. */
  async #until(condition: () => boolean): Promise<boolean> {
    while (!condition()) {
      if (this.#clock.nowMs() >= this.#endMs) return false;
      await new Promise<void>((resolve) => {
        this.#clock.soon(resolve);
      });
    }
    return true;
  }

  /** Another dashboard connects. */
  #seat(port: number): void {
    const deflates = this.#seated++ % deflatesEvery === 0;
    const socket = connect({ host: '127.0.0.1', port });
    // It is closed from either side at the end: whichever is first.
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.write(handshake(port, deflates));
    this.#dashboards.push(socket);
  }

  #end(end: Rehearsed['end']): Rehearsed {
    const [numbers] = this.#room.fanout.numbers;
    return { end, messages: this.#messages, writes: numbers!.delivery.get('writes') };
  }
}

/** A room as the broker makes it, without a log: that is the one part of the way that is another afterwards. */
function makeRoom(clock: Clock, url: string): Room {
  const ringRecordsMax = 1_024;
  return new Room({
    clock,
    id,
    handle: id,
    feed: new TiktokFeed({ source: { kind: 'direct-url', url }, clock, random: seededRandom(1) }),
    past: new RoomPast({ clock, id, handle: id, tailMax: ringRecordsMax, readLog: () => [] }),
    log: new NullJournal(uniqueId()),
    lastSeq: 0,
    continued: false,
    ringRecordsMax,
    recorder: null,
    onFault: () => {},
    onMismatch: () => {},
  });
}

function handshake(port: number, deflates: boolean): string {
  const lines = [
    `GET /v1/rooms/${id}/stream HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    `sec-websocket-protocol: ${subprotocol}`,
    ...(deflates ? ['sec-websocket-extensions: permessage-deflate'] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
