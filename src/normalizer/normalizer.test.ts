import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Normalized } from '../../test/support/normalized.ts';
import { commonOf, giftOf, messageTime, rawBytes, rawOf, viewer } from '../../test/support/webcast-messages.ts';
import type { MeksEvent } from '../protocol/events.ts';
import type { RawMessage } from '../protocol/raw.ts';
import {
  WebcastChatMessageSchema,
  WebcastControlMessageSchema,
  WebcastGiftMessageSchema,
  WebcastLikeMessageSchema,
  WebcastLinkMicBattlePunishFinishSchema,
  WebcastRankUpdateMessageSchema,
} from '../protocol/webcast/webcast_pb.ts';
import type { DriftAlarm } from './drift.ts';
import { explain, Normalizer } from './normalizer.ts';

const user = viewer('42');

function chatOf(msgId: string, content = 'hello'): RawMessage {
  return rawOf(WebcastChatMessageSchema, { common: commonOf(msgId), user, content });
}

test('a message that comes again, from a backlog or otherwise, is a duplicate', () => {
  const room = new Normalized();
  assert.equal(room.read(chatOf('1')), 'events');
  assert.equal(room.read({ ...chatOf('1'), history: true, receivedAt: messageTime + 60_000 }), 'duplicate');
  assert.equal(room.normalizer.counters.get('duplicates'), 1);
});

test('only the last ids are remembered', () => {
  const room = new Normalized({ idsMax: 3 });
  for (const id of ['1', '2', '3', '4']) room.read(chatOf(id));
  assert.equal(room.read(chatOf('4')), 'duplicate');
  assert.equal(room.read(chatOf('1')), 'events');
});

test('an id that the message lacks is taken from its envelope, or made of its bytes', () => {
  const room = new Normalized();
  const bare = (content: string, msgId: string): RawMessage =>
    rawOf(WebcastChatMessageSchema, { user, content }, { msgId });
  assert.equal(room.read(bare('a', '77')), 'events');
  assert.equal(room.read(bare('b', '77')), 'duplicate');
  assert.equal(room.read(bare('c', '')), 'events');
  assert.equal(room.read(bare('c', '0')), 'duplicate');
  assert.equal(room.read(bare('d', '')), 'events');
  assert.equal(room.normalizer.counters.get('withoutId'), 3);
  assert.deepEqual(
    room.events.slice(0, 2).map(({ kind, id }) => [kind, id]),
    [
      ['room', `live--${messageTime}`],
      ['chat', '77'],
    ],
  );
  room.assertCountersAddUp();
});

test('a message that was quarantined is not remembered: it may come again better', () => {
  const room = new Normalized();
  assert.equal(room.read(rawOf(WebcastChatMessageSchema, { common: commonOf('1'), content: 'x' })), 'quarantined');
  assert.equal(room.read(chatOf('1')), 'events');
});

test('methods that nobody has heard of are counted by name, known ones without use are ignored', () => {
  const room = new Normalized();
  const at = (method: string, receivedAt: number): RawMessage =>
    rawBytes(method, Uint8Array.of(1, 2, 3), { receivedAt });
  assert.equal(room.read(at('WebcastTelepathyMessage', 1000)), 'unknown');
  assert.equal(room.read(at('WebcastTelepathyMessage', 2000)), 'unknown');
  assert.equal(room.read(at('WebcastCaptionMessage', 3000)), 'ignored');
  assert.equal(room.read(at('LinkMicMethod', 3000)), 'ignored');
  assert.deepEqual(
    [...room.normalizer.drift.unknownMethods],
    [['WebcastTelepathyMessage', { count: 2, firstSeenAt: 1000, lastSeenAt: 2000 }]],
  );
  room.assertCountersAddUp();
});

test('names of methods are bounded: what is new beyond is counted together', () => {
  const room = new Normalized({ driftNamesMax: 2 });
  for (const name of ['A', 'B', 'C', 'D', 'A', 'x'.repeat(10_000)]) room.read(rawBytes(name, new Uint8Array(0)));
  const counts = [...room.normalizer.drift.unknownMethods].map(([name, { count }]) => [name, count]);
  assert.deepEqual(counts, [
    ['A', 2],
    ['B', 1],
    ['(other)', 3],
  ]);
});

test('new and missing fields are counted by method and number, and the message is understood all the same', () => {
  const room = new Normalized();
  const newField = Uint8Array.of(...giftOf({ msgId: '1' }).payload, 0xa8, 0x3e, 0x01);
  assert.equal(room.read(rawBytes('WebcastGiftMessage', newField)), 'events');
  assert.equal(room.read(giftOf({ msgId: '2', total: 2, fan: 1 }, { gift: undefined })), 'events');
  assert.deepEqual(
    room.normalizer.drift.fields.map(({ method, path, change, count }) => [method, path, change, count]),
    [
      ['WebcastGiftMessage', '997', 'new', 1],
      ['WebcastGiftMessage', '15', 'missing', 1],
    ],
  );
});

test('a field of another type is counted with its path, first and last seen, and the first one is an alarm', () => {
  const room = new Normalized();
  const alarms: DriftAlarm[] = [];
  room.normalizer.drift.onAlarm = (alarm) => alarms.push(alarm);
  // The sender's nickname (7.3) as a number.
  const mistyped = Uint8Array.of(0x3a, 0x04, 0x08, 0x01, 0x18, 0x05);
  for (const receivedAt of [1000, 2000])
    assert.equal(room.read(rawBytes('WebcastGiftMessage', mistyped, { receivedAt })), 'quarantined');
  assert.deepEqual(room.normalizer.drift.fields, [
    {
      method: 'WebcastGiftMessage',
      path: '7.3',
      change: 'mistyped',
      count: 2,
      firstSeenAt: 1000,
      lastSeenAt: 2000,
    },
  ]);
  assert.deepEqual(alarms, [
    {
      kind: 'method-changed',
      method: 'WebcastGiftMessage',
      concerns: 'WebcastGiftMessage',
      detail: 'type-changed: field 7.3',
      at: 1000,
      lastSeenAt: 1000,
      count: 1,
      open: true,
    },
  ]);
  assert.equal(room.normalizer.counters.get('alarmMethodChanged'), 1);
  assert.deepEqual(room.normalizer.drift.alarms, [{ ...alarms[0], lastSeenAt: 2000, count: 2 }]);
});

test('bytes that were damaged on the way are no alarm', () => {
  const room = new Normalized();
  assert.equal(room.read(rawBytes('WebcastGiftMessage', Uint8Array.of(0x3a, 0x7f))), 'quarantined');
  assert.deepEqual(room.normalizer.drift.alarms, []);
});

const renamed: [string, string][] = [
  ['WebcastGiftMessageV2', 'WebcastGiftMessage'],
  ['GiftMessage', 'WebcastGiftMessage'],
  ['WebcastNewGiftMessage', 'WebcastGiftMessage'],
  ['WebcastLinkMicBattleMessage', 'WebcastLinkMicBattle'],
  ['WebcastLinkMicArmiesMethod', 'WebcastLinkMicArmies'],
];

for (const [name, likely] of renamed) {
  test(`${name} raises the alarm that ${likely} may have been renamed, once`, () => {
    const room = new Normalized();
    for (let times = 0; times < 3; times++) assert.equal(room.read(rawBytes(name, new Uint8Array(0))), 'unknown');
    assert.deepEqual(
      room.normalizer.drift.alarms.map(({ kind, method, concerns, detail }) => [kind, method, concerns, detail]),
      [['method-unknown', name, likely, `may be the new name of ${likely}`]],
    );
    assert.equal(room.normalizer.counters.get('alarmMethodUnknown'), 1);
  });
}

test('a method that is new in every way is counted, not an alarm', () => {
  const room = new Normalized();
  room.read(rawBytes('WebcastTelepathyMessage', new Uint8Array(0)));
  assert.deepEqual(room.normalizer.drift.alarms, []);
});

test('the first gift whose own diamonds do not fit is an alarm, every one is counted', () => {
  const room = new Normalized();
  for (const msgId of ['1', '2']) room.read(giftOf({ msgId, group: '0', price: 99, fan: 98 }));
  assert.deepEqual(
    room.normalizer.drift.alarms.map(({ kind, method, detail }) => [kind, method, detail]),
    [['price-mismatch', 'WebcastGiftMessage', 'first at message 1']],
  );
  assert.equal(room.normalizer.counters.get('alarmPriceMismatch'), 2);
});

test('a message that is too large is set aside without its bytes', () => {
  const room = new Normalized({ messageBytesMax: 100 });
  assert.equal(room.read(chatOf('1', 'x'.repeat(200))), 'quarantined');
  const [entry] = room.normalizer.quarantine.entries;
  assert.equal(entry?.reason, 'too-large');
  assert.equal(entry?.payload, null);
  assert.ok((entry?.byteLength ?? 0) > 200);
});

test('the quarantine keeps the newest messages within its bounds, and counts all', () => {
  const room = new Normalized({ quarantineMessagesMax: 3, quarantineBytesMax: 100 });
  const broken = (length: number): RawMessage =>
    rawBytes('WebcastChatMessage', new Uint8Array(length), { msgId: `${length}` });
  for (const length of [1, 2, 3, 4]) room.read(broken(length));
  const { quarantine } = room.normalizer;
  assert.deepEqual(
    quarantine.entries.map((entry) => entry.byteLength),
    [2, 3, 4],
  );
  assert.equal(quarantine.bytes, 9);
  room.read(broken(95));
  assert.deepEqual(
    quarantine.entries.map((entry) => entry.byteLength),
    [4, 95],
  );
  room.read(broken(200));
  assert.deepEqual(
    quarantine.entries.map((entry) => entry.payload?.length),
    [4, 95, undefined],
  );
  assert.equal(quarantine.count('malformed'), 6);
  assert.equal(quarantine.total, 6);
  assert.equal(quarantine.drain().length, 3);
  assert.deepEqual([quarantine.entries.length, quarantine.bytes, quarantine.total], [0, 0, 6]);
});

test('what the quarantine keeps is a copy: the frame around a message can go', () => {
  const room = new Normalized();
  const frame = new Uint8Array(1000);
  room.read(rawBytes('WebcastChatMessage', frame.subarray(0, 4)));
  assert.equal(room.normalizer.quarantine.entries[0]?.payload?.buffer.byteLength, 4);
  // Sockets give Buffers, whose `slice` is a view.
  room.read(rawBytes('WebcastGiftMessage', Buffer.from(new ArrayBuffer(1_000_000), 500_000, 4).fill(0xff)));
  assert.equal(room.normalizer.quarantine.entries[1]?.payload?.buffer.byteLength, 4);
});

test('invalid UTF-8 costs a character, not the message', () => {
  const { payload } = chatOf('1', 'abc');
  payload[Buffer.from(payload).indexOf('abc') + 1] = 0xff;
  const room = new Normalized();
  const { outcome, events } = room.readOne(rawBytes('WebcastChatMessage', payload));
  assert.equal(outcome, 'events');
  assert.equal(events[0]?.kind === 'chat' && events[0].text, 'a\uFFFDc');
});

test('a bug that shows on a message costs that message only, and can be seen', () => {
  const room = new Normalized();
  const poisoned: RawMessage = {
    method: 'WebcastChatMessage',
    get payload(): Uint8Array {
      if (room.normalizer.counters.get('faults') === 0) throw new Error('boom');
      return Uint8Array.of(1);
    },
    msgId: '',
    receivedAt: 0,
    history: false,
  };
  assert.equal(room.read(poisoned), 'quarantined');
  assert.equal(room.normalizer.quarantine.entries[0]?.detail, 'Error: boom');
  assert.equal(room.normalizer.counters.get('faults'), 1);
  assert.equal(room.read(chatOf('1')), 'events');
  room.assertCountersAddUp();
});

test('the events of a message are appended: those before it stay', () => {
  const room = new Normalized();
  room.read(chatOf('1', 'first'));
  room.read(rawBytes('WebcastChatMessage', Uint8Array.of(0)));
  room.read(chatOf('2', 'second'));
  assert.deepEqual(
    room.events.map((event) => (event.kind === 'chat' ? event.text : event.kind)),
    ['room', 'first', 'second'],
  );
});

test('counters may live where another thread reads them', () => {
  const places = Object.keys(new Normalized().normalizer.counters.spec).length;
  const counterValues = new Float64Array(new SharedArrayBuffer(places * 8));
  const normalizer = new Normalizer({ room: { id: 'room' }, clock: new VirtualClock(), counterValues });
  normalizer.normalize(chatOf('1'), []);
  assert.equal(counterValues[0], 1);
});

test('an explanation says what became of a message, why, and what was read of it', () => {
  const clock = new VirtualClock();
  const good = explain(giftOf({ msgId: '5', total: 3, fan: 1 }), clock);
  assert.deepEqual([good.outcome, good.reason, good.events.length], ['events', null, 2]);
  assert.equal((good.fields as { repeatCount: number }).repeatCount, 3);
  const bad = explain(giftOf({ msgId: '5', total: -1 }), clock);
  assert.deepEqual(
    [bad.outcome, bad.reason, bad.detail],
    ['quarantined', 'count-absurd', 'repeatCount -1 of gift 5655'],
  );
  const broken = explain(rawBytes('WebcastGiftMessage', Uint8Array.of(0x12)), clock);
  assert.deepEqual([broken.outcome, broken.fields], ['quarantined', null]);
  assert.equal(explain(rawBytes('New', Uint8Array.of(0x12)), clock).outcome, 'unknown');
});

/** A small LIVE: streaks, whole gifts, ranks, a battle's end, chat, the LIVE's own end; every message with its id. */
function smallLive(): RawMessage[] {
  const ticks = [1, 2, 4].map((total) => giftOf({ msgId: `10${total}`, total, price: 5, fan: total === 4 ? 10 : 5 }));
  return [
    ...ticks,
    giftOf({ msgId: '105', total: 4, price: 5, end: true }),
    giftOf({ msgId: '110', userId: '43', total: 7 }),
    giftOf({ msgId: '111', userId: '43', total: 8 }),
    giftOf({ msgId: '120', userId: '44', group: '0', price: 99 }),
    rawOf(WebcastRankUpdateMessageSchema, {
      common: commonOf('130'),
      updates: [
        { rankType: 1, ownRank: '4', ownerOnRank: true },
        { rankType: 8, ownRank: '9', ownerOnRank: true },
      ],
    }),
    rawOf(WebcastLinkMicBattlePunishFinishSchema, { common: commonOf('140'), battleId: '77' }),
    rawOf(WebcastLikeMessageSchema, { common: commonOf('150'), user, count: 3, total: '10' }),
    chatOf('160'),
    rawOf(WebcastControlMessageSchema, { common: commonOf('170'), action: 3 }),
  ];
}

/** The normalizer that a restart would make of what the log holds. */
function restarted(log: readonly MeksEvent[]): Normalized {
  const room = new Normalized();
  for (const event of log) room.normalizer.restore(event);
  return room;
}

test('after a restart a replay of everything gives nothing twice, and the counts go on where they were', () => {
  const before = new Normalized();
  for (const raw of smallLive()) before.read(raw);
  const after = restarted(before.events);
  for (const raw of smallLive()) assert.equal(after.read(raw), 'duplicate', raw.method);
  assert.deepEqual(after.events, []);
  after.read(giftOf({ msgId: '112', userId: '43', total: 10, fan: 1 }));
  assert.equal(after.diamonds, 2);
  assert.equal(after.read(giftOf({ msgId: '106', total: 4, price: 5 })), 'duplicate', 'a tick of the ended streak');
  const again = rawOf(WebcastLinkMicBattlePunishFinishSchema, { common: commonOf('141'), battleId: '77' });
  assert.equal(after.read(again), 'duplicate', 'the battle is over for good');
});

test('after a restart, open streaks still settle when they stay silent, and only once', () => {
  const before = new Normalized();
  before.read(giftOf({ msgId: '1', total: 2 }));
  const after = restarted(before.events);
  assert.equal(after.normalizer.streaksOpen, 1);
  after.clock.advance(10_000);
  const settled = after.expire();
  assert.deepEqual(
    settled.map((event) => event.kind === 'gift' && [event.count, event.streak]),
    [[0, { group: '1780000000500', total: 2, open: false, joined: true }]],
  );
  const third = restarted([...before.events, ...settled]);
  third.clock.advance(60_000);
  assert.deepEqual(third.expire(), []);
});

test('wherever the log is cut by a restart, a replay of the feed comes to the same diamonds', () => {
  const sent = smallLive();
  const whole = new Normalized();
  for (const raw of sent) whole.read(raw);
  fc.assert(
    fc.property(fc.nat({ max: sent.length }), fc.nat({ max: sent.length }), (cut, back) => {
      const before = new Normalized();
      for (const raw of sent.slice(0, cut)) before.read(raw);
      const after = restarted(before.events);
      for (const raw of sent.slice(Math.max(0, cut - back))) after.read(raw);
      assert.equal(before.diamonds + after.diamonds, whole.diamonds);
      const ids = [...before.events, ...after.events].map((event) => event.id);
      assert.equal(new Set(ids).size, ids.length);
      after.assertCountersAddUp();
    }),
  );
});

test('a gift is priced in diamonds whatever fields a message leaves out', () => {
  const anything = fc.record(
    {
      giftId: fc.constantFrom('0', '5655', '-3'),
      fanTicketCount: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      repeatCount: fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 20 })),
      comboCount: fc.integer({ min: -5, max: 20 }),
      repeatEnd: fc.constantFrom(0, 1, 7),
      groupId: fc.constantFrom('0', '5', '-5'),
      user: fc.record({ id: fc.constantFrom('0', '1', '2') }, { requiredKeys: [] }),
      gift: fc.record(
        { id: fc.constantFrom('0', '5655'), diamondCount: fc.integer({ min: -5, max: 2 ** 31 - 1 }) },
        { requiredKeys: [] },
      ),
      matchInfo: fc.record({ multiplierValue: fc.constantFrom('-1', '0', '5', '9223372036854775807') }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 20 }), (list) => {
      const room = new Normalized();
      for (const [index, init] of list.entries())
        room.read(rawOf(WebcastGiftMessageSchema, { common: commonOf(String(index + 1)), ...init }));
      for (const gift of room.gifts()) {
        assert.ok(gift.count >= 0 && gift.count <= 100_000);
        assert.equal(gift.diamonds, gift.count * gift.gift.price);
        assert.ok(gift.diamonds <= 10_000_000);
        assert.ok(gift.user.id !== '' && gift.gift.id !== '');
      }
      room.assertCountersAddUp();
    }),
  );
});
