import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoardScope } from '../protocol/board-scope.ts';
import { seededRandom } from '../base/random.ts';
import type { BattleState } from '../protocol/battle-state.ts';
import type { CorrectionEvent, GiftEvent, MeksEvent } from '../protocol/events.ts';
import { encodeEventFrame } from '../protocol/frames.ts';
import { applyEvent, beginsSession, emptyRoomView, standsAbove } from '../protocol/room-view.ts';
import { sideOfGift } from './battle-boards.ts';
import { sideOfHost } from './battle-sides.ts';
import { World, type WorldOptions } from './fixture.ts';
import { runRankingBench } from './ranking.bench.ts';
import { Ranking } from './ranking.ts';
import { RoomTime } from './room-time.ts';

// Goal: every number that a ranking shows is the number that counting by hand gives, at every position; what a
// dashboard makes of the events is what the broker has; and a restore from any position is no different from never
// having stopped. Method: histories of chance beside plain maps that are sorted anew for every question.
// MEKS_MODEL_STEPS=3000000 makes the histories as long as one has patience for.

const steps = Number(process.env.MEKS_MODEL_STEPS ?? 60_000) / 20;
const roomOptions = { room: { id: '7', handle: 'ours' }, hostId: '1' };

interface Row {
  diamonds: number;
  seq: number;
}

interface WindowGift {
  readonly at: number;
  user: string;
  diamonds: number;
}

/** Counts by hand. Scopes are texts: 'session', 'receiver 4', 'side b2 0'… */
class Recount {
  readonly scopes = new Map<string, Map<string, Row>>();
  readonly met: string[] = [];
  readonly time = new RoomTime();
  /** Oldest first. */
  windowGifts: WindowGift[] = [];
  day = 0;
  week = 0;

  change(scope: string, user: string, diamonds: number, seq: number): void {
    const rows = this.scopes.get(scope) ?? new Map<string, Row>();
    this.scopes.set(scope, rows);
    const row = { diamonds: (rows.get(user)?.diamonds ?? 0) + diamonds, seq };
    assert.ok(row.diamonds >= 0);
    if (row.diamonds === 0) rows.delete(user);
    else rows.set(user, row);
  }

  meet(user: string): void {
    if (!this.met.includes(user)) this.met.push(user);
  }

  held(scope: string, user: string): number {
    return this.scopes.get(scope)?.get(user)?.diamonds ?? 0;
  }

  total(scope: string): number {
    let total = 0;
    for (const row of this.scopes.get(scope)?.values() ?? []) total += row.diamonds;
    return total;
  }

  rows(scope: string): { id: string; diamonds: number; seq: number }[] {
    const rows = [...(this.scopes.get(scope) ?? [])].map(([id, row]) => ({ id, diamonds: row.diamonds, seq: row.seq }));
    const tie = (id: string): number => this.met.indexOf(id);
    return rows.sort((a, b) => (standsAbove(a, b) ? -1 : standsAbove(b, a) ? 1 : tie(a.id) - tie(b.id)));
  }

  drop(test: (scope: string) => boolean): void {
    for (const scope of this.scopes.keys()) if (test(scope)) this.scopes.delete(scope);
  }

  /** Time goes on: gifts leave windows, days and weeks change. */
  tick(at: number): void {
    this.time.observe(at);
    const { now } = this.time;
    if (now === 0) return;
    const day = Math.floor(now / 86_400_000);
    const week = Math.floor((day + 3) / 7);
    if (day > this.day && this.day > 0) this.scopes.delete('day');
    if (week > this.week && this.week > 0) this.scopes.delete('week');
    this.day = Math.max(day, this.day);
    this.week = Math.max(week, this.week);
    for (const minutes of [5, 60]) {
      const since = now - minutes * 60_000;
      for (const gift of this.windowGifts) {
        const leaves = gift.at <= since && !this.left.get(minutes)!.has(gift);
        if (!leaves && gift.at > since) break;
        if (!leaves) continue;
        this.left.get(minutes)!.add(gift);
        const seq = this.scopes.get(`window ${minutes}`)?.get(gift.user)?.seq ?? 0;
        this.change(`window ${minutes}`, gift.user, -gift.diamonds, seq);
      }
    }
    this.windowGifts = this.windowGifts.filter((gift) => !this.left.get(60)!.has(gift));
  }

  /** By window: gifts that have left it. */
  readonly left = new Map<number, Set<WindowGift>>([
    [5, new Set()],
    [60, new Set()],
  ]);

  give(user: string, diamonds: number, receiver: string, seq: number): void {
    this.meet(user);
    for (const scope of ['session', 'day', 'week', 'all-time', 'window 5', 'window 60', `receiver ${receiver}`]) {
      this.change(scope, user, diamonds, seq);
    }
    this.windowGifts.push({ at: this.time.now, user, diamonds });
  }

  carry(scope: string, from: string, to: string | null, diamonds: number, seq: number): number {
    const taken = Math.min(diamonds, this.held(scope, from));
    if (taken === 0) return 0;
    this.change(scope, from, -taken, seq);
    if (to !== null) this.change(scope, to, taken, seq);
    return taken;
  }

  carryInWindows(from: string, to: string | null, diamonds: number, seq: number): void {
    let left = diamonds;
    for (let index = this.windowGifts.length - 1; index >= 0 && left > 0; index--) {
      const gift = this.windowGifts[index]!;
      const taken = gift.user === from ? Math.min(left, gift.diamonds) : 0;
      if (taken === 0) continue;
      left -= taken;
      for (const minutes of [5, 60]) {
        if (this.left.get(minutes)!.has(gift)) continue;
        this.change(`window ${minutes}`, from, -taken, seq);
        if (to !== null) this.change(`window ${minutes}`, to, taken, seq);
      }
      gift.diamonds -= taken;
      if (to === null) continue;
      const part = { at: gift.at, user: to, diamonds: taken };
      for (const set of this.left.values()) if (set.has(gift)) set.add(part);
      this.windowGifts.splice(index + 1, 0, part);
    }
  }
}

function recountGift(
  model: Recount,
  ranking: Ranking,
  event: GiftEvent,
  former: BattleState | null,
  seq: number,
): void {
  if (event.diamonds === 0) return;
  const { view } = ranking;
  const receiver = event.receiver === '1' ? '' : event.receiver;
  model.give(event.user.id, event.diamonds, receiver, seq);
  const side = sideOfGift(view.battle, event, '1');
  if (side >= 0) model.change(`side ${view.battle!.battleId} ${side}`, event.user.id, event.diamonds, seq);
  const late = side >= 0 ? -1 : sideOfGift(former, event, '1');
  if (late >= 0) model.change(`side ${former!.battleId} ${late}`, event.user.id, event.diamonds, seq);
}

function recountCorrection(
  model: Recount,
  event: CorrectionEvent,
  battles: (BattleState | null)[],
  seq: number,
): number {
  const { action, user, target, diamonds } = event;
  const receiver = event.receiver ?? '';
  const sides = battles.flatMap((battle) => {
    if (battle === null) return [];
    const named = event.side?.battleId === battle.battleId ? sideOfHost(battle.sides, event.side.sideId) : -1;
    return battle.sides.flatMap((_, index) =>
      action === 'merge' || index === named ? [`side ${battle.battleId} ${index}`] : [],
    );
  });
  if (action === 'add') {
    if (diamonds === 0) return 0;
    model.give(user.id, diamonds, receiver, seq);
    for (const scope of sides) model.change(scope, user.id, diamonds, seq);
    return diamonds;
  }
  const to = action === 'void' ? null : target!.id;
  if (to === user.id || !model.met.includes(user.id)) return 0;
  const held = model.held('session', user.id);
  const applied = action === 'merge' ? held : Math.min(held, diamonds);
  if (applied === 0 && action !== 'merge') return 0;
  if (to !== null) model.meet(to);
  const most = action === 'merge' ? Number.POSITIVE_INFINITY : applied;
  for (const scope of ['session', 'day', 'week', 'all-time', ...sides]) model.carry(scope, user.id, to, most, seq);
  model.carryInWindows(user.id, to, most, seq);
  let left = most;
  const receivers = [...model.scopes.keys()].filter((scope) => scope.startsWith('receiver '));
  const first = `receiver ${receiver}`;
  for (const scope of [first, ...receivers.filter((scope) => scope !== first)])
    left -= model.carry(scope, user.id, to, left, seq);
  return applied;
}

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

/** A side takes its board along wherever it comes to stand; a battle gone for good is forgotten. */
function recountBattle(
  model: Recount,
  before: BattleState | null,
  after: BattleState | null,
  former: BattleState | null,
): void {
  if (after === null) return;
  const known = before?.battleId === after.battleId ? before.sides : [];
  const boards = after.sides.map(({ id }) => {
    const index = known.findIndex((other) => other.id === id);
    return index < 0 ? undefined : model.scopes.get(`side ${after.battleId} ${index}`);
  });
  model.drop((scope) => scope.startsWith('side ') && scope.split(' ')[1] !== former?.battleId);
  for (const [index, rows] of boards.entries())
    if (rows !== undefined) model.scopes.set(`side ${after.battleId} ${index}`, rows);
}

function play(options: WorldOptions, seed: number, count: number): void {
  const random = seededRandom(seed);
  const world = new World(random.fork(), options);
  const model = new Recount();
  let ranking = new Ranking(roomOptions);
  const unbroken = new Ranking(roomOptions);
  const client = emptyRoomView(roomOptions.room);
  let former: BattleState | null = null;
  let seq = 0;
  for (let step = 0; step < count; step++) {
    const event = world.next();
    seq += random.chance(0.02) ? 1 + random.int(4) : 1;
    try {
      unbroken.apply(seq, structuredClone(event));
      former = turn(ranking, model, event, former, seq);
      applyEvent(client, seq, JSON.parse(encodeEventFrame(seq, event)) as MeksEvent);
      assertView(ranking, model);
      if (step % 101 === 0) assertBoards(ranking, model);
      if (step % 53 === 0) assert.deepEqual(JSON.parse(JSON.stringify(ranking.view)), client);
      if (random.chance(0.004)) ranking = Ranking.restore(ranking.save(), roomOptions);
      if (step % 499 === 0) assert.ok(Buffer.from(ranking.save()).equals(unbroken.save()), 'same bytes');
    } catch (error) {
      throw new Error(`seed ${seed}, step ${step} of ${JSON.stringify(options)}: ${JSON.stringify(event)}`, {
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
  model.tick(event.at);
  let applied = 0;
  if (event.kind === 'gift') recountGift(model, ranking, event, former, seq);
  if (event.kind === 'correction') applied = recountCorrection(model, event, [before, former], seq);
  ranking.apply(seq, event);
  if (event.kind === 'gift') assertGift(event, model);
  if (event.kind === 'correction') assert.equal(event.applied, applied);
  if (begins) {
    model.drop((scope) => scope === 'session' || scope.startsWith('receiver ') || scope.startsWith('side '));
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
