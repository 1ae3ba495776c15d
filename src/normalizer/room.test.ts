import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Normalized, only } from '../../test/support/normalized.ts';
import { commonOf, giftOf, liveId, messageTime, rawOf, viewer } from '../../test/support/webcast-messages.ts';
import type { RawMessage } from '../protocol/raw.ts';
import {
  WebcastBarrageMessageSchema,
  WebcastControlMessageSchema,
  WebcastEnvelopeMessageSchema,
  WebcastGoalUpdateMessageSchema,
  WebcastHourlyRankRewardMessageSchema,
  WebcastImEnterRoomMessageSchema,
  WebcastLiveIntroMessageSchema,
  WebcastQuestionNewMessageSchema,
  WebcastSubNotifyMessageSchema,
} from '../protocol/webcast/webcast_pb.ts';

const common = commonOf('1');
const user = viewer('42');

/** Topic, user id, text, value and target of the one room event that a message makes. */
function said(raw: RawMessage): [string, string | undefined, string, number, number] {
  const event = only(new Normalized().readOne(raw).events);
  assert.ok(event.kind === 'room');
  return [event.topic, event.user?.id, event.text, event.value, event.target];
}

const controls: [number, string][] = [
  [1, 'paused'],
  [2, 'resumed'],
  [3, 'ended'],
  [4, 'suspended'],
];

for (const [action, topic] of controls) {
  test(`control ${action} means ${topic}`, () => {
    const raw = rawOf(WebcastControlMessageSchema, { common, action, tips: 'because' });
    assert.deepEqual(said(raw), [topic, undefined, 'because', 0, 0]);
  });
}

test('a treasure box says who put it up, its diamonds and for how many', () => {
  const envelopeInfo = { sendUserId: '42', sendUserName: 'Eva', diamondCount: 55, peopleCount: 50 };
  const raw = rawOf(WebcastEnvelopeMessageSchema, { common, display: 1, envelopeInfo });
  assert.deepEqual(said(raw), ['envelope', '42', '', 55, 50]);
  const strange = { ...envelopeInfo, sendUserId: '\u202e42' };
  const anonymous = rawOf(WebcastEnvelopeMessageSchema, { common: commonOf('77'), display: 1, envelopeInfo: strange });
  assert.deepEqual(said(anonymous), ['envelope', undefined, '', 55, 50], 'an id that is none is nobody');
  const hidden = rawOf(WebcastEnvelopeMessageSchema, { common, display: 2, envelopeInfo });
  assert.equal(new Normalized().read(hidden), 'ignored');
});

test('a goal of one part tells its progress, one of several their sum without what is too much', () => {
  const one = rawOf(WebcastGoalUpdateMessageSchema, {
    common,
    contributorId: '42',
    goal: { description: 'new lamp', subGoals: [{ progress: '7', target: '5' }] },
  });
  assert.deepEqual(said(one), ['goal', '42', 'new lamp', 7, 5]);
  const three = rawOf(WebcastGoalUpdateMessageSchema, {
    common,
    goal: {
      subGoals: [
        { progress: '7', target: '5' },
        { progress: '1', target: '10' },
        { progress: '-3', target: '2' },
      ],
    },
  });
  assert.deepEqual(said(three), ['goal', undefined, '', 6, 17]);
});

const messages: [RawMessage, [string, string | undefined, string, number, number]][] = [
  [
    rawOf(WebcastQuestionNewMessageSchema, { common, data: { content: 'why?', user } }),
    ['question', '42', 'why?', 0, 0],
  ],
  [rawOf(WebcastSubNotifyMessageSchema, { common, user, subMonth: '7' }), ['subscription', '42', '', 7, 0]],
  [rawOf(WebcastBarrageMessageSchema, { common, msgType: 4, user }), ['subscription', '42', '', 0, 0]],
  [
    rawOf(WebcastBarrageMessageSchema, {
      common: { ...common, describe: 'level 25' },
      msgType: 8,
      userGradeParam: { currentGrade: 25, user },
    }),
    ['notice', '42', 'level 25', 25, 0],
  ],
  [
    rawOf(WebcastBarrageMessageSchema, { common, msgType: 10, fansLevelParam: { currentGrade: 20, user } }),
    ['notice', '42', '', 20, 0],
  ],
  [
    rawOf(WebcastHourlyRankRewardMessageSchema, { common, winners: [{ userId: '42' }] }),
    ['notice', '42', 'Hourly ranking reward', 0, 0],
  ],
  [rawOf(WebcastLiveIntroMessageSchema, { common, content: 'be kind', user }), ['notice', '42', 'be kind', 0, 0]],
];

for (const [raw, wanted] of messages) {
  test(`${raw.method} becomes a room event about ${wanted[0]}`, () => assert.deepEqual(said(raw), wanted));
}

const useless: RawMessage[] = [
  rawOf(WebcastControlMessageSchema, { common, action: 9 }),
  rawOf(WebcastBarrageMessageSchema, { common, msgType: 9, userGradeParam: { user } }),
  rawOf(WebcastHourlyRankRewardMessageSchema, { common, winners: [{}] }),
  rawOf(WebcastLiveIntroMessageSchema, { common }),
  rawOf(WebcastGoalUpdateMessageSchema, { common }),
  rawOf(WebcastQuestionNewMessageSchema, { common }),
  rawOf(WebcastImEnterRoomMessageSchema, {}),
];

for (const raw of useless) {
  test(`${raw.method} without anything to say is ignored`, () => assert.equal(new Normalized().read(raw), 'ignored'));
}

test('a subscription of nobody is quarantined', () => {
  assert.equal(new Normalized().read(rawOf(WebcastSubNotifyMessageSchema, { common })), 'quarantined');
});

test('a welcome that keeps its id is told again only when its words change', () => {
  const room = new Normalized();
  const intro = (content: string): RawMessage =>
    rawOf(WebcastLiveIntroMessageSchema, { common: { msgId: '7' }, content });
  assert.equal(room.read(intro('be kind')), 'events');
  assert.equal(room.read(intro('be kind')), 'duplicate');
  assert.equal(room.read(intro('be quick')), 'events');
  room.assertCountersAddUp();
});

/** Ids of the LIVEs that were told, in order. */
function lives(room: Normalized): string[] {
  return room.events.flatMap((event) => (event.kind === 'room' && event.topic === 'live' ? [event.liveId ?? ''] : []));
}

function giftIn(roomId: string, number: number): RawMessage {
  return giftOf({ msgId: String(number), total: number }, { common: { ...commonOf(String(number)), roomId } });
}

test('the first message of a LIVE is preceded by the word that it has begun', () => {
  const room = new Normalized();
  room.read(giftOf({ msgId: '1' }));
  room.read(giftOf({ msgId: '2', total: 2 }));
  assert.deepEqual(
    room.events.map((event) => event.kind),
    ['room', 'gift', 'gift'],
  );
  assert.deepEqual(lives(room), [liveId]);
});

test('another LIVE begins at once after an end, and after three messages in a row without one', () => {
  const room = new Normalized();
  room.read(giftIn('100', 1));
  room.read(giftIn('200', 2));
  room.read(giftIn('200', 3));
  room.read(giftIn('100', 4));
  room.read(giftIn('200', 5));
  room.read(giftIn('200', 6));
  assert.deepEqual(lives(room), ['100'], 'strays change nothing');
  room.read(giftIn('200', 7));
  assert.deepEqual(lives(room), ['100', '200']);
  room.read(rawOf(WebcastControlMessageSchema, { common: commonOf('8'), action: 3 }));
  room.read(giftIn('200', 9));
  assert.deepEqual(lives(room), ['100', '200'], 'what settles after the end belongs to what has ended');
  room.read(giftIn('300', 10));
  assert.deepEqual(lives(room), ['100', '200', '300']);
  room.assertCountersAddUp();
});

test('a feed that says which LIVE it has entered is believed at once, each time', () => {
  const room = new Normalized();
  const enter = (roomId: string, receivedAt: number): RawMessage =>
    rawOf(WebcastImEnterRoomMessageSchema, { roomId }, { receivedAt });
  room.read(giftIn('100', 1));
  room.read(enter('200', messageTime + 1));
  room.read(giftIn('200', 2));
  room.read(enter('200', messageTime + 2));
  assert.deepEqual(lives(room), ['100', '200', '200']);
  room.assertCountersAddUp();
});

test('a LIVE that has ended is not entered again: lookups name it for a while', () => {
  const room = new Normalized();
  const enter = (roomId: string, receivedAt: number): RawMessage =>
    rawOf(WebcastImEnterRoomMessageSchema, { roomId }, { receivedAt });
  room.read(enter('100', messageTime));
  room.read(rawOf(WebcastControlMessageSchema, { common: commonOf('1'), action: 3 }));
  assert.equal(room.read(enter('100', messageTime + 1)), 'ignored');
  assert.equal(room.read(enter('200', messageTime + 2)), 'events');
  assert.deepEqual(lives(room), ['100', '200']);
});

test('a pause that its LIVE’s end has overtaken does not take the end back; one that is told later does', () => {
  const room = new Normalized();
  const control = (msgId: string, action: number, at: number): RawMessage =>
    rawOf(
      WebcastControlMessageSchema,
      { common: { ...commonOf(msgId, at), roomId: '100' }, action },
      { receivedAt: messageTime },
    );
  room.read(giftIn('100', 1));
  assert.equal(room.read(control('2', 3, messageTime)), 'events');
  assert.equal(room.read(control('3', 1, messageTime - 40)), 'ignored');
  assert.equal(room.read(control('4', 2, messageTime + 120_000)), 'events');
  assert.equal(room.read(control('5', 2, messageTime + 130_000)), 'duplicate');
  assert.equal(room.read(control('6', 1, messageTime + 140_000)), 'events');
  const topics = room.events.map((event) => (event.kind === 'room' ? event.topic : event.kind));
  assert.deepEqual(topics, ['live', 'gift', 'ended', 'resumed', 'paused']);
  const after = new Normalized();
  for (const event of room.events) after.normalizer.restore(event);
  assert.equal(after.read(control('7', 1, messageTime + 150_000)), 'duplicate');
});
