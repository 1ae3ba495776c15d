import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Normalized, only } from '../../test/support/normalized.ts';
import { commonOf, messageTime, rawOf } from '../../test/support/webcast-messages.ts';
import type { MeksEvent } from '../protocol/events.ts';
import { WebcastLinkMicArmiesSchema, WebcastLinkMicFanTicketMethodSchema } from '../protocol/webcast/webcast_pb.ts';

type ArmiesInit = MessageInitShape<typeof WebcastLinkMicArmiesSchema>;

const scored: ArmiesInit = {
  battleId: '77',
  armies: [
    {
      key: '1',
      value: {
        hostScore: '700',
        userArmies: [
          { userId: '42', score: '180', nickname: 'Katharina', diamondScore: '60' },
          { userId: '43', score: '3', nickname: 'Likes only' },
          { userId: '0', score: '1', nickname: 'Nobody' },
        ],
      },
    },
    { key: '2', value: { hostScore: '0' } },
  ],
  updateBattleScoreTime: String(messageTime - 300),
  triggerReason: 1,
  giftId: '5655',
};

function read(init: ArmiesInit): MeksEvent {
  const raw = rawOf(WebcastLinkMicArmiesSchema, { common: commonOf('1'), ...init } as ArmiesInit);
  return only(new Normalized().readOne(raw).events);
}

test('match points come by side, with the largest contributors and the clock that orders them', () => {
  assert.deepEqual(read(scored), {
    kind: 'score',
    id: '1',
    at: messageTime,
    basis: 'points',
    battleId: '77',
    scoredAt: messageTime - 300,
    startAt: 0,
    durationSec: 0,
    extraSec: 0,
    form: 'unknown',
    sides: [
      {
        id: '1',
        value: 700,
        top: [
          { user: { id: '42', handle: '', name: 'Katharina', avatar: '' }, points: 180, diamonds: 60 },
          { user: { id: '43', handle: '', name: 'Likes only', avatar: '' }, points: 3, diamonds: null },
        ],
      },
      { id: '2', value: 0, top: [] },
    ],
    cause: 'gift',
    state: null,
  });
});

test('a score repeats what its battle is like', () => {
  const startTimeMs = String(messageTime - 60_000);
  const battleSettings = { battleId: '77', startTimeMs, duration: 301, battleType: 1, extraDurationSecond: '8' };
  const event = read({ ...scored, battleSettings });
  assert.ok(event.kind === 'score');
  const { startAt, durationSec, extraSec, form } = event;
  assert.deepEqual([startAt, durationSec, extraSec, form], [messageTime - 60_000, 301, 8, 'duel']);
});

test('in a team battle the teams have the points', () => {
  const event = read({
    ...scored,
    teamArmies: [
      {
        teamId: '2',
        teamTotalScore: '9',
        userArmies: { userArmies: [{ userId: '42', score: '3', nickname: 'Zora' }] },
      },
      { teamId: '1', teamTotalScore: '12' },
    ],
  });
  assert.ok(event.kind === 'score');
  assert.deepEqual(
    event.sides.map((side) => [side.id, side.value, side.top.length]),
    [
      ['2', 9, 1],
      ['1', 12, 0],
    ],
  );
});

const causes: [number, string, string][] = [
  [1, '5655', 'gift'],
  [1, '0', 'like'],
  [2, '0', 'end'],
  [5, '0', 'effect'],
  [4, '0', 'other'],
  [0, '0', 'other'],
];

for (const [triggerReason, giftId, cause] of causes) {
  test(`what moved the points: trigger ${triggerReason} with gift ${giftId} is ${cause}`, () => {
    const event = read({ ...scored, triggerReason, giftId });
    assert.equal(event.kind === 'score' && event.cause, cause);
  });
}

test('points below zero count as none, and points without a battle are quarantined', () => {
  const event = read({ ...scored, armies: [{ key: '1', value: { hostScore: '-7' } }] });
  assert.deepEqual(event.kind === 'score' && event.sides, [{ id: '1', value: 0, top: [] }]);
  const lost = rawOf(WebcastLinkMicArmiesSchema, { ...scored, common: commonOf('1'), battleId: '0' });
  assert.equal(new Normalized().read(lost), 'quarantined');
});

test('points of nobody are ignored', () => {
  const raw = rawOf(WebcastLinkMicArmiesSchema, { common: commonOf('1'), battleId: '77' });
  assert.equal(new Normalized().read(raw), 'ignored');
});

test('fan tickets are running diamonds by host and guest', () => {
  const raw = rawOf(WebcastLinkMicFanTicketMethodSchema, {
    common: commonOf('1'),
    fanTicketRoomNotice: {
      userFanTicket: [
        { userId: '1', fanTicket: '59000' },
        { userId: '2', fanTicket: '73' },
      ],
      totalLinkmicFanTicket: '59073',
      eventTime: String(messageTime),
    },
  });
  assert.deepEqual(only(new Normalized().readOne(raw).events), {
    kind: 'score',
    id: '1',
    at: messageTime,
    basis: 'diamonds',
    battleId: '',
    scoredAt: messageTime,
    sides: [
      { id: '1', value: 59000, top: [] },
      { id: '2', value: 73, top: [] },
    ],
    cause: 'other',
    state: null,
  });
});

test('fan tickets of nobody are ignored', () => {
  for (const fanTicketRoomNotice of [{}, { userFanTicket: [{ fanTicket: '5' }] }])
    assert.equal(
      new Normalized().read(rawOf(WebcastLinkMicFanTicketMethodSchema, { common: commonOf('1'), fanTicketRoomNotice })),
      'ignored',
    );
});
