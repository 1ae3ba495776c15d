import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { TiktokFeed } from '../feed/tiktok.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { until } from '../../test/support/until.ts';
import { control, ids, quick, scene, worldSource } from '../../test/support/webcast-scene.ts';
import { WebcastServer } from './webcast-server.ts';

// The real TikTok feed against the scripted server: one test for each thing that goes wrong with a connection.

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
  const { server, sink } = await scene(context, {
    length: 150,
    timing: { silentMs: 200, renewMs: 500, renewMsMax: 2_000 },
  });
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
  const { server, sink } = await scene(context, { length: 150, timing: { silentMs: 200 } });
  await until('messages', () => sink.messages.length > 100);
  server.hush();
  await until('silence is told', () => sink.states.at(-1) === 'silent');
  server.speak();
  server.send([control(1)]);
  await until('live again', () => sink.states.at(-1) === 'live');
  assert.deepEqual(sink.gaps, []);
  assert.equal(server.counters.get('clients'), 1);
});

test('a half-open connection is noticed by its unanswered heartbeats', async (context) => {
  const { server, sink, problems } = await scene(context, {
    timing: { deadMs: 250, connectMs: 200 },
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
  const { server, sink, feed, problems } = await scene(context, { length: 50 });
  await until('messages', () => sink.messages.length === 50);
  const { rss } = process.memoryUsage();
  for (let bombs = 0; bombs < 5; bombs++) server.sendBomb();
  await until('five frames refused', () => feed.counters.get('framesUnreadable') === 5);
  server.send([control(1)]);
  await until('messages go on', () => sink.messages.length === 51);
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
