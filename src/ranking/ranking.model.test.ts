import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '../base/random.ts';
import type { BattleState } from '../protocol/battle-state.ts';
import type { BoardScope } from '../protocol/board-scope.ts';
import type { CorrectionEvent, CorrectionRequest } from '../protocol/corrections.ts';
import type { MeksError } from '../protocol/errors.ts';
import type { GiftEvent, MeksEvent } from '../protocol/events.ts';
import { encodeEventFrame } from '../protocol/frames.ts';
import { applyEvent, beginsSession, emptyRoomView } from '../protocol/room-view.ts';
import { World, type WorldOptions } from './fixture.ts';
import { runRankingBench } from './ranking.bench.ts';
import { Ranking } from './ranking.ts';
import { recountBattle, Recount } from './recount.ts';

// Goal: every number that a ranking shows is the number that counting by hand gives, at every position; what a
// dashboard makes of the events is what the broker has; and a restore from any position is no different from never
// having stopped. Method: histories of chance beside plain maps that are sorted anew for every question.
// MEKS_MODEL_STEPS=3000000 makes the histories as long as one has patience for, MEKS_MODEL_SEED makes them other ones.

const steps = Number(process.env.MEKS_MODEL_STEPS ?? 60_000) / 20;
const seedBase = Number(process.env.MEKS_MODEL_SEED ?? 0);
const roomOptions = { room: { id: '7', handle: 'ours' }, hostId: '1' };

/** What the views show. */
function assertView(ranking: Ranking, model: Recount): void {
  const { view } = ranking;
  const shown = (rows: typeof view.board): object[] =>
    rows.map((row) => ({ id: row.user.id, diamonds: row.diamonds, seq: row.seq }));
  const session = model.rows('session');
  assert.deepEqual(shown(view.board), session.slice(0, 100));
  assert.deepEqual([view.session.diamonds, view.session.gifters], [model.total('session'), session.length]);
  for (const [index, side] of (view.battle?.sides ?? []).entries()) {
    const scope = `side ${view.battle!.battleId} ${index}`;
    assert.equal(side.diamonds ?? 0, model.total(scope), scope);
    assert.deepEqual(shown(view.battleBoards[index]!), model.rows(scope).slice(0, 10), scope);
  }
}

/** What the event tells its gifter. */
function assertGift(event: GiftEvent, model: Recount): void {
  const rows = model.rows('session');
  const rank = rows.findIndex((row) => row.id === event.user.id) + 1;
  if (rank === 0) assert.equal(event.standing, null);
  else assert.deepEqual(event.standing, { diamonds: rows[rank - 1]!.diamonds, rank, gifters: rows.length });
  if (event.battle === null) return;
  const { battleId, side } = event.battle;
  const part = model.rows(`side ${battleId} ${side}`);
  const at = part.findIndex((row) => row.id === event.user.id);
  const sideDiamonds = model.total(`side ${battleId} ${side}`);
  assert.deepEqual(event.battle, { battleId, side, sideDiamonds, diamonds: part[at]!.diamonds, rank: at + 1 });
}

function assertBoards(ranking: Ranking, model: Recount): void {
  const scopes: [string, BoardScope][] = [
    ['session', { kind: 'session' }],
    ['day', { kind: 'day' }],
    ['week', { kind: 'week' }],
    ['all-time', { kind: 'all-time' }],
    ['window 5', { kind: 'window', minutes: 5 }],
    ['window 60', { kind: 'window', minutes: 60 }],
  ];
  for (const receiver of ['', '2', '4', '5']) scopes.push([`receiver ${receiver}`, { kind: 'receiver', receiver }]);
  for (const [name, scope] of scopes) {
    const reader = ranking.board(scope);
    const rows = model.rows(name);
    assert.equal(reader?.total ?? 0, model.total(name), name);
    const top = reader?.top(rows.length + 1) ?? [];
    assert.deepEqual(
      top.map((row) => ({ id: row.user.id, diamonds: row.diamonds, seq: row.seq })),
      rows,
      name,
    );
  }
  assert.deepEqual(ranking.check().problems, []);
}

/** What somebody might ask for: mostly about what has just happened. */
function requestOf(
  random: Random,
  model: Recount,
  battles: readonly (BattleState | null)[],
  id: string,
): CorrectionRequest {
  const base = { id, reason: 'model', by: 'model' };
  const gift = model.gifts[model.gifts.length - 1 - Math.floor(random.exponential(30))]?.id ?? 'unknown';
  const roll = random.next();
  if (roll < 0.5) {
    const entry = model.ledger[model.ledger.length - 1 - Math.floor(random.exponential(5))];
    return { ...base, action: 'undo', undoes: entry?.event.id ?? 'unknown' };
  }
  if (roll < 0.7) return { ...base, action: 'void-gift', gift };
  const battle = random.pick([...battles, null]);
  const side = battle === null || battle.sides.length === 0 ? null : random.pick(battle.sides);
  const to = side === null ? null : { battleId: battle!.battleId, sideId: random.chance(0.05) ? 'x' : side.id };
  return { ...base, action: 'attribute', gift, to };
}

/** The event that the ranking makes of a request; null where it refuses, for the reason that counting by hand gives. */
function asked(
  ranking: Ranking,
  model: Recount,
  request: CorrectionRequest,
  battles: readonly (BattleState | null)[],
): CorrectionEvent | null {
  const refused = model.refuses(request, battles);
  try {
    const event = ranking.correctionOf(request, 1);
    assert.equal(refused, null, JSON.stringify(request));
    return event;
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    assert.equal((error as MeksError).code, refused, JSON.stringify(request));
    return null;
  }
}

function assertCorrection(event: CorrectionEvent, entry: ReturnType<Recount['correct']>): void {
  const { effect } = event;
  if (!entry.did) {
    assert.deepEqual([event.applied, effect], [0, null]);
    return;
  }
  const on = (scope: string): number => entry.onBoards.get(scope) ?? 0;
  const receivers = [...entry.onBoards].flatMap(([scope, diamonds]) =>
    scope.startsWith('receiver ') && diamonds > 0 ? [{ receiver: scope.slice(9), diamonds }] : [],
  );
  const sides = [...entry.sides].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  assert.deepEqual(
    {
      ...effect!,
      receivers: effect!.receivers.toSorted((a, b) => (a.receiver < b.receiver ? -1 : 1)),
      sides: effect!.sides.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    },
    {
      from: entry.from ?? '',
      to: entry.to ?? '',
      session: on('session'),
      day: on('day'),
      week: on('week'),
      allTime: on('all-time'),
      receivers: receivers.sort((a, b) => (a.receiver < b.receiver ? -1 : 1)),
      sides,
    },
  );
  const attributed = entry.from === entry.to;
  const onSides = Math.max(0, ...sides.map((side) => Math.max(side.taken, side.given)));
  assert.equal(event.applied, attributed ? onSides : on('session'));
}

function play(options: WorldOptions, seed: number, count: number): void {
  const random = seededRandom(seedBase + seed);
  const world = new World(random.fork(), options);
  const model = new Recount();
  let ranking = new Ranking(roomOptions);
  const unbroken = new Ranking(roomOptions);
  const client = emptyRoomView(roomOptions.room);
  let former: BattleState | null = null;
  let seq = 0;
  for (let step = 0; step < count; step++) {
    const battles = [ranking.view.battle, former];
    const wanted = random.chance(0.05) ? requestOf(random, model, battles, `asked-${step}`) : null;
    const event = wanted === null ? world.next() : asked(ranking, model, wanted, battles);
    if (event === null) continue;
    seq += random.chance(0.02) ? 1 + random.int(4) : 1;
    try {
      unbroken.apply(seq, structuredClone(event));
      former = turn(ranking, model, event, former, seq);
      applyEvent(client, seq, JSON.parse(encodeEventFrame(seq, event)) as MeksEvent);
      assertView(ranking, model);
      if (step % 101 === 0 || event.kind === 'correction') assertBoards(ranking, model);
      if (step % 53 === 0) assert.deepEqual(JSON.parse(JSON.stringify(ranking.view)), client);
      if (random.chance(0.004)) ranking = Ranking.restore(ranking.save(), roomOptions);
      if (step % 499 === 0) assert.ok(Buffer.from(ranking.save()).equals(unbroken.save()), 'same bytes');
    } catch (error) {
      throw new Error(`seed ${seedBase + seed}, step ${step} of ${JSON.stringify(options)}: ${JSON.stringify(event)}`, {
        cause: error,
      });
    }
  }
  assertBoards(ranking, model);
  assert.ok(Buffer.from(ranking.save()).equals(unbroken.save()), 'same bytes');
}

/** One event on both sides. Returns the battle before the one on display. */
function turn(
  ranking: Ranking,
  model: Recount,
  event: MeksEvent,
  former: BattleState | null,
  seq: number,
): BattleState | null {
  const before = ranking.view.battle === null ? null : structuredClone(ranking.view.battle);
  const begins = beginsSession(ranking.view, event);
  model.tick(event.kind === 'correction' || event.kind === 'operator' ? 0 : event.at);
  if (event.kind === 'gift') model.gift(event, ranking.view.battle, former, seq);
  const entry = event.kind === 'correction' ? model.correct(event, [former, before], seq) : null;
  ranking.apply(seq, event);
  if (event.kind === 'gift') assertGift(event, model);
  if (event.kind === 'correction') assertCorrection(event, entry!);
  if (begins) {
    model.beginSession(seq);
    return null;
  }
  const after = ranking.view.battle;
  const next = before !== null && after!.battleId !== before.battleId ? before : former;
  if (event.kind === 'battle' || event.kind === 'score') recountBattle(model, before, after, next);
  return next;
}

test('a busy room is counted as by hand, dashboards agree, and restoring changes nothing', () => {
  for (const seed of [1, 2, 3]) play({ gifters: 40, paceMs: 800 }, seed, steps / 4);
});

test('a large room at a slow pace is counted as by hand: days, weeks and windows pass', () => {
  play({ gifters: 400, paceMs: 90_000 }, 4, steps / 4);
  play({ gifters: 150, paceMs: 4_000 }, 5, steps / 4);
});

test('the benchmark runs, and the same history gives the same ranks', () => {
  const cost = runRankingBench(60, 400);
  assert.equal(cost.gifters, 60);
  assert.ok(cost.check > 0);
  assert.equal(runRankingBench(60, 400).check, cost.check);
});
