// Hostile bytes: good messages with bytes changed, cut, doubled, moved and spliced. Nothing throws, the counters add
// up, and no event breaks its bounds. Seeded; a failure prints the seed and the bytes, and FUZZ_SEED replays it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capturedMessages, webcastCapture } from '../../test/support/captured-messages.ts';
import { needsCapture } from '../../test/support/captures.ts';
import { Normalized } from '../../test/support/normalized.ts';
import { commonOf, giftOf, rawBytes, rawOf, realSizeGift, viewer } from '../../test/support/webcast-messages.ts';
import { seededRandom, type Random } from '../base/random.ts';
import type { MeksEvent } from '../protocol/events.ts';
import type { RawMessage } from '../protocol/raw.ts';
import {
  WebcastChatMessageSchema,
  WebcastLinkMicArmiesSchema,
  WebcastLinkMicBattleSchema,
  WebcastRankUpdateMessageSchema,
  WebcastRoomUserSeqMessageSchema,
} from '../protocol/webcast/webcast_pb.ts';
import { handlingOf } from './handlers.ts';

const mutations = 20_000;
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_407);

function madeSeeds(): RawMessage[] {
  const user = viewer('42');
  return [
    giftOf({ msgId: '1', total: 3 }),
    realSizeGift({ msgId: '2' }),
    rawOf(WebcastChatMessageSchema, { common: commonOf('3'), user, content: 'hello \u{1F600}' }),
    rawOf(WebcastLinkMicBattleSchema, {
      common: commonOf('4'),
      battleId: '77',
      action: 5,
      battleSettings: { battleId: '77', duration: 301, status: 3, battleType: 1 },
      anchorsInfo: [{ key: '1', value: { user: { userId: '1', nickname: 'Anna' } } }],
      battleResult: [{ key: '1', value: { userId: '1', score: '9' } }],
      teamMember: [{ teamId: '1', userId: ['1', '2', '3'] }],
    }),
    rawOf(WebcastLinkMicArmiesSchema, {
      common: commonOf('5'),
      battleId: '77',
      armies: [{ key: '1', value: { hostScore: '5', userArmies: [{ userId: '42', score: '5', nickname: 'Bert' }] } }],
    }),
    rawOf(WebcastRankUpdateMessageSchema, { common: commonOf('6'), updates: [{ rankType: 1, ownRank: '4' }] }),
    rawOf(WebcastRoomUserSeqMessageSchema, { common: commonOf('7'), ranks: [{ score: '5', rank: '1', user }] }),
  ];
}

/** One to four changes, of the kinds that files and networks make and that enemies would. */
function mutate(payload: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(payload);
  for (let change = random.int(4); change >= 0; change--) {
    const at = random.int(bytes.length + 1);
    const length = random.int(20);
    switch (random.int(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.int(256);
        break;
      case 1:
        if (at < bytes.length) bytes[at]! ^= 1 << random.int(8);
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = join(bytes.subarray(0, at), bytes.subarray(at + length));
        break;
      case 4:
        bytes = join(bytes.subarray(0, at), other.subarray(random.int(other.length + 1)));
        break;
      case 5:
        bytes = join(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - length)));
        break;
      default:
        bytes = join(
          bytes.subarray(0, at),
          Uint8Array.from({ length }, () => 0xff),
          bytes.subarray(at),
        );
    }
  }
  return bytes;
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What every event keeps to, whatever it was made of. */
function assertBounds(event: MeksEvent): void {
  const text = JSON.stringify(event, (key, value: unknown) => {
    if (typeof value === 'number')
      assert.ok(Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER, `${key} ${value}`);
    if (typeof value === 'string') {
      assert.ok(value.length <= 2_000 && value.isWellFormed(), `${key} of ${value.length} characters`);
      assert.doesNotMatch(value, /[\u0000-\u001f\u202a-\u202e]/, key);
    }
    return value;
  });
  assert.ok(text.length <= 65_536, `an event of ${text.length} characters`);
  assert.notEqual(event.id, '');
  if (event.kind === 'gift') assert.equal(event.diamonds, event.count * event.gift.price);
}

function fuzz(seeds: readonly RawMessage[], count: number): Normalized {
  const random = seededRandom(seed);
  const room = new Normalized({ streaksMax: 50, idsMax: 500, quarantineMessagesMax: 20 });
  for (let round = 0; round < count; round++) {
    const chosen = random.pick(seeds);
    const payload = mutate(chosen.payload, random.pick(seeds).payload, random);
    try {
      const { events } = room.readOne(rawBytes(chosen.method, payload));
      for (const event of events) assertBounds(event);
      if (round % 100 === 0) {
        room.clock.advance(1_000);
        room.expire();
      }
    } catch (error) {
      const bytes = Buffer.from(payload).toString('base64');
      assert.fail(`FUZZ_SEED=${seed}, round ${round}, ${chosen.method} ${bytes}: ${String(error)}`);
    }
  }
  return room;
}

function assertBite(room: Normalized): void {
  const counted = room.normalizer.counters.read();
  assert.equal(counted.faults, 0);
  assert.equal(
    counted.messages,
    counted.understood + counted.duplicates + counted.ignored + counted.quarantined + counted.unknown,
  );
  assert.equal(counted.diamondsCounted, room.diamonds);
  assert.ok(counted.quarantined > 0 && counted.understood > 0, 'some survive and some do not');
  const reasons = room.normalizer.quarantine.countByReason();
  assert.ok((reasons.malformed ?? 0) > 0 && (reasons['type-changed'] ?? 0) > 0);
}

test(`${mutations} mutations of made messages: no crash, no event out of bounds, nothing uncounted`, () => {
  assertBite(fuzz(madeSeeds(), mutations));
});

test(
  `${mutations} mutations of recorded messages: no crash, no event out of bounds, nothing uncounted`,
  needsCapture(webcastCapture),
  () => {
    const read = capturedMessages().filter(({ raw }) => handlingOf(raw.method) !== undefined);
    assertBite(
      fuzz(
        read.map(({ raw }) => raw),
        mutations,
      ),
    );
  },
);

test('bytes that mean nothing at all are quarantined or an empty message', () => {
  const random = seededRandom(seed + 1);
  const room = new Normalized();
  const seeds = madeSeeds();
  for (let round = 0; round < 5_000; round++) {
    const { method } = random.pick(seeds);
    const payload = Uint8Array.from({ length: random.int(60) }, () => random.int(256));
    const { events } = room.readOne(rawBytes(method, payload));
    for (const event of events) assertBounds(event);
  }
  assert.equal(room.normalizer.counters.get('faults'), 0);
});
