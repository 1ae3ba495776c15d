import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { EulerFeed } from '../../src/feed/euler.ts';
import type { Feed, FeedSink } from '../../src/feed/feed.ts';
import { formatMessageLine } from '../../src/feed/recording.ts';
import { ReplayFeed } from '../../src/feed/replay.ts';
import { ScriptedFeed, ScriptedWorld } from '../../src/feed/scripted.ts';
import { TikfinityFeed } from '../../src/feed/tikfinity.ts';
import { TiktokFeed } from '../../src/feed/tiktok.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';
import { WebcastServer } from '../../src/simulator/webcast-server.ts';
import { EulerServer, jsonMessages } from '../support/euler-server.ts';
import { HttpPusher, openPushRig, SocketPusher } from '../support/pushers.ts';
import { eventMessages, TikfinityServer } from '../support/tikfinity-server.ts';
import { feedContract } from './feed.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'meks-feeds-'));
after(() => rmSync(folder, { recursive: true }));

function scriptedMessages(seed: number, length: number): RawMessage[] {
  const world = new ScriptedWorld({ seed, startAt: 1_777_000_000_000, faults: { outageEverySec: 0 } });
  return Array.from({ length }, () => world.next()!.raw);
}

/** The smallest thing that is a feed: it gives its messages one a turn, and waits where there is no room. */
class FakeFeed implements Feed {
  readonly name = 'fake';
  readonly #messages: readonly RawMessage[];
  readonly #ends: boolean;
  #run = 0;

  constructor(messages: readonly RawMessage[], ends: boolean) {
    this.#messages = messages;
    this.#ends = ends;
  }

  start(sink: FeedSink): void {
    const run = ++this.#run;
    let at = 0;
    sink.state('connecting', '');
    sink.state('live', '');
    const step = (): void => {
      if (run !== this.#run) return;
      const next = this.#messages[at];
      if (next === undefined) {
        if (this.#ends) sink.state('ended', '');
        return;
      }
      if (!sink.offer(next)) return sink.whenSpace(step);
      at++;
      setImmediate(step);
    };
    setImmediate(step);
  }

  stop(): Promise<void> {
    this.#run++;
    return Promise.resolve();
  }
}

feedContract({
  name: 'a fake feed',
  make: ({ length, ends }) => {
    const expected = scriptedMessages(1, ends ? length : 2 * length);
    return Promise.resolve({ feed: new FakeFeed(expected, ends), expected });
  },
  exempt: { interruption: 'it reads from memory' },
});

let files = 0;
feedContract({
  name: 'replay',
  make: ({ length, ends }) => {
    const expected = scriptedMessages(2, ends ? length : 3 * length);
    const path = join(folder, `${++files}.ndjson`);
    writeFileSync(path, expected.map(formatMessageLine).join(''));
    return Promise.resolve({ feed: new ReplayFeed({ path, speed: 'max', clock: systemClock }), expected });
  },
  exempt: { interruption: 'it reads from a file; gaps come from the recording itself (see replay.test.ts)' },
});

feedContract({
  name: 'scripted',
  make: ({ ends }) => {
    const clock = new VirtualClock();
    const options = { endSec: ends ? 20 : 0, faults: { outageEverySec: 0 } };
    const seed = seededRandom(3).int(4_294_967_296);
    const world = new ScriptedWorld({
      seed,
      startAt: clock.wallMs(),
      profile: { endSec: options.endSec },
      faults: options.faults,
    });
    const expected: RawMessage[] = [];
    for (let step = world.next(); step !== null && expected.length < 5_000; step = world.next())
      expected.push(step.raw);
    const feed = new ScriptedFeed({ clock, random: seededRandom(3), ...options });
    return Promise.resolve({ feed, expected, pass: () => clock.advance(250) });
  },
  exempt: { interruption: 'its interruptions are part of the script (see scripted.test.ts)' },
});

feedContract({
  name: 'tiktok',
  make: async ({ length, ends }) => {
    const expected = scriptedMessages(4, ends ? length : 20 * length);
    // Protobuf: the end of the LIVE is action 3 in field 2.
    const end = {
      method: 'WebcastControlMessage',
      payload: Buffer.from([0x10, 3]),
      msgId: '99',
      receivedAt: 0,
      history: false,
    };
    if (ends) expected.push(end);
    let at = 0;
    const source = {
      next: () => {
        const raw = expected[at++];
        return raw === undefined ? null : { atMs: 0, raw };
      },
    };
    const random = seededRandom(5);
    const server = await WebcastServer.listen({ clock: systemClock, random, source, pace: 'max' });
    const timing = { retryMs: 5, retryMsMax: 20 };
    const feed = new TiktokFeed({
      source: { kind: 'direct-url', url: server.socketUrl },
      clock: systemClock,
      random,
      timing,
    });
    return { feed, expected, interrupt: () => server.disconnect(), close: () => server.close() };
  },
});

feedContract({
  name: 'euler',
  make: async ({ length, ends }) => {
    const { items, expected } = jsonMessages(6, ends ? length : 8 * length);
    const server = await EulerServer.listen(items);
    if (ends) server.endCode = 4005;
    const feed = new EulerFeed({
      handle: 'solene.live',
      apiKey: 'k',
      clock: systemClock,
      random: seededRandom(6),
      url: server.url,
      timing: { retryMs: 5, retryMsMax: 20 },
      afterEnd: 'stop',
    });
    return { feed, expected, interrupt: () => server.disconnect(), close: () => server.close() };
  },
});

feedContract({
  name: 'tikfinity',
  make: async ({ length }) => {
    const { items, expected } = eventMessages(8, 8 * length);
    const server = await TikfinityServer.listen(items);
    const timing = { retryMs: 5, retryMsMax: 20 };
    const feed = new TikfinityFeed({ url: server.url, clock: systemClock, random: seededRandom(8), timing });
    return { feed, expected, interrupt: () => server.disconnect(), close: () => server.close() };
  },
  exempt: { end: 'TikFinity stays connected; the end of a LIVE is one of the messages' },
});

feedContract({
  name: 'push over HTTP',
  make: async ({ length }) => {
    const { items, expected } = jsonMessages(7, 3 * length);
    const { feed, rig } = await openPushRig();
    const pusher = new HttpPusher(rig.url, items);
    return { feed, expected, pass: () => pusher.pump(), close: () => rig.close() };
  },
  exempt: {
    end: 'other programs push as long as they like; the end of a LIVE is one of the messages',
    interruption: 'between two requests there is nothing that could be lost',
  },
});

feedContract({
  name: 'push over a WebSocket',
  make: async ({ length }) => {
    const { items, expected } = jsonMessages(9, 3 * length);
    const { feed, rig } = await openPushRig();
    const pusher = new SocketPusher(rig.url, items);
    return {
      feed,
      expected,
      pass: () => pusher.pump(),
      interrupt: () => pusher.vanish(),
      close: async () => {
        pusher.vanish();
        await rig.close();
      },
    };
  },
  exempt: { end: 'other programs push as long as they like; the end of a LIVE is one of the messages' },
});
