import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { VirtualClock } from '../base/virtual-clock.ts';
import { limits } from '../protocol/limits.ts';
import type { PushAnswer } from '../protocol/push.ts';
import { WebcastGiftMessageSchema } from '../protocol/webcast/webcast_pb.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { PushFeed, readPush } from './push.ts';

const token = 'a-token-of-this-test';
/** What a sink without a normalizer makes of messages. */
const nothing = { understood: 0, duplicates: 0, ignored: 0, quarantined: 0, unknown: 0 };

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

function taken(count: number): PushAnswer {
  return { kind: 'taken', taken: count, ...nothing, malformed: [], malformedCount: 0 };
}

/** As somebody who can wait. */
function push(feed: PushFeed, text: string): Promise<PushAnswer> {
  return feed.take(readPush(text, 1_777_000_000_000), true);
}

function started(): { feed: PushFeed; sink: FakeSink } {
  const feed = new PushFeed({ clock: new VirtualClock(), token });
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
    assert.deepEqual(await push(feed, text), taken(3));
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

test('ids keep their digits where they are bare numbers, as Python and Go write them', () => {
  const item = '{"event":"gift","data":{"msgId":7364000000000000123,"userId":6900000000000000777,"giftId":5655}}';
  for (const text of [item, `[${item}]`]) {
    const { messages, malformed } = readPush(text, 1_777_000_000_000);
    assert.deepEqual(malformed, []);
    const { user, giftId } = fromBinary(WebcastGiftMessageSchema, messages[0]!.payload);
    assert.deepEqual([messages[0]!.msgId, user?.id, giftId], ['7364000000000000123', '6900000000000000777', '5655']);
  }
});

test('the mark that Windows begins text files with is no part of the first item', () => {
  for (const text of [JSON.stringify(gift), JSON.stringify([gift])]) {
    const { messages, malformed } = readPush(`\ufeff${text}`, 1_777_000_000_000);
    assert.deepEqual([messages.length, malformed], [1, []]);
  }
});

test('what cannot be read is told with its number, the rest is taken', async () => {
  const { feed, sink } = started();
  const bad = ['{', '7', '{"event":"lottery","data":{}}', '{"b64":"*","method":"X"}', '{}', '{"gap":{},"b64":""}'];
  const answer = await push(feed, [JSON.stringify(gift), ...bad, '', JSON.stringify(bytes)].join('\n'));
  assert.ok(answer.kind === 'taken');
  assert.equal(answer.taken, 2);
  assert.deepEqual(
    answer.malformed.map(({ item }) => item),
    [2, 3, 4, 5, 6, 7],
  );
  assert.equal(feed.counters.get('malformed'), 6);
  assert.equal(sink.messages.length, 2);
  const torn = await push(feed, '[1,');
  assert.ok(torn.kind === 'taken');
  assert.deepEqual([torn.taken, torn.malformedCount, torn.malformed[0]?.item], [0, 1, 1]);
});

test('an id of the pusher names what has none, and must be a plain one', async () => {
  const { feed, sink } = started();
  const { msgId: _own, ...data } = gift.data;
  const answer = await push(
    feed,
    JSON.stringify([
      { ...gift, id: 'order-1' },
      { event: 'gift', id: 'order-2', data },
      { event: 'gift', id: 'a "b"', data },
      { event: 'gift', id: 7, data },
    ]),
  );
  assert.deepEqual(
    sink.messages.map(({ msgId }) => msgId),
    ['77', 'order-2'],
  );
  assert.ok(answer.kind === 'taken');
  assert.deepEqual(
    answer.malformed.map(({ item }) => item),
    [3, 4],
  );
});

test('a key of the push names each item that has no id by its number, so that the same push again is the same', () => {
  const { msgId: _own, ...data } = gift.data;
  const items = JSON.stringify([
    gift,
    { event: 'gift', id: 'order-2', data },
    { event: 'gift', data },
    7,
    { event: 'gift', data },
  ]);
  const ids = (): string[] => readPush(items, 1, 'key-1').messages.map(({ msgId }) => msgId);
  assert.deepEqual(ids(), ['77', 'order-2', 'key-1.3', 'key-1.5']);
  assert.deepEqual(ids(), ids());
});

test('a push is answered only after the log has all of it', async () => {
  const { feed, sink } = started();
  const logged: (() => void)[] = [];
  Object.assign(sink, { whenLogged: (run: () => void) => void logged.push(run) });
  let room = 1;
  sink.hasRoom = () => room-- > 0;
  let answered = false;
  const waiting = push(feed, JSON.stringify([gift, bytes])).then((answer) => {
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
  assert.deepEqual(await waiting, taken(2));
});

test('more than may wait is refused as a whole, and there is room again after', async () => {
  const { feed, sink } = started();
  sink.hasRoom = () => false;
  const one = readPush(bytes, 1);
  const many = readPush(
    Array.from({ length: limits.pushPendingMessagesMax.value }, () => bytes),
    1,
  );
  const waiting = feed.take(many, false);
  assert.deepEqual(await feed.take(one, false), { kind: 'busy' });
  const patient = push(feed, JSON.stringify(bytes));
  sink.hasRoom = () => true;
  sink.makeRoom();
  assert.deepEqual(await waiting, taken(limits.pushPendingMessagesMax.value));
  assert.deepEqual(await patient, taken(1), 'who can wait is made to wait');
  assert.deepEqual(await feed.take(one, false), taken(1));
  assert.equal(feed.counters.get('refused'), 1);
});

test('a push to a feed that is not running is refused, one that waits when it stops is told', async () => {
  const idle = new PushFeed({ clock: new VirtualClock(), token });
  assert.deepEqual(await push(idle, JSON.stringify(gift)), { kind: 'stopped' });
  const { feed, sink } = started();
  sink.hasRoom = () => false;
  const waiting = push(feed, JSON.stringify(gift));
  await feed.stop();
  assert.deepEqual(await waiting, { kind: 'stopped' });
  sink.hasRoom = () => true;
  sink.makeRoom();
  assert.equal(sink.messages.length, 0);
});

test('a pusher that was lost becomes a gap when somebody pushes again', async () => {
  const clock = new VirtualClock();
  const feed = new PushFeed({ clock, token });
  const sink = new FakeSink();
  feed.start(sink);
  feed.connected();
  await push(feed, JSON.stringify(gift));
  const at = clock.wallMs();
  feed.disconnected(false);
  assert.equal(sink.states.at(-1), 'connecting');
  clock.advance(900);
  assert.deepEqual(sink.gaps, []);
  await push(feed, JSON.stringify(bytes));
  assert.deepEqual(sink.gaps, [{ reason: 'upstream-lost', at, lengthMs: 900, missed: 0 }]);
  assert.deepEqual(
    sink.entries.slice(-3).map(({ kind }) => kind),
    ['gap', 'state', 'message'],
  );
  assert.equal(feed.counters.get('interruptions'), 1);
});

test('a pusher that leaves, or one of several that is lost, interrupts nothing', async () => {
  const { feed, sink } = started();
  feed.connected();
  feed.connected();
  await push(feed, JSON.stringify(gift));
  feed.disconnected(false);
  assert.equal(sink.states.at(-1), 'live');
  feed.disconnected(true);
  assert.equal(sink.states.at(-1), 'offline');
  await push(feed, JSON.stringify(bytes));
  assert.deepEqual(sink.gaps, []);
  assert.equal(sink.states.at(-1), 'live');
});

test('only the token of the room pushes', () => {
  const { feed } = started();
  assert.equal(feed.admits(token), true);
  for (const other of ['', token.slice(1), `${token}x`, 'é']) assert.equal(feed.admits(other), false);
});

test('what became of the messages is told with the answer', async () => {
  const { feed, sink } = started();
  const outcomes = ['events', 'duplicate', 'unknown'] as const;
  const logged: (() => void)[] = [];
  Object.assign(sink, { whenLogged: (run: () => void) => void logged.push(run) });
  const answer = push(feed, JSON.stringify([gift, gift, bytes]));
  for (const [index, { receipt }] of sink.messages.entries()) receipt?.note(outcomes[index]!);
  logged[0]!();
  assert.deepEqual(await answer, { ...taken(3), understood: 1, duplicates: 1, unknown: 1 });
});
