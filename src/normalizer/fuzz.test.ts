// Hostile bytes: good messages with bytes changed, cut, doubled, moved and spliced. Nothing throws, the counters add
// up, and no event breaks its bounds. Seeded; a failure prints the seed and the bytes, and FUZZ_SEED replays it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capturedMessages, webcastCapture } from '../../test/support/captured-messages.ts';
import { needsCapture } from '../../test/support/captures.ts';
import { assertBounds } from '../../test/support/event-bounds.ts';
import { mutate } from '../../test/support/mutation.ts';
import { Normalized } from '../../test/support/normalized.ts';
import { commonOf, giftOf, rawBytes, rawOf, realSizeGift, viewer } from '../../test/support/webcast-messages.ts';
import { seededRandom } from '../base/random.ts';
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
