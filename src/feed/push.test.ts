import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { VirtualClock } from '../base/virtual-clock.ts';
import { limits } from '../protocol/limits.ts';
import { WebcastGiftMessageSchema } from '../protocol/webcast/webcast_pb.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { PushFeed } from './push.ts';

const gift = {
  event: 'gift',
  data: {
    userId: '1',
    uniqueId: 'ana',
    giftId: 5655,
    giftName: 'Rose',
    diamondCount: 1,
    giftType: 1,
    repeatCount: 3,
    groupId: '9',
    msgId: '77',
  },
};
const bytes = { method: 'WebcastLikeMessage', b64: 'EAU=', msgId: '78' };
const decoded = { type: 'WebcastChatMessage', data: { user: { id: '1' }, content: 'hi', common: { msgId: '79' } } };

function started(): { feed: PushFeed; sink: FakeSink } {
  const feed = new PushFeed({ clock: new VirtualClock() });
  const sink = new FakeSink();
  feed.start(sink);
  return { feed, sink };
}

test('all three forms are taken, a line each or as an array', async () => {
  for (const text of [
    [gift, bytes, decoded].map((item) => JSON.stringify(item)).join('\n'),
    JSON.stringify([gift, bytes, decoded]),
  ]) {
    const { feed, sink } = started();
    assert.deepEqual(await feed.push(text), { kind: 'taken', taken: 3, malformed: [] });
    assert.deepEqual(
      sink.messages.map(({ method, msgId }) => [method, msgId]),
      [
        ['WebcastGiftMessage', '77'],
        ['WebcastLikeMessage', '78'],
        ['WebcastChatMessage', '79'],
      ],
    );
    const rose = fromBinary(WebcastGiftMessageSchema, sink.messages[0]!.payload);
    assert.deepEqual([rose.gift?.name, rose.repeatCount, rose.user?.displayId], ['Rose', 3, 'ana']);
  }
});

test('what cannot be read is told with its number, the rest is taken', async () => {
  const { feed, sink } = started();
  const bad = ['{', '7', '{"event":"lottery","data":{}}', '{"b64":"*","method":"X"}', '{}', '{"gap":{},"b64":""}'];
  const answer = await feed.push([JSON.stringify(gift), ...bad, '', JSON.stringify(bytes)].join('\n'));
  assert.ok(answer.kind === 'taken');
  assert.equal(answer.taken, 2);
  assert.deepEqual(
    answer.malformed.map(({ item }) => item),
    [2, 3, 4, 5, 6, 7],
  );
  assert.equal(feed.counters.get('malformed'), 6);
  assert.equal(sink.messages.length, 2);
  assert.deepEqual(await feed.push('[1,'), {
    kind: 'taken',
    taken: 0,
    malformed: [{ item: 1, reason: await firstReason(feed) }],
  });
});

async function firstReason(feed: PushFeed): Promise<string> {
  const answer = await feed.push('[1,');
  assert.ok(answer.kind === 'taken');
  return answer.malformed[0]!.reason;
}

test('a push is answered only after the log has all of it', async () => {
  const { feed, sink } = started();
  const logged: (() => void)[] = [];
  Object.assign(sink, { whenLogged: (run: () => void) => void logged.push(run) });
  let room = 1;
  sink.hasRoom = () => room-- > 0;
  let answered = false;
  const push = feed.push(JSON.stringify([gift, bytes])).then((answer) => {
    answered = true;
    return answer;
  });
  await Promise.resolve();
  assert.equal(logged.length, 0, 'half of it waits for room');
  room = 5;
  sink.makeRoom();
  await Promise.resolve();
  assert.equal(logged.length, 1);
  assert.equal(answered, false);
  logged[0]!();
  assert.deepEqual(await push, { kind: 'taken', taken: 2, malformed: [] });
});

test('more than may wait is refused as a whole, and there is room again after', async () => {
  const { feed, sink } = started();
  sink.hasRoom = () => false;
  const many = JSON.stringify(Array.from({ length: limits.pushPendingMessagesMax.value }, () => bytes));
  const waiting = feed.push(many);
  assert.deepEqual(await feed.push(JSON.stringify(bytes)), { kind: 'busy' });
  sink.hasRoom = () => true;
  sink.makeRoom();
  assert.deepEqual(await waiting, { kind: 'taken', taken: limits.pushPendingMessagesMax.value, malformed: [] });
  assert.deepEqual(await feed.push(JSON.stringify(bytes)), { kind: 'taken', taken: 1, malformed: [] });
  assert.equal(feed.counters.get('refused'), 1);
});

test('a push to a feed that is not running is refused, one that waits when it stops is told', async () => {
  const idle = new PushFeed({ clock: new VirtualClock() });
  assert.deepEqual(await idle.push(JSON.stringify(gift)), { kind: 'stopped' });
  const { feed, sink } = started();
  sink.hasRoom = () => false;
  const waiting = feed.push(JSON.stringify(gift));
  await feed.stop();
  assert.deepEqual(await waiting, { kind: 'stopped' });
  sink.hasRoom = () => true;
  sink.makeRoom();
  assert.equal(sink.messages.length, 0);
});

test('the pusher that went away becomes a gap', () => {
  const { feed, sink } = started();
  feed.interrupted(1_777_000_000_000, 900);
  assert.deepEqual(sink.gaps, [{ reason: 'upstream-lost', at: 1_777_000_000_000, lengthMs: 900, missed: 0 }]);
});
