import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import fc from 'fast-check';
import { envelopeDisplay } from '../../protocol/webcast/values.ts';
import {
  WebcastControlMessageSchema,
  WebcastEnvelopeMessageSchema,
  WebcastGiftMessageSchema,
  WebcastLikeMessageSchema,
  WebcastLinkMicArmiesSchema,
  WebcastLinkMicBattleSchema,
  WebcastQuestionNewMessageSchema,
  WebcastRoomUserSeqMessageSchema,
  WebcastSocialMessageSchema,
} from '../../protocol/webcast/webcast_pb.ts';
import { messageOfEvent, messageOfType } from './webcast-json.ts';
import type { JsonReading } from './webcast-json.ts';

const receivedAt = 1_777_000_000_123;

function read<Shape extends Message>(schema: GenMessage<Shape>, reading: JsonReading): Shape {
  assert.ok(reading.kind === 'message', JSON.stringify(reading));
  return fromBinary(schema, reading.raw.payload);
}

const nested = {
  common: {
    method: 'WebcastGiftMessage',
    msgId: '7269289173839497990',
    roomId: '7300000000000000001',
    createTime: '1777000000000',
  },
  giftId: '5655',
  fanTicketCount: 2,
  repeatCount: 7,
  repeatEnd: 0,
  groupId: '1776999999000',
};

/** The same gift by the names of three generations, and flat as TikFinity sends it. */
const gifts = [
  {
    ...nested,
    user: {
      id: '6900000000000000778',
      nickname: 'Ana',
      displayId: 'ana.live',
      avatarThumb: { urlList: ['https://a.invalid/1'] },
    },
    gift: { id: '5655', name: 'Rose', type: 1, diamondCount: 1, combo: true },
  },
  {
    ...nested,
    giftId: 5655,
    user: {
      userId: '6900000000000000778',
      nickname: 'Ana',
      uniqueId: 'ana.live',
      profilePicture: { urls: ['https://a.invalid/1'] },
    },
    giftDetails: { id: '5655', giftName: 'Rose', giftType: 1, diamondCount: 1, combo: true },
  },
  {
    msgId: '7269289173839497990',
    roomId: '7300000000000000001',
    createTime: '1777000000000',
    fanTicketCount: 2,
    userId: '6900000000000000778',
    nickname: 'Ana',
    uniqueId: 'ana.live',
    profilePictureUrl: 'https://a.invalid/1',
    giftId: 5655,
    giftName: 'Rose',
    giftType: 1,
    diamondCount: 1,
    combo: true,
    repeatCount: 7,
    repeatEnd: false,
    groupId: '1776999999000',
  },
];

test('a gift is the same gift by the names of every generation', () => {
  const [first, ...others] = gifts.map((data) =>
    read(WebcastGiftMessageSchema, messageOfType('WebcastGiftMessage', data, receivedAt)),
  );
  assert.equal(first?.user?.displayId, 'ana.live');
  assert.equal(first.user.avatarThumb?.urlList[0], 'https://a.invalid/1');
  assert.deepEqual([first.gift?.name, first.gift?.diamondCount, first.gift?.type], ['Rose', 1, 1]);
  assert.deepEqual(
    [first.repeatCount, first.groupId, first.fanTicketCount, first.common?.msgId],
    [7, '1776999999000', 2, '7269289173839497990'],
  );
  for (const other of others) {
    const facts = ({ user, gift, repeatCount, repeatEnd, groupId, giftId, common }: typeof other) => ({
      user,
      gift,
      repeatCount,
      repeatEnd,
      groupId,
      giftId,
      common,
    });
    assert.deepEqual(facts(other), facts(first));
  }
});

test('the id of the message is the envelope id, with all of its digits', () => {
  for (const data of gifts) {
    const reading = messageOfType('WebcastGiftMessage', data, receivedAt);
    assert.ok(reading.kind === 'message');
    assert.equal(reading.raw.msgId, '7269289173839497990');
  }
  const rounded = messageOfType('WebcastGiftMessage', { msgId: 2 ** 62 }, receivedAt);
  assert.ok(rounded.kind === 'message');
  assert.equal(rounded.raw.msgId, '', 'an id that lost digits is none');
});

test('an end mark may be 1 or true', () => {
  for (const repeatEnd of [1, '1', true]) {
    assert.equal(
      read(WebcastGiftMessageSchema, messageOfType('WebcastGiftMessage', { ...gifts[1], repeatEnd }, receivedAt))
        .repeatEnd,
      1,
    );
  }
});

test('what has no time of its own has the time of its arrival, so that equal gifts are not one gift', () => {
  const { common } = read(WebcastGiftMessageSchema, messageOfEvent('gift', { userId: '1', giftId: 5655 }, receivedAt));
  assert.equal(common?.createTime, String(receivedAt));
  assert.equal(common.method, 'WebcastGiftMessage');
});

test('maps of battles are read as objects and as lists of entries', () => {
  const asObject = {
    battleId: '9',
    action: 4,
    anchorInfo: { 11: { user: { userId: '11', nickName: 'A', displayId: 'a' } } },
    battleCombos: { 11: { comboCount: '8' } },
  };
  const asList = {
    battle_id: '9',
    action: 4,
    anchorsInfo: [{ key: '11', value: { user: { userId: '11', nickName: 'A', displayId: 'a' } } }],
    battleComboV2: { 11: { comboCount: '8' } },
  };
  for (const data of [asObject, asList]) {
    const battle = read(WebcastLinkMicBattleSchema, messageOfType('WebcastLinkMicBattle', data, receivedAt));
    assert.equal(battle.anchorsInfo[0]?.key, '11');
    assert.equal(battle.anchorsInfo[0].value?.user?.nickname, 'A');
    assert.equal(battle.battleCombo[0]?.value?.comboCount, '8');
  }
});

test('an absent result of a battle stays absent, and a told win is told', () => {
  const result = (value: object) =>
    read(WebcastLinkMicBattleSchema, messageOfType('WebcastLinkMicBattle', { battleResult: { 11: value } }, receivedAt))
      .battleResult[0]?.value;
  assert.equal(Object.hasOwn(result({ score: '5' }) ?? {}, 'result'), false);
  assert.equal(Object.hasOwn(result({ score: '5', result: 0 }) ?? {}, 'result'), true);
});

test('scores are read by the names of v2 and v3', () => {
  for (const data of [
    { armies: { 11: { hostScore: '70', userArmy: [{ userId: '5', score: 70 }] } }, scoreUpdateTime: '123' },
    { armies: { 11: { hostscore: '70', userArmies: [{ userId: '5', score: '70' }] } }, updateBattleScoreTime: '123' },
  ]) {
    const armies = read(WebcastLinkMicArmiesSchema, messageOfType('WebcastLinkMicArmies', data, receivedAt));
    assert.deepEqual(
      [armies.armies[0]?.value?.hostScore, armies.armies[0]?.value?.userArmies[0]?.score, armies.updateBattleScoreTime],
      ['70', '70', '123'],
    );
  }
});

test('flat events of TikFinity are read: likes, viewers, follows, shares, the end', () => {
  const like = read(
    WebcastLikeMessageSchema,
    messageOfEvent('like', { userId: '1', likeCount: 15, totalLikeCount: 4_000 }, receivedAt),
  );
  assert.deepEqual([like.user?.id, like.count, like.total], ['1', 15, '4000']);
  const viewers = read(
    WebcastRoomUserSeqMessageSchema,
    messageOfEvent(
      'roomUser',
      { viewerCount: 321, topViewers: [{ user: { userId: '1', uniqueId: 'a' }, coinCount: 50 }] },
      receivedAt,
    ),
  );
  assert.deepEqual([viewers.total, viewers.ranks[0]?.score, viewers.ranks[0]?.user?.displayId], ['321', '50', 'a']);
  const action = (event: string) =>
    read(WebcastSocialMessageSchema, messageOfEvent(event, { userId: '1' }, receivedAt)).action;
  assert.deepEqual([action('follow'), action('share')], ['1', '3']);
  assert.equal(read(WebcastControlMessageSchema, messageOfEvent('streamEnd', {}, receivedAt)).action, 3);
});

test('questions and treasure boxes are read flat, as the old connectors tell them, and nested', () => {
  const user = { userId: '1', uniqueId: 'a', nickname: 'A' };
  for (const data of [{ ...user, questionText: 'Why?' }, { details: { user, content: 'Why?' } }]) {
    const { data: question } = read(WebcastQuestionNewMessageSchema, messageOfEvent('questionNew', data, receivedAt));
    assert.deepEqual([question?.content, question?.user?.id, question?.user?.displayId], ['Why?', '1', 'a']);
  }
  const box = { coins: 20, canOpen: 5, ...user };
  for (const data of [box, { treasureBoxData: box }]) {
    const envelope = read(WebcastEnvelopeMessageSchema, messageOfEvent('envelope', data, receivedAt));
    const { diamondCount, peopleCount, sendUserId, sendUserName } = envelope.envelopeInfo ?? {};
    assert.deepEqual(
      [envelope.display, diamondCount, peopleCount, sendUserId, sendUserName],
      [envelopeDisplay.new, 20, 5, '1', 'A'],
    );
  }
  const hidden = messageOfEvent('envelope', { ...box, display: envelopeDisplay.hide }, receivedAt);
  assert.equal(read(WebcastEnvelopeMessageSchema, hidden).display, envelopeDisplay.hide);
});

test('an unknown method is passed on without a body, an unknown event is told', () => {
  const strange = messageOfType('WebcastFromTheFuture', { a: 1 }, receivedAt);
  assert.ok(strange.kind === 'message');
  assert.equal(strange.raw.payload.length, 0);
  for (const event of ['lottery', 'toString', '__proto__', 'constructor'])
    assert.equal(messageOfEvent(event, {}, receivedAt).kind, 'unreadable');
  for (const data of [null, 7, [], 'x'])
    assert.equal(messageOfType('WebcastGiftMessage', data, receivedAt).kind, 'unreadable');
});

test('whatever JSON comes, reading it never throws', () => {
  const names = [
    'user',
    'gift',
    'common',
    'giftDetails',
    'userId',
    'avatarThumb',
    'armies',
    'ranks',
    'repeatCount',
    'msgId',
    'battleResult',
    '__proto__',
  ];
  const value = fc.jsonValue({ maxDepth: 4 });
  const object = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 5 })), value, {
    maxKeys: 12,
  });
  fc.assert(
    fc.property(
      fc.constantFrom(
        'WebcastGiftMessage',
        'WebcastLinkMicBattle',
        'WebcastLinkMicArmies',
        'WebcastRoomUserSeqMessage',
      ),
      object,
      (method, data) => {
        const reading = messageOfType(method, data, receivedAt);
        assert.equal(reading.kind, 'message');
      },
    ),
    { numRuns: 1_500 },
  );
});

test('depth and lists are bounded', () => {
  let deep: unknown = {};
  for (let depth = 0; depth < 5_000; depth++) deep = { user: deep, value: deep };
  assert.equal(messageOfType('WebcastRoomUserSeqMessage', { ranks: [deep] }, receivedAt).kind, 'message');
  const many = Array.from({ length: 50_000 }, (_, index) => ({ score: index }));
  const { ranks } = read(
    WebcastRoomUserSeqMessageSchema,
    messageOfType('WebcastRoomUserSeqMessage', { ranks: many }, receivedAt),
  );
  assert.equal(ranks.length, 1_000);
});
