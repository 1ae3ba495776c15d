import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { BattleSide, BattleState } from '../../src/protocol/battle-state.ts';
import type { SnapshotFrame } from '../../src/protocol/frames.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';
import {
  WebcastLinkMicArmiesSchema,
  WebcastLinkMicBattlePunishFinishSchema,
  WebcastLinkMicBattleSchema,
} from '../../src/protocol/webcast/webcast_pb.ts';
import { Dashboard } from '../support/dashboard.ts';
import { rawRequest } from '../support/http-raw.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { commonOf, giftOf, messageTime, rawOf } from '../support/webcast-messages.ts';

// Two LIVEs of one broker in one battle: the real program, Webcast's own bytes pushed to both rooms, a dashboard of
// each. Every gift is told to one room alone, everything about the battle to both, its end and that of the victory lap
// twice.

const [anna, bert] = ['6900000000000000011', '6900000000000000012'];
const startAt = messageTime;
const endAt = startAt + 304_500;
const folder = mkdtempSync(path.join(tmpdir(), 'meks-two-rooms-'));
const tokenFile = path.join(folder, 'token');
const token = 'the-push-token-of-this-test';
writeFileSync(tokenFile, token);
const flags = [
  '--push',
  '@anna',
  '--push',
  '@bert',
  '--push-token-file',
  tokenFile,
  '--data',
  path.join(folder, 'data'),
];
type RoomName = 'anna' | 'bert';
const rooms: readonly RoomName[] = ['anna', 'bert'];
let broker: ServeProcess;

before(async () => {
  broker = await ServeProcess.start(...flags);
});

after(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

let messages = 0;

/** An id that no message has had yet. */
function newId(): string {
  return String(7_600_000_000_000_000_000n + BigInt(++messages));
}

async function push(room: RoomName, ...told: RawMessage[]): Promise<void> {
  const lines = told.map(({ method, payload }) =>
    JSON.stringify({ method, msgId: newId(), b64: Buffer.from(payload).toString('base64') }),
  );
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
  const answer = await rawRequest(broker.port, `POST /v1/rooms/${room}/push`, headers, lines.join('\n'));
  const { understood, duplicates } = JSON.parse(answer.body.toString()) as Record<string, number>;
  assert.equal(understood! + duplicates!, told.length, answer.body.toString());
}

/** To both rooms, as upstream tells each LIVE of a battle. */
async function pushBoth(...told: RawMessage[]): Promise<void> {
  for (const room of rooms) await push(room, ...told);
}

function battleOf(battleId: string, start: number, action: number, change: object = {}): RawMessage {
  const settings = { battleId, startTimeMs: String(start), duration: 301, battleType: 1, status: action === 5 ? 3 : 1 };
  return rawOf(WebcastLinkMicBattleSchema, {
    common: commonOf(newId(), action === 5 ? start + 304_600 : start),
    battleId,
    action,
    battleSettings: settings,
    anchorsInfo: [anna, bert].map((userId) => {
      const name = userId === anna ? 'Anna' : 'Bert';
      return { key: userId, value: { user: { userId, nickname: name, displayId: name.toLowerCase(), roomId: '0' } } };
    }),
    ...change,
  });
}

function scoreOf(battleId: string, ofAnna: number, ofBert: number, at: number): RawMessage {
  return rawOf(WebcastLinkMicArmiesSchema, {
    common: commonOf(newId(), at + 300),
    battleId,
    armies: [
      { key: anna, value: { hostScore: String(ofAnna) } },
      { key: bert, value: { hostScore: String(ofBert) } },
    ],
    updateBattleScoreTime: String(at),
    triggerReason: 1,
  });
}

/** A gift to a room's host: one tick of a streak where `group` is given, and its end. */
function giftTo(host: string, userId: string, price: number, at: number, streak: object = {}): RawMessage {
  const facts = { msgId: newId(), userId, giftId: String(5_000 + price), price, at, group: '0', ...streak };
  return giftOf(facts, { monitorInfo: { anchorId: host, toUserId: host } });
}

interface Described {
  readonly battles: readonly {
    readonly battleId: string;
    readonly phase: string;
    readonly endedAt: number;
    readonly final: boolean;
    readonly sides: readonly (BattleSide & { countedBy: { room: string; diamonds: number }[]; mvps: object[] })[];
    readonly rooms: readonly { readonly room: string; readonly hostId: string }[];
  }[];
}

/** What a side shows: points, what this room counted, what the other room counted. */
function sidesOf(battle: BattleState): object {
  return Object.fromEntries(
    battle.sides.map(({ id, points, diamonds, joined, outcome }) => [
      id === anna ? 'anna' : 'bert',
      [points, diamonds, joined?.map(({ room, diamonds: counted }) => [room, counted]) ?? [], outcome],
    ]),
  );
}

function shownBy(dashboard: Dashboard): BattleState {
  return dashboard.view!.battle!;
}

function byText(a: readonly unknown[], b: readonly unknown[]): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

/** Until the other room's count shows. */
async function untilJoined(dashboard: Dashboard, host: string, diamonds: number): Promise<void> {
  await dashboard.until(`${diamonds} of ${host} are joined`, ({ view }) => {
    const side = view?.battle?.sides.find(({ id }) => id === host);
    return side?.joined?.[0]?.diamonds === diamonds;
  });
}

async function assertAsBroker(dashboard: Dashboard, room: RoomName): Promise<void> {
  const { view, seq } = (await broker.json(`/v1/rooms/${room}/snapshot`)) as SnapshotFrame;
  await dashboard.until(`it is at ${seq}`, (each) => each.seq >= seq);
  assert.equal(dashboard.seq, seq);
  assert.deepEqual({ ...dashboard.view, source: view.source }, view);
  assert.deepEqual([dashboard.lost, dashboard.duplicated, dashboard.disordered], [0, 0, 0]);
}

const first = '7500000000000000001';
const second = '7500000000000000002';

/** While it is on: each dashboard shows both sides, and whose count it is. */
async function playFirst(ofAnna: Dashboard, ofBert: Dashboard): Promise<void> {
  await pushBoth(battleOf(first, startAt, 4));
  // A streak of three, told as running totals and an end; a large gift; a gift in the other room alone.
  const at = startAt + 10_000;
  const streak = { group: '1780000000900' };
  await push(
    'anna',
    giftTo(anna, '101', 1, at, { ...streak, total: 1 }),
    giftTo(anna, '101', 1, at + 500, { ...streak, total: 3, fan: 2 }),
    giftTo(anna, '101', 1, at + 900, { ...streak, total: 3, end: true }),
    giftTo(anna, '102', 100, at + 1_000),
  );
  await push('bert', giftTo(bert, '201', 30, at), giftTo(bert, '101', 7, at + 100));
  await pushBoth(scoreOf(first, 103, 37, at + 1_200));
  await Promise.all([untilJoined(ofAnna, bert, 37), untilJoined(ofBert, anna, 103)]);
  assert.deepEqual(sidesOf(shownBy(ofAnna)), {
    anna: [103, 103, [], 'unknown'],
    bert: [37, null, [['bert', 37]], 'unknown'],
  });
  assert.deepEqual(sidesOf(shownBy(ofBert)), {
    bert: [37, 37, [], 'unknown'],
    anna: [103, null, [['anna', 103]], 'unknown'],
  });
  assert.deepEqual([shownBy(ofAnna).cockpit!.gap, shownBy(ofBert).cockpit!.gap], [-66, 66]);
}

async function endFirst(ofBert: Dashboard): Promise<void> {
  const results = [
    { key: anna, value: { userId: anna, score: '109', result: 0 } },
    { key: bert, value: { userId: bert, score: '37', result: 1 } },
  ];
  const finished = battleOf(first, startAt, 5, { battleResult: results });
  await pushBoth(finished, battleOf(first, startAt, 5, { battleResult: results }));
  const settled = (): RawMessage =>
    rawOf(WebcastLinkMicBattlePunishFinishSchema, {
      common: commonOf(newId(), endAt + 180_000),
      battleId: first,
      reason: 0,
      battleSettings: { battleId: first, status: 4, battleType: 1, startTimeMs: String(startAt), duration: 301 },
    });
  await pushBoth(settled(), settled());
  // Given in time and told late; and given in the victory lap: for no battle.
  await push('anna', giftTo(anna, '103', 6, startAt + 300_000), giftTo(anna, '102', 500, endAt + 60_000));
  await untilJoined(ofBert, anna, 109);
}

async function playSecond(ofAnna: Dashboard): Promise<void> {
  await pushBoth(battleOf(second, startAt + 900_000, 4));
  // Told when the second battle is on: for the first one, by when it was given.
  await push('bert', giftTo(bert, '201', 4, startAt + 200_000), giftTo(bert, '202', 11, startAt + 905_000));
  await pushBoth(scoreOf(second, 0, 11, startAt + 906_000));
  await untilJoined(ofAnna, bert, 11);
}

function assertBattles({ battles }: Described): void {
  assert.deepEqual(
    battles.map(({ battleId, phase, final }) => [battleId, phase, final]),
    [
      [second, 'running', false],
      [first, 'settled', true],
    ],
  );
  assert.deepEqual(
    battles.map(({ sides }) =>
      sides
        .map(({ id, points, diamonds, outcome, countedBy }) => [
          id === anna ? 'anna' : 'bert',
          points,
          diamonds,
          outcome,
          countedBy.map(({ room, diamonds: counted }) => [room, counted]),
        ])
        .toSorted(byText),
    ),
    [
      [
        ['anna', 0, 0, 'unknown', [['anna', 0]]],
        ['bert', 11, 11, 'unknown', [['bert', 11]]],
      ],
      [
        ['anna', 109, 109, 'win', [['anna', 109]]],
        ['bert', 37, 41, 'lose', [['bert', 41]]],
      ],
    ],
  );
  for (const { rooms: seenBy } of battles)
    assert.deepEqual(seenBy.map(({ room, hostId }) => [room, hostId]).toSorted(byText), [
      ['anna', anna],
      ['bert', bert],
    ]);
}

function assertSeries(ofAnna: Dashboard, ofBert: Dashboard): void {
  const none = { wins: 0, losses: 0, draws: 0 };
  assert.deepEqual(shownBy(ofAnna).cockpit!.series, { ...none, wins: 1, streak: 1, versus: { ...none, wins: 1 } });
  assert.deepEqual(shownBy(ofBert).cockpit!.series, {
    ...none,
    losses: 1,
    streak: 0,
    versus: { ...none, losses: 1 },
  });
  assert.deepEqual([ofAnna.view!.session.diamonds, ofBert.view!.session.diamonds], [609, 52]);
}

test('one battle of two LIVEs is one battle, with one result, and each gift counts once and where it was given', async () => {
  const ofAnna = new Dashboard({ port: broker.port, room: 'anna' });
  const ofBert = new Dashboard({ port: broker.port, room: 'bert' });
  try {
    await playFirst(ofAnna, ofBert);
    await endFirst(ofBert);
    await playSecond(ofAnna);
    const known = (await broker.json('/v1/battles')) as Described;
    assertBattles(known);
    assertSeries(ofAnna, ofBert);
    await assertAsBroker(ofAnna, 'anna');
    await assertAsBroker(ofBert, 'bert');

    // After a crash the logs say the same.
    await broker.stop('SIGKILL');
    broker = await ServeProcess.start(...flags);
    const again = (await broker.json('/v1/battles')) as Described;
    const told = ({ battles }: Described): object =>
      battles.map(({ battleId, phase, endedAt, sides }) => [battleId, phase, endedAt, sides.map(({ mvps }) => mvps)]);
    assert.deepEqual(told(again), told(known));
  } finally {
    ofAnna.close();
    ofBert.close();
  }
});
