import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Normalized } from '../../test/support/normalized.ts';
import { giftOf, rawBytes } from '../../test/support/webcast-messages.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { Drift, type DriftAlarm } from './drift.ts';

const hourMs = 3_600_000;
const startAt = 1_790_000_000_000;

/** Of each kind of alarm, a message that raises it; `at` is when it comes. */
const signs: readonly [kind: DriftAlarm['kind'], sign: (at: number) => RawMessage][] = [
  ['method-unknown', (receivedAt) => rawBytes('WebcastGiftMessageV2', new Uint8Array(0), { receivedAt })],
  // The sender's nickname (7.3) as a number.
  [
    'method-changed',
    (receivedAt) => rawBytes('WebcastGiftMessage', Uint8Array.of(0x3a, 4, 8, 1, 0x18, 5), { receivedAt }),
  ],
  [
    'price-mismatch',
    (receivedAt) => giftOf({ msgId: `${receivedAt}`, group: '0', price: 99, fan: 98 }, {}, { receivedAt }),
  ],
];

/** A good message of that time. */
function good(receivedAt: number): RawMessage {
  return giftOf({ msgId: `${receivedAt}`, group: '0' }, {}, { receivedAt });
}

for (const [kind, sign] of signs)
  test(`an alarm goes when a room has gone on for an hour without another sign, and comes back with one: ${kind}`, () => {
    const room = new Normalized();
    const { drift } = room.normalizer;
    const told: DriftAlarm[] = [];
    drift.onAlarm = (alarm) => told.push(alarm);
    const open = (): unknown[] =>
      drift.alarms.map(({ kind: one, at, count, lastSeenAt }) => [one, at, count, lastSeenAt]);

    room.read(sign(startAt));
    room.read(sign(startAt + hourMs / 2));
    room.read(good(startAt + 1.5 * hourMs - 1));
    assert.deepEqual(open(), [[kind, startAt, 2, startAt + hourMs / 2]], 'the newest sign is less than an hour old');
    assert.equal(told.length, 1);

    room.read(good(startAt + 1.5 * hourMs));
    assert.deepEqual(open(), []);
    assert.deepEqual(
      drift.report().alarms.map((alarm) => [alarm.kind, alarm.open, alarm.count]),
      [[kind, false, 2]],
      'it stays in the report',
    );

    const againAt = startAt + 3 * hourMs;
    room.read(sign(againAt));
    assert.deepEqual(open(), [[kind, againAt, 1, againAt]]);
    assert.deepEqual(
      told.map(({ at }) => at),
      [startAt, againAt],
      'told again',
    );
    room.assertCountersAddUp();
  });

test('an alarm stays for as long as nothing comes at all, and a clock that leaps and comes back ends none', () => {
  const drift = new Drift();
  drift.heard(startAt);
  drift.mismatch('WebcastGiftMessage', '1', startAt);
  assert.equal(drift.alarms.length, 1);
  drift.heard(startAt + 30 * hourMs);
  assert.equal(drift.alarms.length, 0, 'the next LIVE shows no sign of it');
  drift.heard(startAt + hourMs);
  assert.equal(drift.mismatch('WebcastGiftMessage', '2', startAt + hourMs), true);
  assert.equal(drift.alarms.length, 1);
});

test('there are as many alarms as names, also when old ones come again', () => {
  const drift = new Drift(2);
  const raise = (method: string, at: number): boolean => {
    drift.heard(at);
    return drift.emptied(method, 15, at);
  };
  assert.deepEqual([raise('A', 1), raise('B', 2), raise('C', 3)], [true, true, false]);
  assert.deepEqual([raise('A', 2 * hourMs), raise('C', 2 * hourMs)], [true, false]);
  assert.deepEqual(
    drift.report().alarms.map(({ method, open }) => [method, open]),
    [
      ['B', false],
      ['A', true],
    ],
  );
});
