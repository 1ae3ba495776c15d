import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Normalized, only } from '../../test/support/normalized.ts';
import { commonOf, messageTime, rawOf } from '../../test/support/webcast-messages.ts';
import type { BattleEvent, MeksEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { WebcastLinkMicBattlePunishFinishSchema, WebcastLinkMicBattleSchema } from '../protocol/webcast/webcast_pb.ts';

const startAt = messageTime - 100;
const [anna, bert, carl, dora] = [
  '6900000000000000011',
  '6900000000000000012',
  '6900000000000000013',
  '6900000000000000014',
];

type BattleInit = MessageInitShape<typeof WebcastLinkMicBattleSchema>;

function battleOf(init: BattleInit, settings: Partial<BattleInit['battleSettings']> = {}): RawMessage {
  const battleSettings = {
    battleId: '7400000000000000099',
    startTimeMs: String(startAt),
    duration: 301,
    status: 1,
    battleType: 1,
    ...settings,
  };
  return rawOf(WebcastLinkMicBattleSchema, {
    common: commonOf('1'),
    battleId: '7400000000000000099',
    battleSettings,
    anchorsInfo: [anchor(anna, 'Anna', '71'), anchor(bert, 'Bert', '72')],
    ...init,
  } as BattleInit);
}

function anchor(userId: string, name: string, roomId = '0') {
  return { key: userId, value: { user: { userId, nickname: name, displayId: name.toLowerCase(), roomId } } };
}

function asState(event: MeksEvent): BattleEvent {
  assert.ok(event.kind === 'battle' && event.change === 'state');
  return event;
}

function readState(raw: RawMessage): BattleEvent {
  return asState(only(new Normalized().readOne(raw).events));
}

function outcomes(raw: RawMessage): Record<string, string> {
  return Object.fromEntries(readState(raw).sides.map((side) => [side.id, side.outcome]));
}

test('an opened battle names its sides, its start and its length', () => {
  assert.deepEqual(
    readState(battleOf({ action: 4, battleCombo: [{ key: anna, value: { userId: anna, comboCount: '3' } }] })),
    {
      kind: 'battle',
      id: '1',
      at: messageTime,
      change: 'state',
      battleId: '7400000000000000099',
      phase: 'open',
      form: 'duel',
      startAt,
      durationSec: 301,
      extraSec: 0,
      endAt: 0,
      sides: [
        {
          id: anna,
          hosts: [{ id: anna, handle: 'anna', name: 'Anna', avatar: '' }],
          rooms: ['71'],
          points: null,
          outcome: 'unknown',
          winStreak: 3,
        },
        {
          id: bert,
          hosts: [{ id: bert, handle: 'bert', name: 'Bert', avatar: '' }],
          rooms: ['72'],
          points: null,
          outcome: 'unknown',
          winStreak: null,
        },
      ],
      state: null,
    },
  );
});

test('a finished battle tells points and result; the win that the wire leaves out follows from the defeat', () => {
  const finished = battleOf(
    {
      action: 5,
      battleResult: [
        { key: bert, value: { userId: bert, score: '800', result: 1 } },
        { key: anna, value: { userId: anna, score: '1200' } },
      ],
    },
    { status: 3 },
  );
  const state = readState(finished);
  assert.equal(state.phase, 'finished');
  assert.deepEqual(
    state.sides.map((side) => [side.id, side.points, side.outcome]),
    [
      [anna, 1200, 'win'],
      [bert, 800, 'lose'],
    ],
  );
});

const unclear: [string, BattleInit][] = [
  ['no entry for a side', { action: 5, battleResult: [{ key: bert, value: { userId: bert, score: '5', result: 1 } }] }],
  [
    'nobody lost',
    {
      action: 5,
      battleResult: [
        { key: anna, value: { score: '9' } },
        { key: bert, value: { score: '5' } },
      ],
    },
  ],
  [
    'the loser has more points',
    {
      action: 5,
      battleResult: [
        { key: anna, value: { score: '5' } },
        { key: bert, value: { score: '9', result: 1 } },
      ],
    },
  ],
  ['the entry is empty', { action: 5, battleResult: [{ key: anna }, { key: bert, value: { score: '5', result: 1 } }] }],
  [
    'the battle is running',
    {
      action: 4,
      battleResult: [
        { key: anna, value: {} },
        { key: bert, value: { result: 1 } },
      ],
    },
  ],
  [
    'a result of a later schema',
    {
      action: 5,
      battleResult: [
        { key: anna, value: { result: 7 } },
        { key: bert, value: { result: 1 } },
      ],
    },
  ],
];

for (const [why, init] of unclear) {
  test(`an absent result is no win: ${why}`, () => {
    assert.equal(outcomes(battleOf(init))[anna], 'unknown');
  });
}

test('a draw is a draw for both', () => {
  const result = { score: '5', result: 2 };
  const raw = battleOf({
    action: 5,
    battleResult: [
      { key: anna, value: result },
      { key: bert, value: result },
    ],
  });
  assert.deepEqual(outcomes(raw), { [anna]: 'draw', [bert]: 'draw' });
});

test('a win that was written is believed', () => {
  const raw = battleOf({ action: 6, battleResult: [{ key: anna, value: { score: '5', result: 0 } }] });
  assert.equal(readState(raw).phase, 'cut-short');
  assert.equal(outcomes(raw)[anna], 'win');
});

test('in a team battle the teams are the sides, with all of their hosts', () => {
  const raw = battleOf(
    {
      action: 5,
      anchorsInfo: [anchor(anna, 'Anna'), anchor(bert, 'Bert'), anchor(carl, 'Carl'), anchor(dora, 'Dora')],
      battleResult: [
        { key: bert, value: { score: '9' } },
        { key: carl, value: { score: '3', result: 1 } },
      ],
      teamArmies: [{ teamId: '1', teamUser: [{ userId: carl }, { userId: dora, score: '3' }], teamTotalScore: '3' }],
      teamBattleResult: [
        { teamId: '1', teamUser: [{ userId: carl }, { userId: dora }], totalScore: '3', result: 1 },
        { teamId: '2', teamUser: [{ userId: anna }, { userId: bert }], totalScore: '9' },
      ],
    },
    { status: 3, battleType: 2 },
  );
  const state = readState(raw);
  assert.equal(state.form, 'team');
  assert.deepEqual(
    state.sides.map((side) => [side.id, side.hosts.map((host) => host.name), side.points, side.outcome]),
    [
      ['1', ['Carl', 'Dora'], 3, 'lose'],
      ['2', ['Anna', 'Bert'], 9, 'win'],
    ],
  );
});

const phases: [number, number, string | null][] = [
  [1, 0, 'invited'],
  [2, 0, 'declined'],
  [3, 0, 'declined'],
  [4, 1, 'open'],
  [5, 3, 'finished'],
  [6, 2, 'cut-short'],
  [7, 0, 'invited'],
  [8, 1, null],
  [9, 1, null],
  [11, 1, null],
  [0, 1, null],
  [0, 3, 'punish'],
  [99, 4, 'settled'],
];

for (const [action, status, phase] of phases) {
  test(`action ${action} at status ${status} is ${phase ?? 'no step of the battle'}`, () => {
    const { outcome, events } = new Normalized().readOne(battleOf({ action }, { status }));
    assert.equal(outcome, phase === null ? 'ignored' : 'events');
    assert.deepEqual(
      events.map((event) => asState(event).phase),
      phase === null ? [] : [phase],
    );
  });
}

function punishFinish(msgId: string): RawMessage {
  return rawOf(WebcastLinkMicBattlePunishFinishSchema, {
    common: commonOf(msgId),
    battleId: '77',
    reason: 1,
    battleSettings: { battleId: '77', status: 4, battleType: 1, startTimeMs: String(startAt), duration: 301 },
  });
}

test('the end of the punishment settles the battle, once however often it is told', () => {
  const room = new Normalized();
  const settled = asState(only(room.readOne(punishFinish('1')).events));
  assert.deepEqual([settled.phase, settled.battleId, settled.sides], ['settled', '77', []]);
  assert.deepEqual(room.readOne(punishFinish('2')), { outcome: 'duplicate', events: [] });
});

test('a battle without an id is quarantined; the id may stand in its settings', () => {
  const room = new Normalized();
  assert.equal(room.read(battleOf({ action: 4, battleId: '0' }, { battleId: '0' })), 'quarantined');
  assert.equal(readState(battleOf({ action: 4, battleId: '0' })).battleId, '7400000000000000099');
});

test('absurd times and lengths are moved into bounds, and too many sides are left out', () => {
  const anchorsInfo = Array.from({ length: 50 }, (_, index) => anchor(String(index + 1), `Anchor ${index}`));
  const room = new Normalized();
  const raw = battleOf({ action: 4, anchorsInfo }, { startTimeMs: '99999999999999999', duration: -5 });
  const state = asState(only(room.readOne(raw).events));
  assert.deepEqual([state.startAt, state.durationSec, state.sides.length], [0, 0, 20]);
  assert.ok(room.normalizer.counters.get('clamped') > 0);
});

test('the largest battle that a message can describe fits an event', () => {
  const name = '\u{1F981}'.repeat(200);
  const avatarThumb = { urlList: [`https://pictures.example/${'x'.repeat(570)}`] };
  const ids = Array.from({ length: 400 }, (_, index) => String(index + 1));
  const raw = battleOf(
    {
      action: 4,
      anchorsInfo: ids.map((userId) => ({
        key: userId,
        value: { user: { userId, nickname: name, displayId: name, avatarThumb } },
      })),
      teamMember: Array.from({ length: 20 }, (_, team) => ({
        teamId: String(team + 1),
        userId: ids.slice(team * 20, team * 20 + 20),
      })),
    },
    { battleType: 2 },
  );
  const room = new Normalized();
  const state = asState(only(room.readOne(raw).events));
  assert.equal(state.sides.flatMap((side) => side.hosts).length, limits.eventPeopleMax.value);
  const people = limits.eventPeopleMax.value * limits.battlePersonBytesMax.value;
  assert.ok(Buffer.byteLength(JSON.stringify(state)) < people + 8_000, 'half of what an event holds');
});
