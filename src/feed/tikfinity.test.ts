import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { eventMessages, TikfinityServer } from '../../test/support/tikfinity-server.ts';
import { until } from '../../test/support/until.ts';
import type { FeedProblem } from './feed.ts';
import { TikfinityFeed } from './tikfinity.ts';
import type { UpstreamTiming } from './upstream/timing.ts';

async function withFeed(
  run: (parts: {
    server: TikfinityServer;
    feed: TikfinityFeed;
    sink: FakeSink;
    problems: FeedProblem[];
  }) => Promise<void>,
  events = 3,
  timing: Partial<UpstreamTiming> = {},
): Promise<void> {
  const server = await TikfinityServer.listen(eventMessages(1, events).items);
  const problems: FeedProblem[] = [];
  const sink = new FakeSink();
  const feed = new TikfinityFeed({
    url: server.url,
    clock: systemClock,
    random: seededRandom(1),
    timing: { retryMs: 5, retryMsMax: 20, ...timing },
    report: (problem) => problems.push(problem),
  });
  try {
    feed.start(sink);
    await run({ server, feed, sink, problems });
  } finally {
    await feed.stop();
    await server.close();
  }
}

test('a frame that cannot be read is a gap and a report; events of no use are passed over', async () => {
  await withFeed(async ({ server, sink, problems }) => {
    await until('its events came', () => sink.messages.length === 3);
    assert.deepEqual([sink.gaps, problems], [[], []], 'its config event is nothing to us');
    for (const text of ['{', '7', '{"data":{}}', '{"event":"gift","data":null}']) server.send(text);
    await until('each is told', () => problems.length === 4);
    assert.equal(sink.gaps.length, 4);
    assert.ok(problems.every(({ code, message }) => code === 'frame-unreadable' && message.includes('TikFinity')));
  });
});

test('a TikFinity that is not there is told by its name and once, however often it is asked', async () => {
  await withFeed(async ({ server, feed, sink, problems }) => {
    await until('its events came', () => sink.messages.length === 3);
    await server.close();
    await until('it was asked some times', () => feed.counters.get('connectFailures') >= 4);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['connection-lost', 'connect-refused'],
    );
    assert.match(problems[1]!.message, /TikFinity cannot be reached: .*ECONNREFUSED/);
  });
});

test('a gap ends when TikFinity is back, and not with the first message of the next LIVE', async () => {
  await withFeed(async ({ server, feed, sink }) => {
    await until('its events came', () => sink.messages.length === 3);
    for (const gaps of [1, 2]) {
      server.disconnect();
      await until('it is back', () => feed.counters.get('connects') === 1 + gaps);
      assert.equal(sink.gaps.length, gaps, 'each loss is told, though no LIVE is on');
      assert.equal(sink.states.at(-1), 'connecting');
    }
    server.send(JSON.stringify(eventMessages(2, 1).items[0]));
    await until('the next LIVE', () => sink.messages.length === 4);
    assert.equal(sink.states.at(-1), 'live');
    assert.equal(sink.gaps.length, 2);
  });
});

test('TikFinity on a machine that fell asleep is noticed, and what it did not send meanwhile is told', async () => {
  const run: Parameters<typeof withFeed>[0] = async ({ server, feed, sink }) => {
    await until('its events came', () => sink.messages.length === 3);
    await until('it has answered', () => feed.counters.get('heartbeats') >= 20);
    server.fallAsleep();
    await until('it is asked anew', () => feed.counters.get('connects') === 2);
    assert.equal(sink.gaps.length, 1);
    assert.ok(sink.gaps[0]!.lengthMs >= 300, `${sink.gaps[0]!.lengthMs} ms`);
  };
  await withFeed(run, 3, { heartbeatMs: 10, deadMs: 300 });
});

test('before the first LIVE nothing is missed, however often TikFinity is lost', async () => {
  await withFeed(async ({ server, feed, sink }) => {
    await until('it is there', () => feed.counters.get('connects') === 1);
    server.disconnect();
    await until('it is back', () => feed.counters.get('connects') === 2);
    server.send(JSON.stringify(eventMessages(2, 1).items[0]));
    await until('the LIVE', () => sink.states.at(-1) === 'live');
    assert.deepEqual(sink.gaps, []);
  }, 0);
});

test('TikFinity that is not running is tried again until it is', async () => {
  await withFeed(async ({ server, feed, sink }) => {
    await until('its events came', () => sink.messages.length === 3);
    await server.close();
    await until('it was tried again', () => feed.counters.get('connectFailures') > 10);
    assert.equal(sink.states.at(-1), 'connecting', 'however often it fails: nobody is bothered');
  });
});

test('an address that is none is refused', () => {
  for (const url of ['localhost:21213', 'http://localhost:21213/', ''])
    assert.throws(() => new TikfinityFeed({ url, clock: systemClock, random: seededRandom(1) }), {
      code: 'MEKS_OPTION_INVALID',
    });
});
