import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBoardScope, parseBoardScope } from './board-scope.ts';
import { applyBoardDelta, type BoardDelta, type BoardRow, type BoardView } from './board-view.ts';
import { unknownUser } from './events.ts';

const row = (rank: number, id: string, diamonds: number, seq = 1): BoardRow => ({
  rank,
  user: unknownUser(id),
  diamonds,
  seq,
});

function view(about: Partial<BoardView> = {}): BoardView {
  const rows = [row(1, 'a', 30), row(2, 'b', 20), row(3, 'c', 10)];
  const base = { scope: 'session', rowsMax: 3, around: '', each: 0, battleId: '', size: 3, total: 60, rank: 0, rows };
  return { ...base, ...about };
}

function delta(about: Partial<BoardDelta> = {}): BoardDelta {
  return { from: 1, seq: 4, conflated: 3, battleId: '', size: 3, total: 60, rank: 0, rows: [], gone: [], ...about };
}

const ids = (board: BoardView): string[] => board.rows.map((each) => `${each.rank} ${each.user.id} ${each.diamonds}`);

test('rows that did not change fill the ranks that are left, in their order', () => {
  const board = view();
  applyBoardDelta(board, delta({ total: 85, rows: [{ rank: 1, id: 'c', diamonds: 35, seq: 4 }] }));
  assert.deepEqual(ids(board), ['1 c 35', '2 a 30', '3 b 20']);
  assert.equal(board.total, 85);
});

test('who comes in is told with the profile, and who falls out is told', () => {
  const board = view();
  const user = { ...unknownUser('d'), name: 'Dee' };
  const entered = { rank: 2, id: 'd', diamonds: 25, seq: 4, user };
  applyBoardDelta(board, delta({ size: 4, rows: [entered], gone: ['c'] }));
  assert.deepEqual(ids(board), ['1 a 30', '2 d 25', '3 b 20']);
  assert.equal(board.rows[1]!.user.name, 'Dee');
});

test('neighbours beyond the first rows keep their own ranks', () => {
  const around = { rowsMax: 2, around: 'x', each: 1, size: 9, rank: 7 };
  const rows = [row(1, 'a', 90), row(2, 'b', 80), row(6, 'w', 20), row(7, 'x', 15), row(8, 'y', 12)];
  const board = view({ ...around, rows });
  // x passes w, and v comes into sight above both.
  const changes = [
    { rank: 5, id: 'v', diamonds: 25, seq: 2, user: unknownUser('v') },
    { rank: 6, id: 'x', diamonds: 21, seq: 4 },
  ];
  applyBoardDelta(board, delta({ size: 9, rank: 6, rows: changes, gone: ['y'] }));
  assert.deepEqual(ids(board), ['1 a 90', '2 b 80', '5 v 25', '6 x 21', '7 w 20']);
});

test('a delta that does not fit is refused and changes nothing', () => {
  const unfit = [
    delta({ gone: ['a'] }),
    delta({ rows: [{ rank: 1, id: 'z', diamonds: 5, seq: 4 }], gone: ['c'] }),
    delta({ size: 2 }),
    delta({ rows: [{ rank: 9, id: 'a', diamonds: 5, seq: 4 }] }),
  ];
  for (const each of unfit) {
    const board = view();
    assert.throws(() => applyBoardDelta(board, each), RangeError);
    assert.deepEqual(board, view());
  }
});

test('every scope reads as it is written', () => {
  const texts = ['session', 'day', 'week', 'all-time', '5m', '1h', 'receiver', 'receiver-42', 'side-0', 'side-11-77'];
  for (const text of texts) assert.equal(formatBoardScope(parseBoardScope(text)!), text);
  for (const text of ['', 'Session', '6m', 'receiver-', 'side', 'side-', 'side--1', 'side-01', 'side-100', 'side-1-'])
    assert.equal(parseBoardScope(text), null, text);
});
