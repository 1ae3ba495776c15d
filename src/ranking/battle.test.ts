import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, type Random } from '../base/random.ts';
import type { BattleState } from '../protocol/battle-state.ts';
import type {
  BattleEvent,
  BattleItemEvent,
  BattlePhase,
  BattleSideInfo,
  ScoreEvent,
  User,
} from '../protocol/events.ts';
import {
  isGiftOf,
  stepBattle,
  transitions,
  type BattleContext,
  type BattleInput,
  type Phase,
  type Signal,
} from './battle.ts';

const startAt = 1_700_000_000_000;
const walks = Number(process.env.MEKS_MODEL_STEPS ?? 60_000) / 1_000;
const context: BattleContext = { room: { hostId: '1', handle: 'ours', liveId: '' }, ended: [], heardSince: 0 };

function host(id: string): User {
  return { id, handle: `handle${id}`, name: `Host ${id}`, avatar: '' };
}

function side(id: string, about: Partial<BattleSideInfo> = {}): BattleSideInfo {
  return { id, hosts: [host(id)], rooms: [], points: null, outcome: 'unknown', winStreak: null, ...about };
}

function told(phase: BattlePhase, about: Partial<BattleEvent> = {}): BattleEvent {
  return {
    kind: 'battle',
    change: 'state',
    id: '0',
    at: startAt + 100,
    battleId: 'a',
    phase,
    form: 'duel',
    startAt,
    durationSec: 301,
    extraSec: 0,
    endAt: 0,
    sides: [side('2'), side('1')],
    state: null,
    ...about,
  };
}

function scored(points: Record<string, number>, scoredAt: number, about: Partial<ScoreEvent> = {}): ScoreEvent {
  const sides = Object.entries(points).map(([id, value]) => ({ id, value, top: [] }));
  const base = { kind: 'score', basis: 'points', battleId: 'a', id: '0', at: scoredAt, cause: 'gift' } as const;
  return { ...base, scoredAt, sides, state: null, ...about };
}

function played(item: BattleItemEvent['item'], at: number, durationSec: number): BattleItemEvent {
  const base = { kind: 'battle', change: 'item', battleId: 'a', id: '0', userId: '9', anchorId: '1' } as const;
  return { ...base, at, startAt: at, durationSec, item, multiplier: 1, state: null };
}

function run(events: readonly BattleInput[], from: BattleState | null = null, within = context): BattleState {
  let state = from;
  for (const event of events) state = stepBattle(state, event, within);
  assert.ok(state !== null);
  return state;
}

function points(state: BattleState): Record<string, number | null> {
  return Object.fromEntries(state.sides.map((each) => [each.id, each.points]));
}

test('a battle that is seen from start to end goes through its phases', () => {
  const phases: string[] = [];
  let state: BattleState | null = null;
  const story: BattleInput[] = [
    told('invited'),
    told('open'),
    scored({ 1: 5, 2: 3 }, startAt + 5_000),
    told('finished', { at: startAt + 304_500 }),
    told('punish'),
    told('settled'),
    told('settled'),
  ];
  for (const event of story) {
    state = stepBattle(state, event, context);
    phases.push(state!.phase);
  }
  assert.deepEqual(phases, ['invited', 'open', 'running', 'finished', 'punish', 'settled', 'settled']);
  assert.equal(state!.complete, true);
  assert.equal(state!.endedAt, startAt + 301_000, 'time was up when it was due, whenever the news of it came');
});

test('the own side stands first, and only its diamonds are counted from the start', () => {
  const state = run([told('open')]);
  assert.deepEqual(
    state.sides.map((each) => [each.id, each.diamonds]),
    [
      ['1', 0],
      ['2', null],
    ],
  );
  assert.equal(state.own, 0);
});

test('the own side is found by handle or by LIVE id where the host is not known', () => {
  const byHandle = { room: { hostId: '', handle: 'Handle1', liveId: '' }, ended: [], heardSince: 0 };
  assert.equal(run([told('open')], null, byHandle).sides[0]!.id, '1');
  const byLive = { room: { hostId: '', handle: 'other', liveId: '700' }, ended: [], heardSince: 0 };
  const sides = [side('2', { rooms: ['800'] }), side('1', { rooms: ['700'] })];
  assert.equal(run([told('open', { sides })], null, byLive).sides[0]!.id, '1');
  const unknown = run([told('open')], null, {
    room: { hostId: '', handle: 'other', liveId: '' },
    ended: [],
    heardSince: 0,
  });
  assert.deepEqual([unknown.own, unknown.sides.map((each) => each.diamonds)], [-1, [null, null]]);
});

test('whatever is seen first, the battle is joined there, and is not complete', () => {
  const running = run([scored({ 1: 50, 2: 70 }, startAt + 60_000)]);
  assert.deepEqual([running.phase, running.complete, running.own], ['running', false, 0]);
  assert.deepEqual(points(running), { 1: 50, 2: 70 });
  for (const phase of ['finished', 'cut-short', 'punish', 'settled'] as const) {
    assert.deepEqual([run([told(phase)]).phase, run([told(phase)]).complete], [phase, false]);
  }
});

test('a new battle ends the old one, and what still arrives of the old one changes nothing', () => {
  const first = run([told('open'), scored({ 1: 5, 2: 3 }, startAt + 5_000)]);
  const second = run([told('open', { battleId: 'b', startAt: startAt + 400_000, at: startAt + 400_100 })], first);
  assert.deepEqual([second.battleId, points(second)], ['b', { 1: null, 2: null }]);
  const within = { ...context, ended: ['a'] };
  for (const late of [
    scored({ 1: 9 }, startAt + 500_000),
    told('settled'),
    told('open'),
    played('glove', startAt, 30),
  ]) {
    assert.equal(stepBattle(second, late, within), second, 'the very same state');
  }
});

test('late news of a battle never seen before does not displace a newer one', () => {
  const current = run([told('open'), scored({ 1: 5, 2: 3 }, startAt + 50_000)]);
  const old = { battleId: 'z', startAt: startAt - 400_000 } as const;
  assert.equal(stepBattle(current, told('open', old), context), current);
  assert.equal(stepBattle(current, told('finished', old), context), current);
  assert.equal(stepBattle(current, told('settled', { battleId: 'z', startAt: 0 }), context), current);
  assert.equal(stepBattle(current, scored({ 1: 5 }, startAt - 100, { battleId: 'z' }), context), current);
  assert.equal(stepBattle(current, scored({ 1: 5 }, 0, { battleId: 'z', at: 0 }), context), current);
  const newer = stepBattle(current, told('finished', { battleId: 'z', startAt: startAt + 400_000 }), context);
  assert.equal(newer?.battleId, 'z', 'one that says it is newer does');
});

test('an invitation to the next battle waits until this one is over for good', () => {
  const invitation = told('invited', { battleId: 'b', startAt: 0 });
  const lap = run([told('open'), told('finished'), told('punish')]);
  assert.equal(stepBattle(lap, invitation, context), lap);
  const settled = run([told('settled')], lap);
  assert.equal(stepBattle(settled, invitation, context)?.battleId, 'b');
});

test('points are told by several clocks, and the last writer wins', () => {
  const state = run([told('open'), scored({ 1: 10, 2: 20 }, startAt + 5_000)]);
  assert.deepEqual(points(run([scored({ 1: 9, 2: 19 }, startAt + 4_000)], state)), { 1: 10, 2: 20 }, 'older');
  assert.deepEqual(points(run([scored({ 1: 9, 2: 21 }, startAt + 5_000)], state)), { 1: 10, 2: 21 }, 'as old');
  assert.deepEqual(points(run([scored({ 1: 9, 2: 21 }, 0)], state)), { 1: 10, 2: 21 }, 'of unknown age');
  assert.deepEqual(points(run([scored({ 1: 9, 2: 21 }, startAt + 6_000)], state)), { 1: 9, 2: 21 }, 'newer');
});

test('final points are not lowered by a score that was on its way', () => {
  const ended = told('finished', {
    sides: [side('1', { points: 100, outcome: 'win' }), side('2', { points: 90, outcome: 'lose' })],
  });
  const state = run([told('open'), scored({ 1: 120, 2: 90 }, startAt + 300_000), ended]);
  assert.deepEqual([points(state), state.final], [{ 1: 100, 2: 90 }, true], 'the end corrects what was told before');
  assert.deepEqual(points(run([scored({ 1: 80, 2: 95 }, startAt + 301_500)], state)), { 1: 100, 2: 95 });
});

test('an absent result is never a win', () => {
  const wins = [side('1', { outcome: 'win', points: 5 }), side('2', { outcome: 'win', points: 9 })];
  const outcomes = (state: BattleState): string[] => state.sides.map((each) => each.outcome);
  assert.deepEqual(outcomes(run([told('finished', { sides: wins })])), ['unknown', 'unknown'], 'everybody won');
  assert.deepEqual(outcomes(run([told('finished')])), ['unknown', 'unknown'], 'nothing told');
  const early = [side('1', { outcome: 'win' }), side('2')];
  assert.deepEqual(outcomes(run([told('open', { sides: early })])), ['unknown', 'unknown'], 'before the end');
  const result = [side('1', { outcome: 'lose' }), side('2', { outcome: 'win' })];
  assert.deepEqual(outcomes(run([told('finished', { sides: result })])), ['lose', 'win']);
  assert.deepEqual(
    outcomes(run([told('finished', { sides: result }), told('settled')])),
    ['lose', 'win'],
    'and it stays',
  );
});

test('extra time moves the end once, whether told by the settings, by items or by both', () => {
  const due = (events: BattleInput[]): number => (run([told('open'), ...events]).dueAt - startAt) / 1_000;
  assert.equal(due([]), 301);
  assert.equal(due([told('open', { extraSec: 10 })]), 311);
  assert.equal(due([played('extra-time', startAt + 1_000, 10)]), 311);
  assert.equal(due([told('open', { extraSec: 10 }), played('extra-time', startAt + 1_000, 10)]), 311);
  const twice = [played('extra-time', startAt + 1_000, 10), played('extra-time', startAt + 200_000, 10)];
  assert.equal(due(twice), 321, 'long after the first has run out');
});

test('items leave when a message shows that their time is over', () => {
  const items = (state: BattleState): string[] => state.items.map((each) => each.item);
  const state = run([told('open'), played('glove', startAt + 10_000, 30), played('mist', startAt + 20_000, 30)]);
  assert.deepEqual(items(state), ['glove', 'mist']);
  assert.deepEqual(items(run([played('top2', startAt + 45_000, 30)], state)), ['mist', 'top2']);
  const many = Array.from({ length: 50 }, () => played('other', startAt + 10_000, 0));
  assert.equal(run([told('open'), ...many]).items.length, 32);
});

test('a speed challenge that does not name its battle belongs to the one that is on', () => {
  const base = {
    kind: 'battle',
    change: 'task',
    id: '0',
    at: startAt,
    battleId: '',
    userId: '9',
    state: null,
  } as const;
  const task = { ...base, step: 'progress', progress: 3, result: 'unknown' } as const;
  const state = run([told('open'), task]);
  assert.deepEqual([state.phase, state.task], ['running', { step: 'progress', progress: 3, result: 'unknown' }]);
  const over = run([told('finished')]);
  assert.equal(stepBattle(over, task, context), over);
  assert.equal(stepBattle(null, task, context), null);
});

test('anchors of a battle joined by its scores are regrouped when their teams become known', () => {
  const joined = run([scored({ 1: 10, 2: 20, 3: 30, 4: 40 }, startAt + 5_000)]);
  assert.equal(joined.sides.length, 4);
  const teams = [
    side('t2', { hosts: [host('2'), host('4')], points: 60 }),
    side('t1', { hosts: [host('3'), host('1')], points: 40 }),
  ];
  const state = run([told('open', { form: 'team', sides: teams, at: startAt + 6_000 })], joined);
  assert.deepEqual([state.form, points(state), state.own], ['team', { t1: 40, t2: 60 }, 0]);
  const later = run([scored({ 1: 15, 2: 20, 3: 31, 4: 41 }, startAt + 7_000)], state);
  assert.deepEqual(points(later), { t1: 46, t2: 61 }, 'scores of all its anchors are the score of a team');
  const partial = run([scored({ 1: 99 }, startAt + 8_000)], later);
  assert.deepEqual(points(partial), { t1: 46, t2: 61 }, 'scores of some are not');
});

test('a side that loses its place with diamonds on it leaves the battle incomplete', () => {
  const open = run([told('open', { sides: [side('1'), side('2')] })]);
  const counted = structuredClone(open);
  for (const each of counted.sides) each.diamonds = 7;
  const teams = [side('t1', { hosts: [host('1'), host('3')] }), side('t2', { hosts: [host('2'), host('4')] })];
  const state = run([told('open', { sides: teams })], counted);
  assert.deepEqual([state.complete, state.sides[0]!.diamonds], [false, 0]);
});

test('a gift belongs to the battle that was on when it was given', () => {
  const open = run([told('open')]);
  const late = 301_000 + 500;
  assert.equal(isGiftOf(open, startAt - 1), false, 'before the start');
  assert.equal(isGiftOf(open, startAt), true);
  assert.equal(isGiftOf(open, startAt + late), true, 'sent in time, its message made a moment later');
  assert.equal(isGiftOf(open, startAt + late + 1), false, 'after the end, though nobody has said so yet');
  assert.equal(isGiftOf(open, 0), true, 'whenever that was');
  const finished = run([told('finished', { at: startAt + 304_500 })], open);
  assert.equal(isGiftOf(finished, startAt + 200_000), true, 'given in time, and late to arrive');
  assert.equal(isGiftOf(finished, 0), false);
  const cut = run([told('cut-short', { at: startAt + 60_000 })], open);
  assert.equal(isGiftOf(cut, startAt + 59_000), true);
  assert.equal(isGiftOf(cut, startAt + 70_000), false);
  assert.equal(isGiftOf(run([told('invited')]), startAt + 1), false);
  const joined = run([scored({ 1: 1 }, startAt)]);
  assert.equal(isGiftOf(joined, startAt + 999_000), true, 'neither start nor end are known');
});

test('a battle that was joined in the middle learns from its scores when it began and will be over', () => {
  const known = { startAt, durationSec: 301, extraSec: 10, form: 'duel' } as const;
  const joined = run([scored({ 1: 1 }, startAt + 60_000), scored({ 1: 2 }, startAt + 61_000, known)]);
  assert.deepEqual([joined.startAt, joined.form, joined.dueAt], [startAt, 'duel', startAt + 311_000]);
  assert.equal(isGiftOf(joined, startAt - 1), false, 'before the start');
  assert.equal(isGiftOf(joined, startAt + 312_000), false, 'after the end');
  // What was told of the battle itself stands; extra time only grows.
  const other = { startAt: startAt + 7, durationSec: 99, extraSec: 4, form: 'team' } as const;
  const opened = run([told('open', { extraSec: 8 }), scored({ 1: 1 }, startAt + 60_000, other)]);
  assert.deepEqual([opened.startAt, opened.form, opened.dueAt], [startAt, 'duel', startAt + 309_000]);
});

const order: Record<Phase, number> = {
  invited: 0,
  declined: 0,
  open: 1,
  running: 2,
  finished: 3,
  'cut-short': 3,
  punish: 4,
  settled: 5,
};

test('no signal leads a battle back', () => {
  let cells = 0;
  for (const [from, row] of Object.entries(transitions) as [Phase | 'none', Record<Signal, Phase>][]) {
    for (const to of Object.values(row)) {
      cells++;
      if (from !== 'none') assert.ok(order[to] >= order[from], `${from} to ${to}`);
    }
  }
  assert.equal(cells, 9 * 8);
});

function chance(random: Random): BattleInput {
  const battleId = random.pick(['a', 'a', 'a', 'b', 'c', '']);
  const start = startAt + { a: 0, b: 500_000, c: 1_000_000, '': 0 }[battleId]!;
  const at = random.chance(0.1) ? 0 : start + random.int(600_000) - 50_000;
  const about = { battleId, at, startAt: random.chance(0.2) ? 0 : start };
  const roll = random.int(4);
  if (roll === 0) {
    const known = random.chance(0.5) ? { startAt: about.startAt, durationSec: 301, extraSec: random.int(9) } : {};
    const scoredAt = random.chance(0.2) ? 0 : Math.max(0, at);
    return scored({ 1: random.int(99), 2: random.int(99) }, scoredAt, { battleId, ...known });
  }
  if (roll === 1) return { ...played(random.pick(['glove', 'mist', 'extra-time']), at, random.int(20)), battleId };
  const phase = random.pick(Object.keys(order).filter((each) => each !== 'running')) as BattlePhase;
  const sides = random.pick([
    [],
    [side('1', { outcome: 'win', points: random.int(99) }), side('2', { outcome: 'lose' })],
    [side('2'), side('3', { points: 1 })],
    [side('t', { hosts: [host('1'), host('3')] })],
  ]);
  return told(phase, { ...about, sides, endAt: random.chance(0.2) ? start + random.int(400_000) : 0 });
}

test('walks of chance keep every invariant', () => {
  for (let seed = 1; seed <= walks; seed++) {
    const random = seededRandom(seed);
    let state: BattleState | null = null;
    const ended: string[] = [];
    for (let step = 0; step < 200; step++) {
      const event = chance(random);
      const before: BattleState | null = state;
      const copy: string = JSON.stringify(before);
      state = stepBattle(before, event, { ...context, ended });
      assert.equal(JSON.stringify(before), copy, 'the state before is left as it was');
      if (state === null) continue;
      const where = `seed ${seed}, step ${step}: ${JSON.stringify(event)}`;
      assert.ok(!ended.includes(state.battleId), where);
      if (before !== null && before.battleId !== state.battleId) ended.push(before.battleId);
      if (before !== null && before.battleId === state.battleId) assertForward(before, state, where);
      assert.equal(state.own, state.sides.some((each) => each.hosts.some((one) => one.id === '1')) ? 0 : -1, where);
      assert.equal(new Set(state.sides.map((each) => each.id)).size, state.sides.length, where);
    }
  }
});

function assertForward(before: BattleState, after: BattleState, where: string): void {
  assert.ok(order[after.phase] >= order[before.phase], where);
  assert.ok(after.scoredAt >= before.scoredAt, where);
  assert.ok(after.extraSec >= before.extraSec, where);
  if (before.final) {
    for (const each of before.sides) {
      const now = after.sides.find((other) => other.id === each.id);
      if (now !== undefined && each.points !== null) assert.ok(now.points! >= each.points, where);
    }
  }
  if (!before.complete && before.phase !== 'invited' && before.phase !== 'declined')
    assert.equal(after.complete, false, where);
}
