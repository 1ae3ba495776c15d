import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { RawMessage } from '../src/protocol/raw.ts';
import { until } from './support/until.ts';
import { Normalized } from './support/normalized.ts';
import { giftOf } from './support/webcast-messages.ts';
import { control, scene, type SceneOptions } from './support/webcast-scene.ts';
import type { WebcastServer } from '../src/simulator/webcast-server.ts';
import type { FakeSink } from './support/fake-sink.ts';

// What users of other libraries complain about, one test each, through the real TikTok feed and the normalizer. Each
// title says what does not happen here.

/** A feed on a server that says only what the test says. */
async function quiet(
  context: TestContext,
  options: SceneOptions = {},
): Promise<{ server: WebcastServer; sink: FakeSink }> {
  const { server, sink } = await scene(context, { length: 0, ...options });
  await until('somebody in the room', () => server.counters.get('enters') > 0);
  return { server, sink };
}

function counted(sink: FakeSink): Normalized {
  const room = new Normalized();
  for (const raw of sink.messages) room.read(raw);
  return room;
}

/** A message in the envelope that it travels in. */
function gift(msgId: string, total: number, end = false): RawMessage {
  return { ...giftOf({ msgId, total, end }), msgId };
}

test('no gift is counted twice: not when its frame comes twice, nor when a backlog repeats it', async (context) => {
  const { server, sink } = await quiet(context);
  server.harmFrames('double');
  server.send([gift('101', 1), gift('102', 2)]);
  await until('both, twice', () => sink.messages.length === 4);
  server.disconnect();
  await until('the backlog', () => sink.messages.length >= 6);
  assert.equal(counted(sink).diamonds, 2);
});

test('no streak without an end is lost or waited for: each gift counts at once, and silence closes it', async (context) => {
  const { server, sink } = await quiet(context);
  server.send([gift('101', 1), gift('102', 5)]);
  await until('both', () => sink.messages.length === 2);
  const room = counted(sink);
  assert.equal(room.diamonds, 5, 'before any end');
  room.clock.advance(10_000);
  const [settled] = room.expire();
  assert.ok(settled?.kind === 'gift' && settled.streak?.open === false && settled.count === 0);
});

test('no feed is silent unnoticed: open, with heartbeats, but without messages', async (context) => {
  const { server, sink } = await quiet(context, { timing: { silentMs: 200, renewMs: 600, renewMsMax: 2_000 } });
  server.send([control(1)]);
  await until('a message', () => sink.messages.length > 0);
  server.hush('renewal');
  await until('that it is silent is told', () => sink.states.includes('silent'));
  await until('a new connection', () => sink.gaps.length === 1);
  assert.equal(sink.gaps[0]?.reason, 'silence');
});

test('nothing that happened while the connection was lost is missing: the backlog brings it, and the gap is told', async (context) => {
  const { server, sink } = await quiet(context);
  server.send([gift('101', 1)]);
  await until('the first', () => sink.messages.length === 1);
  server.disconnect();
  server.send([gift('102', 2), gift('103', 3)]);
  await until('the rest', () => sink.messages.some(({ msgId }) => msgId === '103'));
  assert.equal(counted(sink).diamonds, 3);
  assert.equal(sink.gaps.length, 1);
});

test('no update of the schema breaks what is still there, and a renamed method is an alarm', async (context) => {
  const { server, sink } = await quiet(context);
  server.addFields();
  server.sendStrange();
  server.send([gift('101', 1), { ...gift('102', 2), method: 'WebcastGiftMessageV2' }]);
  await until('both', () => sink.messages.length === 2);
  const room = counted(sink);
  assert.equal(room.diamonds, 1);
  const { fields, alarms } = room.normalizer.drift;
  assert.deepEqual(
    fields.map(({ path, change }) => `${path} ${change}`),
    ['911 new', '912 new', '913 new'],
  );
  assert.deepEqual(
    alarms.map(({ kind, method }) => `${kind} ${method}`),
    ['method-unknown WebcastGiftMessageV2'],
  );
});

test('no gift overtakes another: frames large and small come in the order in which they were sent', async (context) => {
  const { server, sink } = await quiet(context);
  const large = { ...gift('1', 1), payload: new Uint8Array(400_000).fill(0x61), method: 'WebcastToastMessage' };
  const given = Array.from({ length: 40 }, (_, index) => ({
    ...(index % 2 === 0 ? large : control(1)),
    msgId: `${index + 1}`,
  }));
  for (const raw of given) server.send([raw]);
  await until('all', () => sink.messages.length === 40);
  assert.deepEqual(
    sink.messages.map(({ msgId }) => msgId),
    given.map(({ msgId }) => msgId),
  );
});

test('no end of a LIVE is missed, and what came with it is kept', async (context) => {
  const { server, sink } = await quiet(context, { afterEnd: 'stop' });
  server.send([gift('101', 4), control(3)]);
  await until('the end', () => sink.states.at(-1) === 'ended');
  assert.equal(counted(sink).gifts().length, 1);
});
