import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoardScope } from '../protocol/board-scope.ts';
import type { CorrectionEvent, CorrectionRequest } from '../protocol/corrections.ts';
import type { MeksError } from '../protocol/errors.ts';
import type { MeksEvent } from '../protocol/events.ts';
import { operatorLimits } from '../protocol/operator-limits.ts';
import { battle, gift, room, side, worldStart } from './fixture.ts';
import { Ranking } from './ranking.ts';

// What operators ask for and what comes of it, case by case. That every number is right is the model test's business.

const sides = [side('1'), side('2')];

class Stage {
  ranking = new Ranking({ room: { id: '7', handle: 'ours' }, hostId: '1' });
  #seq = 0;

  take(...events: MeksEvent[]): void {
    for (const event of events) this.ranking.apply(++this.#seq, event);
    assert.deepEqual(this.ranking.check().problems, []);
  }

  ask(request: Partial<CorrectionRequest> & Pick<CorrectionRequest, 'action'>): CorrectionEvent {
    const id = `c${this.#seq}`;
    const event = this.ranking.correctionOf({ id, reason: 'why', by: 'ann', ...request } as CorrectionRequest, 5);
    this.take(event);
    return event;
  }

  refusal(request: Partial<CorrectionRequest> & Pick<CorrectionRequest, 'action'>): string {
    try {
      this.ask(request);
    } catch (error) {
      return (error as MeksError).code;
    }
    return 'not refused';
  }

  board(scope: BoardScope): Record<string, number> {
    const rows = this.ranking.board(scope)?.top(99) ?? [];
    return Object.fromEntries(rows.map((row) => [row.user.id, row.diamonds]));
  }

  boards(): Record<string, number>[] {
    const scopes: BoardScope[] = [
      { kind: 'session' },
      { kind: 'day' },
      { kind: 'week' },
      { kind: 'all-time' },
      { kind: 'window', minutes: 5 },
      { kind: 'window', minutes: 60 },
      { kind: 'receiver', receiver: '' },
      { kind: 'receiver', receiver: '4' },
      { kind: 'side', side: 0 },
    ];
    return scopes.map((scope) => this.board(scope));
  }
}

function battleStage(): Stage {
  const stage = new Stage();
  stage.take(room('live'), battle('a', 'open', { sides }));
  stage.take(gift('100', 50, { id: 'g1' }), gift('101', 30, { id: 'g2' }), gift('100', 5, { id: 'g3', receiver: '4' }));
  return stage;
}

test('undoing a merge gives each board back what it gave, and to nobody more', () => {
  const stage = battleStage();
  const before = stage.boards();
  const merge = stage.ask({ action: 'merge', user: '100', target: '101' });
  assert.deepEqual(merge.effect, {
    from: '100',
    to: '101',
    session: 55,
    day: 55,
    week: 55,
    allTime: 55,
    receivers: [
      { receiver: '', diamonds: 50 },
      { receiver: '4', diamonds: 5 },
    ],
    sides: [{ battleId: 'a', sideId: '1', taken: 50, given: 50 }],
  });
  assert.deepEqual(stage.board({ kind: 'session' }), { 101: 85 });
  stage.take(gift('101', 7));
  const undo = stage.ask({ action: 'undo', undoes: merge.id });
  assert.deepEqual([undo.applied, undo.action, undo.undoes], [55, 'undo', merge.id]);
  const after = stage.boards();
  const others = before.slice(0, 7);
  for (const board of others) board['101']! += 7;
  before[8]!['101']! += 7;
  assert.deepEqual(after, before);
});

test('an undo takes no more than is there, and says what it was', () => {
  const stage = battleStage();
  const added = stage.ask({ action: 'add', user: '102', diamonds: 40 });
  stage.ask({ action: 'void', user: '102', diamonds: 25 });
  const undo = stage.ask({ action: 'undo', undoes: added.id });
  assert.deepEqual([undo.diamonds, undo.applied], [40, 15]);
  assert.deepEqual(stage.board({ kind: 'session' }), { 100: 55, 101: 30 });
  assert.equal(stage.ranking.counters.get('correctionsCut'), 1);
});

test('a correction is undone once; an undo, and what is of another session, not at all', () => {
  const stage = battleStage();
  const added = stage.ask({ action: 'add', user: '102', diamonds: 40 });
  const later = stage.ask({ action: 'add', user: '102', diamonds: 1 });
  const undo = stage.ask({ action: 'undo', undoes: added.id });
  assert.equal(stage.refusal({ action: 'undo', undoes: added.id }), 'MEKS_CORRECTION_UNDONE');
  assert.equal(stage.refusal({ action: 'undo', undoes: undo.id }), 'MEKS_CORRECTION_CLOSED');
  assert.equal(stage.refusal({ action: 'undo', undoes: 'other' }), 'MEKS_CORRECTION_UNKNOWN');
  const listed = stage.ranking.ledger().map(({ id, open, undoneBy, undoes }) => ({ id, open, undoneBy, undoes }));
  assert.deepEqual(listed, [
    { id: undo.id, open: false, undoneBy: null, undoes: added.id },
    { id: later.id, open: true, undoneBy: null, undoes: null },
    { id: added.id, open: false, undoneBy: undo.id, undoes: null },
  ]);
  stage.take(room('ended'), room('live'));
  assert.equal(stage.refusal({ action: 'undo', undoes: later.id }), 'MEKS_CORRECTION_CLOSED');
  // Should a log hold such an undo all the same, it does nothing.
  const forced: CorrectionEvent = { ...undo, id: 'forced', undoes: later.id };
  stage.take(forced);
  assert.deepEqual([forced.applied, forced.effect], [0, null]);
  assert.equal(stage.board({ kind: 'all-time' })['102'], 1);
});

test('a test gift is voided by its id, wherever it counted, once', () => {
  const stage = battleStage();
  const voided = stage.ask({ action: 'void-gift', gift: 'g3' });
  assert.deepEqual([voided.action, voided.user.id, voided.diamonds, voided.receiver], ['void', '100', 5, '4']);
  assert.deepEqual(stage.board({ kind: 'receiver', receiver: '4' }), {});
  assert.deepEqual(stage.board({ kind: 'window', minutes: 5 }), { 100: 50, 101: 30 });
  assert.equal(stage.refusal({ action: 'void-gift', gift: 'g3' }), 'MEKS_CORRECTION_EMPTY');
  assert.equal(stage.refusal({ action: 'void-gift', gift: 'g9' }), 'MEKS_GIFT_UNKNOWN');
  stage.ask({ action: 'undo', undoes: voided.id });
  assert.deepEqual(stage.board({ kind: 'receiver', receiver: '4' }), { 100: 5 });
  assert.equal(stage.ask({ action: 'void-gift', gift: 'g3' }).applied, 5, 'it can be voided again');
});

test('a gift is attributed to the battle before, to none, and back', () => {
  const stage = battleStage();
  const startAt = worldStart + 600_000;
  stage.take(battle('a', 'finished', { sides }), battle('b', 'open', { sides, startAt, at: startAt }));
  stage.take(gift('100', 9, { id: 'g4', at: startAt + 5 }));
  const sum = (): number[] =>
    ['a', 'b'].map((battleId) => stage.ranking.board({ kind: 'side', side: 0, battleId })!.total);
  assert.deepEqual(sum(), [80, 9]);
  const moved = stage.ask({ action: 'attribute', gift: 'g4', to: { battleId: 'a', sideId: '1' } });
  assert.deepEqual([moved.applied, moved.fromSide, ...sum()], [9, { battleId: 'b', sideId: '1' }, 89, 0]);
  assert.equal(stage.ranking.view.battle!.sides[0]!.diamonds, 0);
  assert.equal(stage.board({ kind: 'session' })['100'], 64, 'the session has it all the same');
  const gone = stage.ask({ action: 'attribute', gift: 'g4', to: null });
  assert.deepEqual([gone.side, ...sum()], [undefined, 80, 0]);
  assert.equal(stage.refusal({ action: 'attribute', gift: 'g4', to: null }), 'MEKS_CORRECTION_EMPTY');
  const to = { battleId: 'z', sideId: '1' };
  assert.equal(stage.refusal({ action: 'attribute', gift: 'g4', to }), 'MEKS_BATTLE_UNKNOWN');
  stage.ask({ action: 'undo', undoes: gone.id });
  stage.ask({ action: 'undo', undoes: moved.id });
  assert.deepEqual(sum(), [80, 9]);
});

test('who gives must be known, and nobody gives to themselves', () => {
  const stage = battleStage();
  assert.equal(stage.refusal({ action: 'void', user: 'handle100', diamonds: 3 }), 'MEKS_GIFTER_UNKNOWN');
  assert.equal(stage.refusal({ action: 'merge', user: '100', target: '100' }), 'MEKS_CORRECTION_EMPTY');
  const named = stage.ask({ action: 'add', user: '105', diamonds: 3, side: { battleId: 'a', sideId: '2' } });
  assert.deepEqual(
    named.battle!.sides.map((one) => [one.side, one.diamonds]),
    [[1, 3]],
  );
});

test('what the ledger no longer holds is still explained, and can no longer be undone', () => {
  const stage = battleStage();
  const first = stage.ask({ action: 'add', user: '102', diamonds: 2 });
  for (let left = operatorLimits.ledgerEntriesMax.value; left > 0; left--)
    stage.ask({ action: 'add', user: '102', diamonds: 1 });
  assert.equal(stage.ranking.ledger().length, operatorLimits.ledgerEntriesMax.value);
  assert.equal(stage.refusal({ action: 'undo', undoes: first.id }), 'MEKS_CORRECTION_UNKNOWN');
  const saved = stage.ranking.save();
  stage.ranking = Ranking.restore(saved, { room: { id: '7', handle: 'ours' }, hostId: '1' });
  assert.deepEqual(stage.ranking.check().problems, []);
  assert.deepEqual(stage.ranking.save(), saved);
  assert.deepEqual(stage.ask({ action: 'void-gift', gift: 'g2' }).applied, 30, 'gifts are known by id after a restart');
});

test('corrections and their undo pass over to the host when a receiver turns out to be the host', () => {
  const stage = new Stage();
  stage.ranking = new Ranking({ room: { id: '7', handle: 'ours' } });
  const own = { ...side('1'), hosts: [{ id: '1', handle: 'ours', name: 'Ours', avatar: '' }] };
  stage.take(room('live'), gift('100', 9, { receiver: '1', id: 'g1' }));
  const added = stage.ask({ action: 'add', user: '100', diamonds: 4, receiver: '1' });
  stage.take(battle('a', 'open', { sides: [own, side('2')] }));
  stage.ask({ action: 'undo', undoes: added.id });
  stage.ask({ action: 'void-gift', gift: 'g1' });
  assert.deepEqual([stage.board({ kind: 'receiver', receiver: '' }), stage.board({ kind: 'session' })], [{}, {}]);
});

test('a sum that does not agree is found, on whichever road it was lost', () => {
  const roads: ((ranking: Ranking) => void)[] = [
    (ranking) => void ranking.view.session.diamonds++,
    (ranking) => void ranking.view.battle!.sides[0]!.diamonds!++,
    (ranking) => void ranking.view.board.reverse(),
  ];
  for (const spoil of roads) {
    const stage = battleStage();
    stage.ask({ action: 'add', user: '102', diamonds: 2 });
    spoil(stage.ranking);
    assert.notDeepEqual(stage.ranking.check().problems, []);
  }
});
