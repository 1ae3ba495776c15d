import assert from 'node:assert/strict';
import { test } from 'node:test';
import { battle, gift, person, worldStart } from './fixture.ts';
import { Ranking } from './ranking.ts';

// Gifts that are run again out of the quarantine, minutes or hours after they were given.

const minuteMs = 60_000;

test('a gift that is run again counts in the session, and among the last minutes only if it was given then', () => {
  const ranking = new Ranking({ room: { id: '7', handle: 'ours' }, hostId: '1' });
  const now = worldStart + 180 * minuteMs;
  const take = (diamonds: number, agoMs: number): void =>
    ranking.apply(ranking.seq + 1, { ...gift('100', diamonds, { at: now - agoMs }), late: true });
  ranking.apply(1, gift('101', 1, { at: now }));
  take(5, minuteMs);
  take(70, 20 * minuteMs);
  take(900, 170 * minuteMs);
  const diamondsOn = (scope: Parameters<Ranking['board']>[0]): number => ranking.board(scope)!.diamondsOf('100');
  assert.deepEqual([diamondsOn({ kind: 'session' }), diamondsOn({ kind: 'day' })], [975, 975]);
  assert.deepEqual([diamondsOn({ kind: 'window', minutes: 5 }), diamondsOn({ kind: 'window', minutes: 60 })], [5, 5]);
  assert.deepEqual(ranking.check().problems, []);
});

test('a gift that is run again and has no time is of no battle', () => {
  const ranking = new Ranking({ room: { id: '7', handle: 'ours' }, hostId: '1' });
  const sides = ['1', '2'].map((id) => ({
    id,
    hosts: [person(id)],
    rooms: [],
    points: null,
    outcome: 'unknown' as const,
    winStreak: null,
  }));
  ranking.apply(1, battle('a', 'open', { sides }));
  const first = gift('100', 5, { at: 0 });
  ranking.apply(2, first);
  assert.equal(first.battle?.diamonds, 5, 'it came while the battle is on');
  const again = { ...gift('100', 7, { at: 0 }), late: true as const };
  ranking.apply(3, again);
  assert.equal(again.battle, null);
});
