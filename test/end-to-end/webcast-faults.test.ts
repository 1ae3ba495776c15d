import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { RoomPast } from '../../src/broker/room-past.ts';
import { Room } from '../../src/broker/room.ts';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import { TiktokFeed } from '../../src/feed/tiktok.ts';
import { NullJournal } from '../../src/journal/journal.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';
import { WebcastServer, webcastTroubles } from '../../src/simulator/simulator.ts';
import { until } from '../support/until.ts';
import { control, quick } from '../support/webcast-scene.ts';

// Everything that `meks simulate --webcast --faults` can do to a broker's room, one after the other, over real sockets:
// after each the room is live again, its counters add up, and what may have been lost is a gap. Prints a table.

/** Troubles after which something may be missing: each is told as a gap. The others cost nothing, or what they say. */
const lossy = new Set(
  'cut goodbye silence half-open lost blocked key-rate key-unpaid sign-lost captcha bomb garbage huge'.split(' '),
);
const memoryMax = 400_000_000;

class Stage {
  readonly gaps: string[] = [];
  readonly problems: string[] = [];
  readonly server: WebcastServer;
  readonly room: Room;
  readonly feed: TiktokFeed;
  /** The newest message that was sent. */
  last: RawMessage | null = null;

  private constructor(server: WebcastServer) {
    this.server = server;
    const about = { clock: systemClock, id: server.handle, handle: server.handle };
    this.feed = new TiktokFeed({
      source: { kind: 'signed', handle: server.handle, signUrl: server.httpUrl, signKeys: ['key-a', 'key-b', 'key-c'] },
      clock: systemClock,
      random: seededRandom(2),
      timing: { ...quick, deadMs: 2_000, silentMs: 300, renewMs: 800, renewMsMax: 3_000, circuitFailures: 3 },
      report: ({ message }) => void this.problems.push(message),
      hosts: {
        web: server.httpUrl,
        webcast: server.httpUrl,
        socket: `${server.httpUrl.replace('http', 'ws')}/webcast/`,
      },
    });
    this.room = new Room({
      ...about,
      feed: this.feed,
      past: new RoomPast({ ...about, tailMax: 64, readLog: () => [] }),
      log: new NullJournal('epoch'),
      lastSeq: 0,
      continued: false,
      ringRecordsMax: 1_024,
      recorder: null,
      onFault: (error) => assert.ifError(error),
      onMismatch: (problems) => assert.deepEqual(problems, []),
    });
  }

  static async open(): Promise<Stage> {
    const source = { next: () => null };
    const server = await WebcastServer.listen({ clock: systemClock, random: seededRandom(1), source, pace: 'max' });
    const stage = new Stage(server);
    const gap = stage.room.ingest.gap.bind(stage.room.ingest);
    stage.room.ingest.gap = (told) => {
      stage.gaps.push(told.reason);
      gap(told);
    };
    stage.room.start();
    return stage;
  }

  async close(): Promise<void> {
    await this.room.stop();
    await this.server.close();
  }

  /** Nothing is under way, and every message that came is accounted for, from the socket to the event. */
  assertSums(after: string): void {
    const upstream = this.feed.counters.read();
    const ingest = this.room.ingest.counters.read();
    const read = this.room.normalizer.counters.read();
    const looked = upstream.livesEntered + upstream.statesLookedUp;
    assert.equal(upstream.messages + looked, ingest.offered, after);
    assert.equal(ingest.offered, ingest.accepted + ingest.lost, after);
    assert.equal(ingest.accepted, read.messages, after);
    const { understood, duplicates, ignored, quarantined, unknown } = read;
    assert.equal(read.messages, understood + duplicates + ignored + quarantined + unknown, after);
  }
}

test('each thing that can go wrong upstream leaves a live room whose sums hold, and tells what may be missing', async (context) => {
  const stage = await Stage.open();
  context.after(() => stage.close());
  const { server, room, feed } = stage;
  const random = seededRandom(3);
  const world = new ScriptedWorld({ seed: 7, startAt: systemClock.wallMs(), faults: { outageEverySec: 0 } });
  const say = (messages: number): void => {
    for (let count = 0; count < messages; count++) server.send([(stage.last = world.next()!.raw)]);
  };
  /** Some messages come through, on whatever connection. */
  const flows = async (name: string): Promise<void> => {
    const before = feed.counters.get('messages') - feed.counters.get('history');
    const came = (): boolean => {
      if (server.clients > 0) say(1);
      return feed.counters.get('messages') - feed.counters.get('history') >= before + 20;
    };
    await until(`messages after ${name}`, came);
    await until(`a live room after ${name}`, () => room.describe().source === 'live');
  };
  await flows('the start');
  const rssBefore = process.memoryUsage().rss;
  const rows: string[] = [];
  for (const [name, happens] of Object.entries(webcastTroubles)) {
    const [gaps, problems, connects] = [stage.gaps.length, stage.problems.length, feed.counters.get('connects')];
    const beganMs = performance.now();
    happens({ server, random, sample: () => stage.last });
    if (lossy.has(name)) {
      // A frame is lost when there is one; the others need no help.
      if (name === 'lost') say(1);
      await until(`${name} is told`, () => stage.gaps.length > gaps, 60_000);
    }
    await flows(name);
    const told = stage.gaps.slice(gaps);
    assert.equal(told.length > 0, lossy.has(name), `${name}: ${told.join(', ') || 'no gap'}`);
    await until(`${name} is worked off`, () => room.describe().messages.queued === 0);
    stage.assertSums(name);
    const again = feed.counters.get('connects') - connects;
    const said = stage.problems[problems]?.slice(0, 60) ?? '';
    rows.push(
      `${name.padEnd(12)} ${told.join(' ').padEnd(14)} ${String(again).padStart(8)} ${String(Math.round(performance.now() - beganMs)).padStart(6)}  ${said}`,
    );
  }
  const { quarantined } = room.describe().messages;
  assert.equal(quarantined, 1, 'the corrupt message, and no other');
  const grown = process.memoryUsage().rss - rssBefore;
  assert.ok(grown < memoryMax, `${grown} bytes more than before`);
  context.diagnostic(`${'trouble'.padEnd(12)} ${'gap'.padEnd(14)} connects     ms  told`);
  for (const row of rows) context.diagnostic(row);
});

test('a row of refusals opens the circuit, the room says so, and a success closes it', async (context) => {
  const stage = await Stage.open();
  context.after(() => stage.close());
  const { server, room } = stage;
  await until('a live room', () => {
    if (server.clients > 0) server.send([control(1)]);
    return room.describe().source === 'live';
  });
  const details = new Set<string>();
  server.refuseSockets(...Array.from({ length: 6 }, () => 'DEVICE_BLOCKED'));
  server.disconnect();
  await until('the circuit is open', () => {
    const { source, sourceDetail } = room.describe();
    if (source === 'failed') details.add(sourceDetail);
    return details.size > 0;
  });
  assert.match([...details][0]!, /failures in a row, last: DEVICE_BLOCKED.*next attempt in/);
  await until('the way back', () => room.describe().source === 'live');
  assert.deepEqual(stage.gaps, ['upstream-lost']);
});
