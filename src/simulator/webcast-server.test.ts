import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import type { FeedProblem } from '../feed/feed.ts';
import { ScriptedWorld } from '../feed/scripted.ts';
import { TiktokFeed } from '../feed/tiktok.ts';
import type { TiktokFeedOptions, TiktokTiming } from '../feed/tiktok.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { until } from '../../test/support/until.ts';
import { WebcastServer } from './webcast-server.ts';
import type { WebcastServerOptions } from './webcast-server.ts';

// The real TikTok feed against the scripted server, over real sockets on this machine: one test for each thing that can go
// wrong on the way.

/** Everything a hundred times as fast. */
const quick: Partial<TiktokTiming> = {
  heartbeatMs: 30,
  deadMs: 250,
  silentMs: 200,
  renewMs: 500,
  renewMsMax: 2_000,
  connectMs: 2_000,
  httpMs: 2_000,
  retryMs: 10,
  retryMsMax: 50,
  circuitFailures: 1_000,
  circuitMs: 50,
  offlineMs: 20,
  offlineMsMax: 60,
  endedMs: 200,
};

function worldSource(
  seed: number,
  length = Number.POSITIVE_INFINITY,
): WebcastServerOptions['source'] & { readonly given: RawMessage[] } {
  const world = new ScriptedWorld({ seed, startAt: 1_777_000_000_000, faults: { outageEverySec: 0 } });
  const given: RawMessage[] = [];
  return {
    given,
    next: () => {
      if (given.length >= length) return null;
      const step = world.next();
      if (step !== null) given.push(step.raw);
      return step;
    },
  };
}

interface Scene {
  readonly server: WebcastServer;
  readonly feed: TiktokFeed;
  readonly sink: FakeSink;
  readonly problems: FeedProblem[];
  readonly given: readonly RawMessage[];
}

interface SceneOptions {
  readonly server?: Partial<WebcastServerOptions>;
  readonly timing?: Partial<TiktokTiming>;
  readonly afterEnd?: 'poll' | 'stop';
  /** Default: the address of the socket. `signed` and `direct` look the room up first. */
  readonly source?: 'direct-url' | 'signed' | 'direct';
  readonly signKeys?: readonly string[];
  readonly length?: number;
  readonly prepare?: (server: WebcastServer) => void;
  readonly sink?: FakeSink;
}

/** Starts a server and a feed that listens to it; both are closed with the test. */
async function scene(context: TestContext, options: SceneOptions = {}): Promise<Scene> {
  const source = worldSource(1, options.length);
  const server = await WebcastServer.listen({
    clock: systemClock,
    random: seededRandom(1),
    source,
    pace: 'max',
    ...options.server,
  });
  options.prepare?.(server);
  const problems: FeedProblem[] = [];
  const feed = new TiktokFeed({
    source: sourceOf(server, options),
    clock: systemClock,
    random: seededRandom(2),
    timing: { ...quick, ...options.timing },
    report: (problem) => void problems.push(problem),
    hosts: {
      web: server.httpUrl,
      webcast: server.httpUrl,
      socket: `${server.httpUrl.replace('http', 'ws')}/webcast/im/direct/`,
    },
    ...(options.afterEnd === undefined ? {} : { afterEnd: options.afterEnd }),
  });
  const sink = options.sink ?? new FakeSink();
  feed.start(sink);
  context.after(async () => {
    await feed.stop();
    await server.close();
    assert.deepEqual(sink.violations, []);
  });
  return { server, feed, sink, problems, given: source.given };
}

function sourceOf(server: WebcastServer, { source, signKeys }: SceneOptions): TiktokFeedOptions['source'] {
  const { handle } = server;
  if (source === 'signed')
    return { kind: 'signed', handle, signUrl: server.httpUrl, signKeys: signKeys ?? ['key-one-abc'] };
  return source === 'direct' ? { kind: 'direct', handle } : { kind: 'direct-url', url: server.socketUrl };
}

function ids(messages: readonly RawMessage[]): string[] {
  return messages.map((raw) => raw.msgId);
}

test('messages arrive whole and in order, frames of every size mixed', async (context) => {
  const { sink, given } = await scene(context);
  await until('2,000 messages', () => sink.messages.length >= 2_000);
  for (const [index, raw] of sink.messages.slice(0, 2_000).entries()) {
    assert.equal(raw.msgId, given[index]!.msgId);
    assert.deepEqual(Buffer.from(raw.payload), Buffer.from(given[index]!.payload));
  }
});

test('every frame is acknowledged with what it asked back, and heartbeats are kept', async (context) => {
  const { server, sink, feed } = await scene(context, { length: 500 });
  await until('all messages', () => sink.messages.length === 500);
  await until('all acknowledgements', () => server.counters.get('acks') === server.counters.get('frames'));
  await until('three heartbeats', () => server.counters.get('heartbeats') >= 3);
  assert.equal(server.counters.get('acksWrong'), 0);
  assert.equal(server.counters.get('garbage'), 0);
  assert.equal(feed.counters.get('acks'), server.counters.get('frames'));
});

test('a frame is acknowledged only after the sink took all of it and the log has it', async (context) => {
  const sink = new FakeSink();
  const logged: (() => void)[] = [];
  let room = 10;
  sink.hasRoom = () => room-- > 0;
  Object.assign(sink, { whenLogged: (run: () => void) => void logged.push(run) });
  const { server } = await scene(context, { length: 300, sink });
  await until('a refusal', () => sink.refusals > 0);
  room = 300;
  sink.makeRoom();
  await until('all messages', () => {
    sink.makeRoom();
    return sink.messages.length === 300;
  });
  assert.equal(server.counters.get('acks'), 0, 'nothing is in the log yet');
  for (const run of logged) run();
  await until('all acknowledgements', () => server.counters.get('acks') === server.counters.get('frames'));
});

test('a sink without room stops the reading, and time spent waiting is no silence', async (context) => {
  const sink = new FakeSink();
  sink.hasRoom = (offers) => offers < 50;
  const { feed } = await scene(context, { sink, timing: { deadMs: 150, silentMs: 100, renewMs: 200 } });
  await until('a refusal', () => sink.refusals > 0);
  const heartbeats = feed.counters.get('heartbeats');
  await until('twenty more heartbeats', () => feed.counters.get('heartbeats') >= heartbeats + 20);
  assert.equal(feed.counters.get('interruptions'), 0);
  assert.ok(feed.counters.get('frames') < 300, 'reading has stopped');
  sink.hasRoom = () => true;
  sink.makeRoom();
  await until('messages go on', () => sink.messages.length > 500);
  assert.deepEqual(sink.gaps, []);
});

test('a lost connection becomes one gap, then a backlog marked as history', async (context) => {
  const { server, sink, feed } = await scene(context);
  await until('messages', () => sink.messages.length > 200);
  server.disconnect();
  await until('the return', () => sink.gaps.length === 1);
  await until('messages after it', () => sink.messages.length > 600);
  const at = sink.entries.findIndex((entry) => entry.kind === 'gap');
  const following = sink.entries.slice(at).find((entry) => entry.kind === 'message');
  assert.ok(following?.kind === 'message' && following.raw.history);
  assert.equal(sink.gaps[0]?.reason, 'upstream-lost');
  assert.equal(feed.counters.get('interruptions'), 1);
  assert.deepEqual(sink.states.slice(0, 4), ['connecting', 'live', 'connecting', 'live']);
});

test('a dozen lost connections are a dozen gaps, and every message still comes', async (context) => {
  const { server, sink, given } = await scene(context, { length: 3_000, server: { backlogMax: 3_000 } });
  for (let round = 1; round <= 12; round++) {
    await until(`messages in round ${round}`, () => sink.messages.length > 50 * round);
    server.disconnect(round % 2 === 0 ? 1011 : undefined);
    await until(`gap ${round}`, () => sink.gaps.length === round);
  }
  await until('every message', () => new Set(ids(sink.messages)).size === 3_000);
  assert.equal(given.length, 3_000);
});

test('frames that come twice or are dropped come as they come: nothing is invented here', async (context) => {
  const { sink, given } = await scene(context, {
    length: 400,
    prepare: (server) => server.harmFrames('double', 'drop'),
  });
  await until('the last message', () => sink.messages.some((raw) => raw.msgId === given[399]?.msgId));
  const counts = new Map<string, number>();
  for (const id of ids(sink.messages)) counts.set(id, (counts.get(id) ?? 0) + 1);
  assert.ok([...counts.values()].some((count) => count === 2));
  assert.ok(counts.size < 400);
});

test('frames that change places on the way are given in the order in which they came', async (context) => {
  const { sink, given } = await scene(context, { length: 200, prepare: (server) => server.harmFrames('swap') });
  await until('all messages', () => sink.messages.length === 200);
  assert.notDeepEqual(ids(sink.messages), ids(given));
  assert.deepEqual(ids(sink.messages).sort(), ids(given).sort());
});

test('a connection without messages is told as silent, then renewed as a gap', async (context) => {
  const { server, sink } = await scene(context);
  await until('messages', () => sink.messages.length > 100);
  server.hush();
  await until('silence is told', () => sink.states.at(-1) === 'silent');
  await until('a new connection', () => server.counters.get('clients') >= 2);
  server.speak();
  await until('messages again', () => sink.gaps.length === 1 && sink.states.at(-1) === 'live');
  assert.equal(sink.gaps[0]?.reason, 'silence');
  assert.ok(sink.gaps[0].lengthMs >= 400, `${sink.gaps[0].lengthMs} ms`);
});

test('a connection that is silent for a moment only is live again without a gap', async (context) => {
  const { server, sink } = await scene(context, { timing: { renewMs: 60_000 } });
  await until('messages', () => sink.messages.length > 100);
  server.hush();
  await until('silence is told', () => sink.states.at(-1) === 'silent');
  server.speak();
  await until('live again', () => sink.states.at(-1) === 'live');
  assert.deepEqual(sink.gaps, []);
  assert.equal(server.counters.get('clients'), 1);
});

test('a half-open connection is noticed by its unanswered heartbeats', async (context) => {
  const { server, sink, problems } = await scene(context, {
    timing: { renewMs: 60_000, silentMs: 60_000, connectMs: 200 },
  });
  await until('messages', () => sink.messages.length > 100);
  server.playDead();
  await until('a second connection', () => server.counters.get('clients') >= 2);
  server.speak();
  await until('the gap', () => sink.gaps.length === 1);
  assert.match(problems[0]!.message, /half-open/);
});

test('a refused handshake says why and is tried again', async (context) => {
  const { sink, problems, feed } = await scene(context, {
    prepare: (server) => server.refuseSockets('DEVICE_BLOCKED', 'DEVICE_BLOCKED'),
  });
  await until('messages', () => sink.messages.length > 50);
  assert.equal(problems.length, 2);
  assert.match(problems[0]!.message, /DEVICE_BLOCKED/);
  assert.equal(problems[0]!.code, 'connect-refused');
  assert.equal(feed.counters.get('connectFailures'), 2);
  assert.deepEqual(sink.gaps, [], 'nothing was interrupted: it had not begun');
});

test('a row of failures opens the circuit, and one success closes it', async (context) => {
  const refusals = Array.from({ length: 6 }, () => 'DEVICE_BLOCKED');
  const { sink } = await scene(context, {
    timing: { circuitFailures: 4 },
    prepare: (server) => server.refuseSockets(...refusals),
  });
  await until('messages', () => sink.messages.length > 50);
  const failed = sink.entries.flatMap((entry) =>
    entry.kind === 'state' && entry.state === 'failed' ? [entry.detail] : [],
  );
  assert.equal(failed.length, 3, 'the fourth to the sixth attempt');
  assert.match(failed[0]!, /4 failures in a row, last: DEVICE_BLOCKED.*next attempt in/);
  assert.equal(sink.states.at(-1), 'live');
});

test('a gzip bomb costs one frame and no memory: the connection stays', async (context) => {
  // Making the bombs blocks this thread, and with it the heartbeats.
  const { server, sink, feed, problems } = await scene(context, { timing: { deadMs: 20_000 } });
  await until('messages', () => sink.messages.length > 50);
  const { rss } = process.memoryUsage();
  for (let bombs = 0; bombs < 5; bombs++) server.sendBomb();
  await until('five frames refused', () => feed.counters.get('framesUnreadable') === 5);
  const count = sink.messages.length;
  await until('messages go on', () => sink.messages.length > count + 50);
  assert.equal(sink.gaps.length, 5, 'each is told: what it held is not known');
  assert.equal(server.counters.get('clients'), 1);
  assert.equal(problems[0]?.code, 'frame-unreadable');
  assert.ok(process.memoryUsage().rss - rss < 400_000_000);
});

test('garbage is counted and told; after ten in a row the connection is made anew', async (context) => {
  const { server, sink, feed } = await scene(context, { length: 100 });
  await until('messages', () => sink.messages.length === 100);
  for (let frame = 0; frame < 9; frame++) server.sendGarbage();
  await until('nine frames refused', () => feed.counters.get('framesUnreadable') === 9);
  assert.equal(server.counters.get('clients'), 1);
  server.sendGarbage();
  await until('a second connection', () => server.counters.get('clients') === 2);
});

test('a frame of 64 MB ends the connection, not the feed', async (context) => {
  const { server, sink, problems } = await scene(context);
  await until('messages', () => sink.messages.length > 50);
  server.sendHuge();
  await until('a second connection', () => server.counters.get('clients') === 2, 30_000);
  await until('the gap', () => sink.gaps.length === 1);
  assert.match(problems[0]!.message, /Max payload size exceeded/);
});

test('frames and fields from the future are ignored, unknown methods are passed on', async (context) => {
  const { server, sink, feed } = await scene(context, { length: 10 });
  await until('messages', () => sink.messages.length === 10);
  server.sendStrange();
  const payload = Buffer.from([0x0a, 0x02, 0x08, 0x01, 0xff]);
  server.send([{ method: 'WebcastFromTheFuture', payload, msgId: '7', receivedAt: 0, history: false }]);
  await until('the unknown method', () => sink.messages.length === 11);
  assert.equal(sink.messages[10]?.method, 'WebcastFromTheFuture');
  assert.deepEqual(Buffer.from(sink.messages[10].payload), payload, 'corrupt or not is for the normalizer to say');
  assert.equal(feed.counters.get('framesOther'), 1);
  assert.equal(feed.counters.get('framesUnreadable'), 0);
});

/** A control message: `action` 3 ends the LIVE. */
function control(action: number, history = false): RawMessage {
  return {
    method: 'WebcastControlMessage',
    payload: Buffer.from([0x10, action]),
    msgId: '9000000000000000001',
    receivedAt: 0,
    history,
  };
}

test('the end in the middle of a battle is told after the last message, and is no gap', async (context) => {
  const { server, sink } = await scene(context, { length: 1_500, afterEnd: 'stop' });
  await until('a running battle', () => sink.messages.some((raw) => raw.method === 'WebcastLinkMicArmies'));
  server.send([control(3)]);
  await until('the end', () => sink.states.at(-1) === 'ended');
  assert.equal(sink.entries.at(-1)?.kind, 'state');
  assert.equal(sink.entries.at(-2)?.kind, 'message');
  assert.equal(sink.messages.at(-1)?.method, 'WebcastControlMessage');
  await until('the goodbye', () => server.clients === 0);
  assert.deepEqual(sink.gaps, []);
});

test('a suspension is an end, a pause is not, and neither is an end in the backlog', async (context) => {
  const { server, sink } = await scene(context, { length: 50, afterEnd: 'stop' });
  await until('messages', () => sink.messages.length === 50);
  server.send([control(1), control(3, true)]);
  await until('both', () => sink.messages.length === 52);
  assert.equal(sink.states.at(-1), 'live');
  server.send([control(4)]);
  await until('the end', () => sink.states.at(-1) === 'ended');
  const last = sink.entries.at(-1);
  assert.ok(last?.kind === 'state' && last.detail.includes('suspended'));
});

test('signed: the room is looked up, the connection signed, and its backlog comes first as history', async (context) => {
  const { server, sink, feed } = await scene(context, {
    source: 'signed',
    prepare: (server) =>
      server.send([
        {
          method: 'WebcastChatMessage',
          payload: Buffer.from([0x1a, 1, 65]),
          msgId: '5',
          receivedAt: 0,
          history: false,
        },
      ]),
  });
  await until('messages', () => sink.messages.length > 100);
  assert.equal(sink.messages[0]?.msgId, '5');
  assert.equal(sink.messages[0].history, true);
  assert.deepEqual([...server.routes.keys()], ['page', 'info', 'connect']);
  assert.equal(server.upgrades[0]?.cookie, 'ttwid=scripted');
  assert.equal(feed.counters.get('signCalls'), 1);
});

test('signed: a captcha on one route is made good by the next', async (context) => {
  const { server, sink } = await scene(context, {
    source: 'signed',
    prepare: ({ brokenRoutes }) => void brokenRoutes.add('page').add('api'),
  });
  await until('messages', () => sink.messages.length > 100);
  assert.deepEqual([...server.routes.keys()], ['page', 'api', 'sign-room', 'info', 'connect']);
});

test('signed: when no route knows the room, each reason is told and it is tried again', async (context) => {
  const { server, sink, problems } = await scene(context, {
    source: 'signed',
    prepare: ({ brokenRoutes }) => void brokenRoutes.add('page').add('api').add('sign'),
  });
  await until('a report', () => problems.some(({ code }) => code === 'room-lookup'));
  const message = problems.find(({ code }) => code === 'room-lookup')!.message;
  assert.match(message, /captcha.*user_not_found.*status 500/);
  server.brokenRoutes.clear();
  await until('messages', () => sink.messages.length > 100);
});

test('signed: a key at its rate rests, the next one is used, and no key is ever in a report', async (context) => {
  const { sink, problems, server } = await scene(context, {
    source: 'signed',
    signKeys: ['secret-key-aaa', 'secret-key-bbb'],
    prepare: (server) =>
      server.refuseToSign({ status: 429, headers: { 'retry-after': '3600' }, message: 'rate_limit_account_day' }),
  });
  await until('messages', () => sink.messages.length > 100);
  assert.equal(problems.length, 1);
  assert.equal(problems[0]?.code, 'sign-key');
  assert.match(
    problems[0].message,
    /key 1 \(…aaa\) has reached its rate and rests for 3600 s \(rate_limit_account_day\)/,
  );
  assert.ok(!problems.some(({ message }) => message.includes('secret')));
  assert.equal(server.routes.get('refused'), 1);
});

test('signed: when all keys rest, the feed waits as long as it was told to', async (context) => {
  const { sink, server } = await scene(context, {
    source: 'signed',
    prepare: (server) => server.refuseToSign({ status: 429, headers: { 'retry-after': '0.4' } }),
  });
  await until('messages', () => sink.messages.length > 100);
  assert.equal(server.routes.get('refused'), 1);
  assert.equal(server.routes.get('connect'), 1, 'it was not asked in between');
});

test('signed: every refusal of the sign service is told apart, and survived', async (context) => {
  const { sink, problems } = await scene(context, {
    source: 'signed',
    signKeys: ['key-one-aaa', 'key-two-bbb', 'key-six-ccc'],
    prepare: (server) => server.refuseToSign({ status: 402 }, { status: 401 }, { status: 404 }, { status: 500 }),
  });
  await until('messages', () => sink.messages.length > 100);
  const said = problems.map(({ message }) => message).join('\n');
  assert.match(said, /needs a plan/);
  assert.match(said, /is not accepted/);
  assert.match(said, /check its base address/);
  assert.match(said, /status 500/);
});

test('signed: with all keys rejected the feed says so and goes on trying, seldom', async (context) => {
  const { sink } = await scene(context, {
    source: 'signed',
    prepare: (server) => server.refuseToSign({ status: 401 }),
  });
  await until('the reason is told', () =>
    sink.entries.some((entry) => entry.kind === 'state' && /not accepted/.test(entry.detail)),
  );
  assert.equal(sink.messages.length, 0);
});

test('a creator who is not live is waited for, politely, and found when live', async (context) => {
  const { server, sink } = await scene(context, { source: 'signed', prepare: (server) => void (server.live = false) });
  await until('several looks', () => (server.routes.get('page') ?? 0) >= 4);
  assert.deepEqual(sink.states, ['connecting', 'offline']);
  assert.equal(server.routes.get('connect'), undefined, 'nothing is signed for nobody');
  server.live = true;
  await until('messages', () => sink.messages.length > 100);
  assert.deepEqual(sink.states.slice(0, 3), ['connecting', 'offline', 'live']);
  assert.deepEqual(sink.gaps, []);
});

test('after the end the next LIVE of the creator is found, and the old room is not entered again', async (context) => {
  const { server, sink } = await scene(context, { source: 'signed', length: 100 });
  await until('messages', () => sink.messages.length === 100);
  server.send([control(3)]);
  await until('the end', () => sink.states.at(-1) === 'ended');
  // The lookups lag: they still name the room that is over.
  await until('several looks', () => (server.routes.get('info') ?? 0) >= 4);
  assert.equal(server.counters.get('enters'), 1);
  assert.equal(sink.states.at(-1), 'ended');
  await until('it is entered when it is still there later', () => server.counters.get('enters') === 2);
  assert.deepEqual(sink.gaps, [], 'between two LIVEs nothing is missing');
});

test('direct: a visitor cookie is all that it takes', async (context) => {
  const { server, sink } = await scene(context, { source: 'direct' });
  await until('messages', () => sink.messages.length > 100);
  assert.equal(server.upgrades[0]?.cookie, 'ttwid=scripted');
  assert.deepEqual([...server.routes.keys()], ['page', 'info', 'home']);
});

test('a server that is not there is tried again until it is', async (context) => {
  const first = await WebcastServer.listen({
    clock: systemClock,
    random: seededRandom(1),
    source: worldSource(1),
    pace: 'max',
  });
  const port = Number(new URL(first.httpUrl).port);
  await first.close();
  const url = `ws://127.0.0.1:${port}/webcast/im/`;
  const feed = new TiktokFeed({
    source: { kind: 'direct-url', url },
    clock: systemClock,
    random: seededRandom(2),
    timing: quick,
  });
  const sink = new FakeSink();
  feed.start(sink);
  context.after(() => feed.stop());
  await until('several attempts', () => feed.counters.get('connectFailures') >= 3);
  const second = await WebcastServer.listen({
    clock: systemClock,
    random: seededRandom(1),
    source: worldSource(1),
    pace: 'max',
    port,
  });
  context.after(() => second.close());
  await until('messages', () => sink.messages.length > 100);
  assert.deepEqual(sink.gaps, []);
});

test('a port in use is told with the remedy', async (context) => {
  const { server } = await scene(context);
  const port = Number(new URL(server.httpUrl).port);
  await assert.rejects(
    WebcastServer.listen({ clock: systemClock, random: seededRandom(1), source: worldSource(1), pace: 'max', port }),
    /MEKS_PORT_IN_USE|cannot listen on port \d+: give another/,
  );
});

test('by the clock, messages leave the server when they are due', async (context) => {
  const source = worldSource(3);
  const { sink } = await scene(context, { server: { source, pace: 'clock' } });
  await until('the messages of half a second', () => sink.messages.length >= 8);
  assert.deepEqual(ids(sink.messages), ids(source.given).slice(0, sink.messages.length));
  assert.ok(source.given.length < 200, 'it did not run ahead');
});
