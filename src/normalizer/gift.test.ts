import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Normalized, only } from '../../test/support/normalized.ts';
import { giftOf, hostId, messageTime, viewer, type GiftFacts } from '../../test/support/webcast-messages.ts';
import type { GiftEvent, MeksEvent } from '../protocol/events.ts';
import type { RawMessage } from '../protocol/raw.ts';
import type { NormalizerCounter } from './counters.ts';

function asGift(event: MeksEvent): GiftEvent {
  assert.ok(event.kind === 'gift');
  return event;
}

/** Counts and open flags of the gift events of these messages, in order. */
function steps(room: Normalized, messages: readonly RawMessage[]): [number, boolean | null][] {
  for (const message of messages) room.read(message);
  return room.gifts().map((gift) => [gift.count, gift.streak === null ? null : gift.streak.open]);
}

test('a gift event says who gave what, how many, and what that adds', () => {
  const room = new Normalized();
  const { outcome, events } = room.readOne(
    giftOf({ msgId: '7400000000000001234', giftId: '5487', price: 5, total: 1 }),
  );
  assert.equal(outcome, 'events');
  assert.deepEqual(only(events), {
    kind: 'gift',
    id: '7400000000000001234',
    at: messageTime,
    user: {
      id: '6900000000000000777',
      handle: 'viewer.6900000000000000777',
      name: 'Viewer 6900000000000000777',
      avatar: 'https://pictures.example/6900000000000000777.webp',
    },
    gift: { id: '5487', name: 'Gift 5487', price: 5, type: 1 },
    count: 1,
    diamonds: 5,
    streak: { group: '1780000000500', total: 1, open: true, joined: false },
    receiver: '',
    multiplier: 1,
    standing: null,
    battle: null,
  });
});

test('a streak counts what each running total adds, and its end mark adds nothing', () => {
  const room = new Normalized();
  const messages = [1, 3, 7].map((total) =>
    giftOf({ msgId: `1${total}`, total, price: 10, fan: total === 1 ? 10 : 20 }),
  );
  assert.deepEqual(steps(room, [...messages, giftOf({ msgId: '99', total: 7, price: 10, end: true })]), [
    [1, true],
    [2, true],
    [4, true],
    [0, false],
  ]);
  assert.equal(room.diamonds, 70);
  assert.equal(room.normalizer.streaksOpen, 0);
  room.assertCountersAddUp();
});

test('an end mark with a higher total than the last tick counts what was missed', () => {
  const room = new Normalized();
  assert.deepEqual(steps(room, [giftOf({ msgId: '1' }), giftOf({ msgId: '2', total: 4, end: true })]), [
    [1, true],
    [3, false],
  ]);
  assert.equal(room.normalizer.counters.get('alarmMissedTicks'), 1);
});

test('a tick after the end counts only what it adds, and does not open the streak again', () => {
  const room = new Normalized();
  const messages = [giftOf({ msgId: '1' }), giftOf({ msgId: '2', end: true }), giftOf({ msgId: '3', total: 2 })];
  assert.deepEqual(steps(room, messages), [
    [1, true],
    [0, false],
    [1, false],
  ]);
  assert.equal(room.read(giftOf({ msgId: '4', total: 2 })), 'duplicate');
  assert.equal(room.diamonds, 2);
});

test('joined in the middle, only what was seen is counted: an earlier tick that comes later still counts', () => {
  const room = new Normalized();
  const first = asGift(only(room.readOne(giftOf({ msgId: '1', total: 10 })).events));
  assert.deepEqual([first.count, first.streak?.joined], [1, true]);
  assert.equal(room.normalizer.counters.get('alarmJoined'), 1);
  assert.equal(asGift(only(room.readOne(giftOf({ msgId: '2', total: 9 })).events)).count, 1);
  assert.equal(asGift(only(room.readOne(giftOf({ msgId: '3', total: 12 })).events)).count, 2);
  assert.equal(room.diamonds, 4);
});

test('the end mark of a streak never seen counts nothing, and its tick that comes later does', () => {
  const room = new Normalized();
  const end = asGift(only(room.readOne(giftOf({ msgId: '1', total: 1, end: true })).events));
  assert.deepEqual([end.count, end.streak?.open], [0, false]);
  assert.equal(room.normalizer.counters.get('alarmEndWithoutStart'), 1);
  const tick = asGift(only(room.readOne(giftOf({ msgId: '2', total: 1 })).events));
  assert.deepEqual([tick.count, tick.streak?.joined], [1, false]);
  assert.equal(room.diamonds, 1);
});

test('a gift without a group counts once per message, whatever its end mark says', () => {
  const room = new Normalized();
  for (const [index, end] of [true, false, true].entries())
    room.read(giftOf({ msgId: `${index}1`, giftId: '7934', group: '0', fan: 1, end }));
  room.read(giftOf({ msgId: '91', giftId: '5660', price: 100, group: '0', total: 5, fan: 500 }));
  assert.deepEqual(
    room.gifts().map((gift) => [gift.count, gift.diamonds, gift.streak]),
    [
      [1, 1, null],
      [1, 1, null],
      [1, 1, null],
      [5, 500, null],
    ],
  );
});

test('the same viewer may have streaks of two gifts, and two viewers the same group', () => {
  const room = new Normalized();
  room.read(giftOf({ msgId: '1', total: 2, giftId: '5655', fan: 2 }));
  room.read(giftOf({ msgId: '2', total: 3, giftId: '6064', fan: 3 }));
  room.read(giftOf({ msgId: '3', total: 4, giftId: '5655', userId: '42', fan: 4 }));
  assert.equal(room.diamonds, 9);
  assert.equal(room.normalizer.streaksOpen, 3);
});

test('a streak that falls silent is settled once, and a later tick opens it again for what it adds', () => {
  const room = new Normalized({ streakSilenceMs: 10_000, streakKeptMs: 60_000 });
  room.read(giftOf({ msgId: '1', total: 1 }));
  room.clock.advance(9_999);
  assert.deepEqual(room.expire(), []);
  room.clock.advance(1);
  const settled = asGift(only(room.expire()));
  assert.deepEqual([settled.count, settled.diamonds, settled.streak?.open], [0, 0, false]);
  assert.deepEqual(room.expire(), []);
  const late = asGift(only(room.readOne(giftOf({ msgId: '2', total: 3 })).events));
  assert.deepEqual([late.count, late.streak?.open], [2, true]);
  room.clock.advance(10_000);
  assert.equal(only(room.expire()).kind, 'gift');
  room.assertCountersAddUp();
});

test('a tick that was lost and healed counts nothing when a backlog brings it, ten minutes after the end', () => {
  const room = new Normalized();
  const late = giftOf({ msgId: '2', total: 2 });
  room.read(giftOf({ msgId: '1', total: 1 }));
  room.read(giftOf({ msgId: '3', total: 3 }));
  room.read(giftOf({ msgId: '4', total: 3, end: true }));
  for (let second = 0; second < 600; second++) {
    room.clock.advance(1_000);
    room.expire();
  }
  assert.equal(room.read({ ...late, history: true }), 'duplicate');
  assert.equal(room.diamonds, 3);
});

test('an overtaken tick keeps an open streak open and does not wake a settled one', () => {
  const room = new Normalized({ streakSilenceMs: 10_000 });
  room.read(giftOf({ msgId: '1', total: 1 }));
  room.read(giftOf({ msgId: '2', total: 3 }));
  room.clock.advance(9_000);
  assert.equal(room.read(giftOf({ msgId: '3', total: 2 })), 'duplicate');
  room.clock.advance(9_000);
  assert.deepEqual(room.expire(), []);
  room.clock.advance(1_000);
  assert.equal(room.expire().length, 1);
  assert.equal(room.read(giftOf({ msgId: '4', total: 3, fan: 1 })), 'duplicate');
  assert.equal(room.normalizer.streaksOpen, 0);
});

test('a full table of streaks forgets settled ones, then settles the longest silent one', () => {
  const room = new Normalized({ streaksMax: 2 });
  room.read(giftOf({ msgId: '1', userId: '1' }));
  room.read(giftOf({ msgId: '2', userId: '2' }));
  room.read(giftOf({ msgId: '3', userId: '2', end: true }));
  const third = room.readOne(giftOf({ msgId: '4', userId: '3' })).events;
  assert.equal(third.length, 1, 'the settled one went silently');
  const fourth = room.readOne(giftOf({ msgId: '5', userId: '4' })).events.map(asGift);
  assert.deepEqual(
    fourth.map((gift) => [gift.user.id, gift.count, gift.streak?.open]),
    [
      ['1', 0, false],
      ['4', 1, true],
    ],
  );
  assert.equal(room.normalizer.counters.get('streaksSettled'), 1);
  room.assertCountersAddUp();
});

test('who received it is named where it is not the host', () => {
  const room = new Normalized();
  const receivers = [
    giftOf({ msgId: '1' }),
    giftOf({ msgId: '2', total: 2 }, { toUser: viewer('555') }),
    giftOf({ msgId: '3', total: 3 }, { monitorInfo: { anchorId: hostId, toUserId: '666' } }),
    giftOf({ msgId: '4', total: 4 }, { toUser: viewer(hostId) }),
  ].map((raw) => asGift(only(room.readOne(raw).events)).receiver);
  assert.deepEqual(receivers, ['', '555', '666', '']);
});

test('a multiplier of match points is told and never multiplies diamonds', () => {
  const room = new Normalized();
  const told = asGift(
    only(room.readOne(giftOf({ msgId: '1' }, { matchInfo: { multiplierType: 2, multiplierValue: '3' } })).events),
  );
  assert.deepEqual([told.multiplier, told.diamonds], [3, 1]);
  const absurd = giftOf({ msgId: '2', total: 2 }, { matchInfo: { multiplierValue: '9000000000' } });
  assert.equal(asGift(only(room.readOne(absurd).events)).multiplier, 1);
});

test('a type of gift that cannot be is told as unknown', () => {
  const room = new Normalized();
  const raw = giftOf({ msgId: '1' }, { gift: { id: '5655', type: -1, diamondCount: 1, name: 'Rose' } });
  assert.equal(asGift(only(room.readOne(raw).events)).gift.type, 0);
  assert.equal(room.normalizer.counters.get('clamped'), 1);
});

test('a gift without its description is priced by its streak, or by its own diamonds', () => {
  const room = new Normalized();
  room.read(giftOf({ msgId: '1', price: 10 }));
  const second = asGift(only(room.readOne(giftOf({ msgId: '2', total: 2, fan: 10 }, { gift: undefined })).events));
  assert.deepEqual([second.diamonds, second.gift.name], [10, 'Gift 5655']);
  const whole = giftOf({ msgId: '3', group: '0', total: 2, fan: 60 }, { gift: undefined });
  assert.deepEqual(asGift(only(room.readOne(whole).events)).gift, { id: '5655', name: '', price: 30, type: 0 });
  const priceless = giftOf({ msgId: '4', group: '0', fan: 0 }, { gift: undefined });
  assert.equal(asGift(only(room.readOne(priceless).events)).diamonds, 0);
  assert.equal(room.normalizer.counters.get('alarmPriceUnknown'), 1);
});

test('the diamonds of a first tick that jumped are no price for the ticks that follow', () => {
  const nothing = { gift: undefined };
  const ticks = (...facts: readonly { total: number; fan: number; price?: number }[]): GiftEvent[] => {
    const room = new Normalized();
    return facts.map(({ price, ...told }, index) =>
      asGift(
        only(room.readOne(giftOf({ msgId: `${index + 1}`, ...told, price: price ?? 0 }, price ? {} : nothing)).events),
      ),
    );
  };
  const diamonds = (gifts: readonly GiftEvent[]): number[] => gifts.map((gift) => gift.diamonds);
  // Five gifts at once, then one; then two at once.
  assert.deepEqual(diamonds(ticks({ total: 5, fan: 50 }, { total: 6, fan: 10 }, { total: 8, fan: 20 })), [50, 10, 20]);
  // Jumps alone: each as its own diamonds say.
  assert.deepEqual(
    diamonds(ticks({ total: 5, fan: 50 }, { total: 10, fan: 50 }, { total: 13, fan: 30 })),
    [50, 50, 30],
  );
  // The first was one gift: what follows agrees, and ticks that were lost are counted at that price.
  assert.deepEqual(diamonds(ticks({ total: 5, fan: 10 }, { total: 6, fan: 10 }, { total: 9, fan: 10 })), [10, 10, 30]);
  // A price that is listed is the price.
  assert.deepEqual(diamonds(ticks({ total: 5, fan: 50, price: 10 }, { total: 6, fan: 7 })), [50, 10]);
});

const alarms: [string, NormalizerCounter | null, GiftFacts[]][] = [
  ['a streak in order', null, [{ msgId: '1' }, { msgId: '2', total: 2 }, { msgId: '3', total: 2, end: true }]],
  ['a jump that says so', null, [{ msgId: '1' }, { msgId: '2', total: 4, fan: 3 }]],
  ['a jump that does not', 'alarmMissedTicks', [{ msgId: '1' }, { msgId: '2', total: 4, fan: 1 }]],
  ['a lower total', 'alarmOutOfOrder', [{ msgId: '1' }, { msgId: '2', total: 2 }, { msgId: '3', total: 1 }]],
  ['a first tick in the middle', 'alarmJoined', [{ msgId: '1', total: 8 }]],
  ['an end without a start', 'alarmEndWithoutStart', [{ msgId: '1', total: 8, end: true }]],
  ['diamonds that are no multiple of the price', 'alarmPriceMismatch', [{ msgId: '1', price: 10, fan: 7 }]],
  ['more diamonds than gifts', 'alarmPriceMismatch', [{ msgId: '1', price: 10, fan: 20 }]],
  ['a tick without its diamonds', 'alarmFanTicketMissing', [{ msgId: '1', fan: 0 }]],
  ['a whole gift that agrees', null, [{ msgId: '1', group: '0', price: 99 }]],
  ['a whole gift that does not', 'alarmPriceMismatch', [{ msgId: '1', group: '0', price: 99, fan: 98 }]],
];

for (const [what, alarm, facts] of alarms) {
  test(`${what}: ${alarm ?? 'no alarm'}`, () => {
    const room = new Normalized();
    for (const fact of facts) room.read(giftOf(fact));
    const counted = room.normalizer.counters.read();
    const raised = Object.entries(counted).filter(([name, count]) => name.startsWith('alarm') && count > 0);
    assert.deepEqual(raised, alarm === null ? [] : [[alarm, 1]]);
  });
}

const refused: [string, RawMessage][] = [
  ['count-absurd', giftOf({ msgId: '1', total: 2 ** 31 - 1 })],
  ['count-absurd', giftOf({ msgId: '1', total: -1 })],
  ['count-absurd', giftOf({ msgId: '1', total: 100_001, group: '0' })],
  ['price-absurd', giftOf({ msgId: '1', price: 2 ** 31 - 1, fan: 1 })],
  ['price-absurd', giftOf({ msgId: '1', price: -5, fan: 1 })],
  ['value-absurd', giftOf({ msgId: '1', price: 44_999, total: 300, group: '0' })],
  ['value-absurd', giftOf({ msgId: '1', price: 44_999, total: 300, fan: 300 * 44_999 })],
  ['user-missing', giftOf({ msgId: '1' }, { user: undefined })],
  ['user-missing', giftOf({ msgId: '1', userId: '0' })],
  ['gift-missing', giftOf({ msgId: '1' }, { gift: undefined, giftId: '0' })],
  ['count-missing', giftOf({ msgId: '1', total: 0 })],
  ['count-missing', giftOf({ msgId: '1', total: 0, fan: 0, group: '0' })],
];

for (const [reason, raw] of refused) {
  test(`a gift is quarantined by reason ${reason}, and does not reach the board`, () => {
    const room = new Normalized();
    assert.equal(room.read(raw), 'quarantined');
    assert.deepEqual(room.events, []);
    assert.deepEqual(room.normalizer.quarantine.countByReason(), { [reason]: 1 });
    assert.deepEqual(room.normalizer.quarantine.entries[0]?.payload, raw.payload);
    assert.equal(room.normalizer.streaksOpen, 0);
    room.assertCountersAddUp();
  });
}

test('an absurd message does not spoil the streak that it claims to belong to', () => {
  const room = new Normalized();
  room.read(giftOf({ msgId: '1', total: 1 }));
  assert.equal(room.read(giftOf({ msgId: '2', total: 2 ** 31 - 1 })), 'quarantined');
  room.read(giftOf({ msgId: '3', total: 2 }));
  assert.equal(room.diamonds, 2);
});

/** A streak as it was sent: running totals, each with what it adds; then perhaps its end. */
const sentStreak = fc
  .record({
    userId: fc.integer({ min: 1, max: 3 }).map(String),
    group: fc.integer({ min: 1, max: 4 }).map(String),
    steps: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 }),
    price: fc.constantFrom(1, 5, 99),
  })
  .map(({ userId, group, steps, price }) => {
    let total = 0;
    const giftId = String(5000 + price);
    const ticks = steps.map((step): GiftFacts => {
      total += step;
      return { msgId: '', userId, group, giftId, price, total, fan: step * price };
    });
    return { key: `${userId}|${giftId}|${group}`, ticks, end: { ...ticks.at(-1)!, fan: 0, end: true }, price, total };
  });

const sentStreaks = fc.uniqueArray(sentStreak, { selector: (streak) => streak.key, maxLength: 8 });

/** Numbers messages in the order in which they were sent. */
function numbered(facts: readonly GiftFacts[]): RawMessage[] {
  return facts.map((fact, index) => giftOf({ ...fact, msgId: String(index + 1) }));
}

test('streaks come to the same diamonds in any order, doubled, and without their ends', () => {
  fc.assert(
    fc.property(sentStreaks, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (streaks, chances) => {
      const chance = (): number => chances.next().value as number;
      const wanted = streaks.reduce((sum, streak) => sum + streak.total * streak.price, 0);
      const sent = numbered(streaks.flatMap(({ ticks, end }) => (chance() < 0.3 ? ticks : [...ticks, end])));
      const doubled = sent.flatMap((raw) => (chance() < 0.5 ? [raw, raw] : [raw]));
      const shuffled = doubled
        .map((raw) => ({ raw, place: chance() }))
        .sort((a, b) => a.place - b.place)
        .map(({ raw }) => raw);
      const room = new Normalized();
      for (const raw of shuffled) room.read(raw);
      assert.equal(room.diamonds, wanted);
      room.assertCountersAddUp();
    }),
  );
});

/** The oracle: highest total less lowest start, over the messages that came, by streak. */
function oracle(facts: readonly GiftFacts[]): number {
  const spans = new Map<string, { high: number; low: number; price: number }>();
  for (const { userId, giftId, group, total = 1, fan = 0, price = 1 } of facts) {
    const key = `${userId}|${giftId}|${group}`;
    const span = spans.get(key) ?? { high: 0, low: Number.POSITIVE_INFINITY, price };
    span.high = Math.max(span.high, total);
    span.low = Math.min(span.low, total - fan / price);
    spans.set(key, span);
  }
  return [...spans.values()].reduce((sum, { high, low, price }) => sum + (high - low) * price, 0);
}

test('whatever part of the streaks arrives, in whatever order, the diamonds are those of the oracle', () => {
  const arrivals = sentStreaks.chain((streaks) =>
    fc.shuffledSubarray(streaks.flatMap(({ ticks, end }) => [...ticks, end])),
  );
  fc.assert(
    fc.property(arrivals, (facts) => {
      const room = new Normalized();
      for (const raw of numbered(facts)) room.read(raw);
      assert.equal(room.diamonds, oracle(facts));
      for (const gift of room.gifts()) assert.ok(gift.count >= 0, 'nothing is ever taken back');
    }),
  );
});

test('streaks that settled push no message out of what is remembered over a restart', () => {
  const before = new Normalized();
  before.read(giftOf({ msgId: '1', group: '0' }));
  for (let streak = 2; streak <= 10; streak++) before.read(giftOf({ msgId: String(streak), group: `90${streak}` }));
  before.clock.advance(10_000);
  assert.equal(before.expire().length, 9);
  const after = new Normalized({ idsMax: 12 });
  for (const event of before.events) after.normalizer.restore(event);
  assert.equal(after.read(giftOf({ msgId: '1', group: '0' })), 'duplicate');
});
