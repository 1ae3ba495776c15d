import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../test/support/until.ts';
import { control, scene, worldSource } from '../../test/support/webcast-scene.ts';
import type { WebcastServer } from './webcast-server.ts';

// The real TikTok feed against the scripted server: how it finds the room, and what it makes of the sign service.

/** How often it was looked for the room, and not only at it. */
function lookups(server: WebcastServer): number {
  return server.routes.get('page') ?? 0;
}

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

test('signed: a service that quotes the key in its refusal does not get it into a report', async (context) => {
  const { sink, problems } = await scene(context, {
    source: 'signed',
    signKeys: ['secret-key-aaa', 'secret-key-bbb'],
    prepare: (server) =>
      server.refuseToSign({ status: 402, message: 'the plan of "secret-key-aaa" does not cover it' }),
  });
  await until('messages', () => sink.messages.length > 100);
  assert.match(problems[0]?.message ?? '', /the plan of "\(key\)" does not cover it/);
  assert.doesNotMatch(JSON.stringify([problems, sink.states]), /secret-key/);
});

test('signed: a service that has moved is not followed with a key', async (context) => {
  const { sink, problems, server } = await scene(context, {
    source: 'signed',
    signKeys: ['secret-key-aaa'],
    prepare: (server) => server.refuseToSign({ status: 302, headers: { location: `${server.httpUrl}/elsewhere` } }),
  });
  await until('messages', () => sink.messages.length > 100);
  assert.match(problems[0]?.message ?? '', /has moved \(status 302\): give its new address/);
  assert.equal(server.routes.get('none'), undefined, 'nobody asked elsewhere');
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
  const { sink, server } = await scene(context, {
    source: 'signed',
    timing: { keyRejectedMs: 400, keyRejectedMsMax: 400 },
    prepare: (server) => server.refuseToSign({ status: 403 }),
  });
  await until('the reason is told, and when it is tried again', () =>
    sink.entries.some((entry) => entry.kind === 'state' && /not accepted.*tried again in 1 s/.test(entry.detail)),
  );
  assert.equal(sink.messages.length, 0);
  await until('messages', () => sink.messages.length > 100);
  assert.equal(server.routes.get('refused'), 1, 'it was not asked in between');
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
  const { server, sink } = await scene(context, { source: 'signed', length: 100, timing: { endedMs: 2_000 } });
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

for (const source of ['signed', 'direct'] as const) {
  const refuseInfo = ({ brokenRoutes }: WebcastServer): void => void brokenRoutes.add('info');

  test(`${source}: the next LIVE is found where room info tells nothing about the last`, async (context) => {
    const { server, sink } = await scene(context, {
      source,
      length: 100,
      timing: { endedMs: 5_000 },
      prepare: refuseInfo,
    });
    await until('messages', () => sink.messages.length === 100);
    const ended = server.roomId;
    server.send([control(3)]);
    await until('the end, and several looks', () => sink.states.at(-1) === 'ended' && lookups(server) >= 3);
    server.begin('7300000000000000002', worldSource(2, 100));
    await until('another room is entered', () => server.roomsEntered.length === 2);
    assert.deepEqual(server.roomsEntered, [ended, '7300000000000000002']);
    await until('the messages of the next LIVE', () => sink.messages.length > 200);
  });

  test(`${source}: a room that refused, or fell silent, is looked up anew`, async (context) => {
    const { server, sink } = await scene(context, {
      source,
      length: 100,
      timing: { silentMs: 100, renewMs: 250 },
      prepare: (server) => {
        refuseInfo(server);
        server.refuseSockets('DEVICE_BLOCKED');
      },
    });
    await until('messages', () => sink.messages.length === 100);
    assert.equal(lookups(server), 2, 'once before it was refused, once after');
    await until('it was silent, and is entered again', () => server.counters.get('enters') === 2);
    assert.equal(lookups(server), 3);
  });

  test(`${source}: a room that was lost in the middle of its LIVE is entered without looking it up`, async (context) => {
    const { server, sink } = await scene(context, { source });
    await until('messages', () => sink.messages.length > 100);
    server.disconnect();
    await until('messages after it', () => sink.gaps.length === 1 && sink.messages.length > 300);
    assert.deepEqual([lookups(server), server.routes.get('info')], [1, 2]);
  });

  test(`${source}: a room in doubt is tried again where no lookup answers, unless it is over`, async (context) => {
    const { server, sink, problems } = await scene(context, { source, length: 100 });
    await until('messages', () => sink.messages.length === 100);
    server.brokenRoutes.add('page').add('api').add('sign');
    server.refuseSockets('DEVICE_BLOCKED');
    server.disconnect();
    await until('it is entered again', () => server.counters.get('enters') === 2);
    assert.match(problems.at(-1)!.message, /was not found: .*captcha.*; the last one is tried again/);
    server.send([control(3)]);
    await until('the end', () => sink.states.at(-1) === 'ended');
    await until('failures', () => problems.filter(({ code }) => code === 'room-lookup').length >= 4);
    assert.doesNotMatch(problems.at(-1)!.message, /tried again/);
    assert.equal(server.counters.get('enters'), 2);
  });
}

test('direct: a visitor cookie is all that it takes', async (context) => {
  const { server, sink } = await scene(context, { source: 'direct' });
  await until('messages', () => sink.messages.length > 100);
  assert.equal(server.upgrades[0]?.cookie, 'ttwid=scripted');
  assert.deepEqual([...server.routes.keys()], ['page', 'info', 'home']);
});
