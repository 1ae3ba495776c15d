import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { MeksError } from '../protocol/errors.ts';
import { capture, needsCapture } from '../../test/support/captures.ts';
import { EulerServer, jsonMessages } from '../../test/support/euler-server.ts';
import { framesByTurn } from '../../test/support/frames-by-turn.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { until } from '../../test/support/until.ts';
import { EulerFeed } from './euler.ts';
import type { EulerFeedOptions } from './euler.ts';
import { eulerDialect } from './euler/dialect.ts';
import type { FeedProblem } from './feed.ts';

async function scene(
  context: TestContext,
  options: Partial<EulerFeedOptions> = {},
  prepare: (server: EulerServer) => void = () => {},
) {
  const { items } = jsonMessages(1, 300);
  const server = await EulerServer.listen(items);
  prepare(server);
  const problems: FeedProblem[] = [];
  const feed = new EulerFeed({
    handle: '@solene.live',
    apiKey: 'secret',
    clock: systemClock,
    random: seededRandom(1),
    url: server.url,
    report: (problem) => void problems.push(problem),
    timing: { retryMs: 10, retryMsMax: 30, offlineMs: 10, offlineMsMax: 30, heartbeatMs: 30 },
    ...options,
  });
  const sink = new FakeSink();
  feed.start(sink);
  context.after(async () => {
    await feed.stop();
    await server.close();
    assert.deepEqual(sink.violations, []);
  });
  return { server, feed, sink, problems };
}

test('the service is asked for the creator, with the key and the schema', async (context) => {
  const { server, sink } = await scene(context);
  await until('messages', () => sink.messages.length === 300);
  const query = new URL(server.requests[0]!, 'ws://x').searchParams;
  assert.deepEqual(
    ['uniqueId', 'apiKey', 'features.bundleEvents', 'features.schemaVersion'].map((name) => query.get(name)),
    ['solene.live', 'secret', 'true', 'v2'],
  );
});

test('a close that means the end is the end, any other is a gap and a return', async (context) => {
  const ended = await scene(context, { afterEnd: 'stop' }, (server) => void (server.endCode = 4005));
  await until('the end', () => ended.sink.states.at(-1) === 'ended');
  assert.deepEqual(ended.sink.gaps, []);
  const lost = await scene(context);
  await until('messages', () => lost.sink.messages.length === 300);
  lost.server.disconnect();
  await until('the gap', () => lost.sink.gaps.length === 1);
  assert.equal(lost.sink.states.at(-1), 'live');
});

test('a creator who is not live is asked for again until live', async (context) => {
  const { sink, server } = await scene(context, {}, ({ closeCodes }) => void closeCodes.push(4404, 4404, 4404));
  await until('messages', () => sink.messages.length === 300);
  assert.deepEqual(sink.states, ['connecting', 'offline', 'live']);
  assert.equal(server.requests.length, 4);
});

test('a key that is not accepted ends the attempts, and the key is not told', async (context) => {
  const { sink, server, problems } = await scene(context, {}, ({ closeCodes }) => void closeCodes.push(4401));
  await until('failure', () => sink.states.at(-1) === 'failed');
  assert.equal(server.requests.length, 1);
  assert.match(problems[0]!.message, /4401: the key is not accepted/);
  assert.ok(!problems[0]!.message.includes('secret'));
});

test('services that are full or broken are tried again', async (context) => {
  const { sink } = await scene(
    context,
    {},
    ({ closeCodes }) => void closeCodes.push(4429, 1011, 4500, 4555, 4556, 4557, 4006),
  );
  await until('messages', () => sink.messages.length === 300);
  assert.deepEqual(sink.gaps, [], 'nothing had begun');
});

test('a frame that cannot be read is told and costs no more than itself', async (context) => {
  const { sink, server, feed } = await scene(context);
  await until('messages', () => sink.messages.length === 300);
  server.send('{"messages":[');
  server.send('7');
  server.send(
    JSON.stringify({
      messages: [{ type: 'WebcastGiftMessage', data: 7 }, { type: 'WebcastFromTheFuture', data: {} }, 5],
    }),
  );
  server.send(
    JSON.stringify({
      messages: [
        { type: 'SyntheticJoin', data: {} },
        { type: 'roomInfo', data: {} },
      ],
    }),
  );
  await until('the unknown method', () => sink.messages.length === 301);
  assert.equal(sink.messages[300]?.method, 'WebcastFromTheFuture');
  assert.equal(feed.counters.get('framesUnreadable'), 3);
  assert.equal(sink.gaps.length, 3);
});

test('a backlog is read in pieces, and the loop goes round in between', async (context) => {
  const { sink, server, feed } = await scene(context);
  await until('messages', () => sink.messages.length === 300);
  const { items } = jsonMessages(2, 1);
  const frame = JSON.stringify({ messages: items, pad: 'x'.repeat(4_000) });
  sink.hasRoom = () => false;
  for (let count = 0; count < 1_500; count++) server.send(frame);
  await until('a full intake', () => feed.counters.get('pauses') === 1);
  sink.hasRoom = () => true;
  sink.makeRoom();
  const turns = await framesByTurn(
    () => feed.counters.get('frames'),
    () => sink.messages.length >= 1_800,
  );
  const most = Math.max(...turns);
  assert.ok(most <= 130, `${most} frames in one turn: 64, and what a chunk of the socket holds`);
});

test('an address that is none is refused at once', () => {
  const options = { handle: 'a', apiKey: 'k', clock: systemClock, random: seededRandom(1), url: 'http://x' };
  assert.throws(
    () => new EulerFeed(options),
    (error) => error instanceof MeksError && error.code === 'MEKS_OPTION_INVALID',
  );
});

test('frames as the service really sends them are read whole', needsCapture('euler-frames-2026.json'), () => {
  const frames = JSON.parse(readFileSync(capture('euler-frames-2026.json'), 'utf8')) as {
    frame: { messages?: unknown[] };
  }[];
  assert.ok(frames.length > 10);
  for (const { frame } of frames) {
    const read = eulerDialect.parse(JSON.stringify(frame), 1_777_000_000_000);
    assert.ok(typeof read !== 'string');
    assert.deepEqual(read.problems, []);
    assert.equal(read.messages.length, frame.messages?.length ?? 0);
  }
});
