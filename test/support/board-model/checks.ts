import assert from 'node:assert/strict';
import type { BoardScope } from '../../../src/protocol/board-scope.ts';
import type { CorrectionEvent } from '../../../src/protocol/corrections.ts';
import type { GiftEvent, MeksEvent } from '../../../src/protocol/events.ts';
import type { BattleRecount } from './recount-battles.ts';
import type { Ranking } from '../../../src/ranking/ranking.ts';
import type { Recount } from './recount.ts';

// What a ranking shows, held against what counting by hand gives. Each throws AssertionError where a number differs.
// For tests and tools.

interface CountedRow {
  readonly id: string;
  readonly diamonds: number;
  readonly seq: number;
}

interface ShownRow {
  readonly user: { readonly id: string };
  readonly diamonds: number;
  readonly seq: number;
}

/** Compared number by number: a comparison of whole structures would be most of the time of a run. */
function sameRows(shown: readonly ShownRow[], counted: readonly CountedRow[], what: string): void {
  let same = shown.length === counted.length;
  for (let index = 0; same && index < shown.length; index++) {
    const { user, diamonds, seq } = shown[index]!;
    const row = counted[index]!;
    same = user.id === row.id && diamonds === row.diamonds && seq === row.seq;
  }
  if (same) return;
  const told = shown.map(({ user, diamonds, seq }) => ({ id: user.id, diamonds, seq }));
  assert.deepEqual(told, counted, what);
}

/** The view: first rows, sums, sides of the battle, and the numbers of its cockpit. */
export function checkView(ranking: Ranking, model: Recount, battles: BattleRecount): void {
  const { view } = ranking;
  const session = model.rows('session');
  sameRows(view.board, session.slice(0, 100), 'the session in the view');
  assert.equal(view.session.diamonds, model.total('session'), 'diamonds of the session');
  assert.equal(view.session.gifters, session.length, 'gifters of the session');
  if (view.battle === null) return;
  const { battleId, sides } = view.battle;
  for (let index = 0; index < sides.length; index++) {
    const scope = `side ${battleId} ${index}`;
    assert.equal(sides[index]!.diamonds ?? 0, model.total(scope), scope);
    sameRows(view.battleBoards[index]!, model.rows(scope).slice(0, 10), scope);
  }
  battles.check(view.battle);
}

/** What a gift event tells its gifter. */
export function checkGift(event: GiftEvent, model: Recount): void {
  const rows = model.rows('session');
  const rank = rows.findIndex((row) => row.id === event.user.id) + 1;
  if (rank === 0) assert.equal(event.standing, null);
  else assert.deepEqual(event.standing, { diamonds: rows[rank - 1]!.diamonds, rank, gifters: rows.length });
  const counted = model.gifts.at(-1);
  const side = counted?.id === event.id && event.diamonds > 0 ? counted.side : null;
  assert.equal(event.battle?.battleId, side?.battleId, 'the battle that the gift counts for');
  if (event.battle === null) return;
  const { battleId, side: index } = event.battle;
  const part = model.rows(`side ${battleId} ${index}`);
  const at = part.findIndex((row) => row.id === event.user.id);
  const sideDiamonds = model.total(`side ${battleId} ${index}`);
  assert.deepEqual(event.battle, {
    battleId,
    side: index,
    sideDiamonds,
    diamonds: part[at]!.diamonds,
    rank: at + 1,
  });
}

const scopes: readonly (readonly [string, BoardScope])[] = [
  ['session', { kind: 'session' }],
  ['day', { kind: 'day' }],
  ['week', { kind: 'week' }],
  ['all-time', { kind: 'all-time' }],
  ['window 5', { kind: 'window', minutes: 5 }],
  ['window 60', { kind: 'window', minutes: 60 }],
  ...['', '2', '4', '5'].map((receiver) => [`receiver ${receiver}`, { kind: 'receiver', receiver }] as const),
];

/**
 * Every row of every board, and one gifter's rank and neighbours on each. `probe`: any number, another one each time.
 */
export function checkBoards(ranking: Ranking, model: Recount, probe: number): void {
  for (const [name, scope] of scopes) {
    const reader = ranking.board(scope);
    const rows = model.rows(name);
    assert.equal(reader?.total ?? 0, model.total(name), name);
    const top = reader?.top(rows.length + 1) ?? [];
    sameRows(top, rows, name);
    if (reader === null || rows.length === 0) continue;
    const at = probe % rows.length;
    const { id, diamonds } = rows[at]!;
    assert.equal(reader.rankOf(id), at + 1, `rank of ${id} on ${name}`);
    assert.equal(reader.diamondsOf(id), diamonds, `diamonds of ${id} on ${name}`);
    sameRows(reader.neighbours(id, 2), rows.slice(Math.max(0, at - 2), at + 3), `around ${id} on ${name}`);
    sameRows(reader.page(at, 3), rows.slice(3 * at, 3 * at + 3), `page ${at} of ${name}`);
  }
  const former = ranking.formerBattle;
  for (const [index, side] of (former?.sides ?? []).entries()) {
    const scope = `side ${former!.battleId} ${index}`;
    const rows = model.rows(scope);
    assert.equal(side.diamonds ?? 0, model.total(scope), scope);
    const board = ranking.board({ kind: 'side', side: index, battleId: former!.battleId });
    sameRows(board?.top(rows.length + 1) ?? [], rows, scope);
  }
  assert.deepEqual(ranking.check().problems, []);
}

/** What a correction says that it did. */
export function checkCorrection(event: CorrectionEvent, entry: ReturnType<Recount['correct']>): void {
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

/** Everything after one step. */
export interface Step {
  readonly ranking: Ranking;
  readonly model: Recount;
  readonly battles: BattleRecount;
  readonly event: MeksEvent;
  /** What the model made of a correction; null = the event is none. */
  readonly entry: ReturnType<Recount['correct']> | null;
  readonly number: number;
}

export function checkStep({ ranking, model, battles, event, entry, number }: Step): void {
  if (event.kind === 'gift') checkGift(event, model);
  if (event.kind === 'correction') checkCorrection(event, entry!);
  checkView(ranking, model, battles);
  checkBoards(ranking, model, number);
}
