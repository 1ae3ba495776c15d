import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Normalized, only } from '../../test/support/normalized.ts';
import { commonOf, messageTime, rawOf } from '../../test/support/webcast-messages.ts';
import type { BattleItemEvent } from '../protocol/events.ts';
import {
  WebcastLinkMicBattleItemCardSchema,
  WebcastLinkmicBattleTaskMessageSchema,
} from '../protocol/webcast/webcast_pb.ts';

const seconds = String(Math.floor(messageTime / 1000));
const sendUser = { user: { userId: '42', nickname: 'Hanna' } };

type CardInit = MessageInitShape<typeof WebcastLinkMicBattleItemCardSchema>;

function readItem(init: CardInit): BattleItemEvent {
  const raw = rawOf(WebcastLinkMicBattleItemCardSchema, { common: commonOf('1'), battleId: '77', ...init } as CardInit);
  const event = only(new Normalized().readOne(raw).events);
  assert.ok(event.kind === 'battle' && event.change === 'item');
  return event;
}

test('a glove says who played it, for whom, for how long and what it may multiply', () => {
  const cardInfo = { sendTimeSec: seconds, sendUser, effectLastDuration: '30', multipleOrAnchor: '5' };
  assert.deepEqual(readItem({ msgType: 2, useCriticalStrikeCard: { anchorId: '9', cardInfo } }), {
    kind: 'battle',
    id: '1',
    at: messageTime,
    change: 'item',
    battleId: '77',
    item: 'glove',
    userId: '42',
    anchorId: '9',
    startAt: messageTime,
    durationSec: 30,
    multiplier: 5,
    state: null,
  });
});

const card = {
  anchorId: '9',
  cardInfo: { sendTimeSec: seconds, sendUser, effectLastDuration: '20', multipleOrAnchor: '9' },
};
const booster = {
  anchorId: '9',
  cardInfo: { common: { sendTimeSec: seconds, sendUser, effectLastDuration: '20' }, multiple: '4' },
};
const extra = { anchorId: '9', cardInfo: { sendTimeSec: seconds, sendUser, extraDurationSec: '20' } };

const cards: [CardInit, string, number][] = [
  [{ msgType: 3, useSmokeCard: card }, 'mist', 1],
  [{ msgType: 5, useExtraTimeCard: extra }, 'extra-time', 1],
  [{ msgType: 7, usePotionCard: card }, 'potion', 1],
  [{ msgType: 8, useWaveCard: card }, 'wave', 1],
  [{ msgType: 10, useTop2Card: booster }, 'top2', 2],
  [{ msgType: 11, useTop3Card: booster }, 'top3', 3],
  [{ msgType: 12, useVaultGloveCard: booster }, 'vault-glove', 4],
  [{ msgType: 6, useSpecialEffectCard: card }, 'other', 1],
];

for (const [init, item, multiplier] of cards) {
  test(`a played card is read by what it holds: ${item}`, () => {
    const event = readItem(init);
    assert.deepEqual(
      [event.item, event.multiplier, event.durationSec, event.userId, event.anchorId, event.startAt],
      [item, multiplier, 20, '42', '9', messageTime],
    );
  });
}

test('a card without its content still names the item, and one that nobody played is ignored', () => {
  assert.deepEqual([readItem({ useSmokeCard: {} }).item, readItem({ useSmokeCard: {} }).startAt], ['mist', 0]);
  const notice = rawOf(WebcastLinkMicBattleItemCardSchema, { common: commonOf('1'), battleId: '77', msgType: 4 });
  assert.equal(new Normalized().read(notice), 'ignored');
});

type TaskInit = MessageInitShape<typeof WebcastLinkmicBattleTaskMessageSchema>;

const tasks: [TaskInit, string, number, string, string][] = [
  [{ taskMessageType: 0 }, 'start', 0, 'unknown', ''],
  [{ taskMessageType: 1, taskUpdate: { progress: '6', fromUserId: '42' } }, 'progress', 6, 'unknown', '42'],
  [{ taskMessageType: 2, taskSettle: {} }, 'settled', 0, 'succeeded', ''],
  [{ taskMessageType: 2, taskSettle: { result: 1 } }, 'settled', 0, 'failed', ''],
  [{ taskMessageType: 2, taskSettle: { result: 2 } }, 'settled', 0, 'succeeded', ''],
  [{ taskMessageType: 2 }, 'settled', 0, 'unknown', ''],
  [{ taskMessageType: 3 }, 'reward', 0, 'unknown', ''],
];

for (const [init, step, progress, result, userId] of tasks) {
  test(`a speed challenge: ${step}, ${result}`, () => {
    const raw = rawOf(WebcastLinkmicBattleTaskMessageSchema, { common: commonOf('1'), ...init } as TaskInit);
    assert.deepEqual(only(new Normalized().readOne(raw).events), {
      kind: 'battle',
      id: '1',
      at: messageTime,
      change: 'task',
      battleId: '',
      step,
      progress,
      result,
      userId,
      state: null,
    });
  });
}

test('a step of a challenge that a later schema adds is ignored', () => {
  const raw = rawOf(WebcastLinkmicBattleTaskMessageSchema, { common: commonOf('1'), taskMessageType: 9 });
  assert.equal(new Normalized().read(raw), 'ignored');
});
