import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeksEvent } from '../protocol/events.ts';
import { BattleTally } from './battle-tally.ts';
import { battle, correction, gap, gift, pinned, room, side, worldStart } from './fixture.ts';
import { Ranking } from './ranking.ts';

const options = { room: { id: '7', handle: 'ours' }, hostId: '1' };
const sides = [side('1'), side('2')];
const now = worldStart + 600_000;

function after(events: readonly MeksEvent[], ranking = new Ranking(options)): Ranking {
  for (const event of events) ranking.apply(ranking.seq + 1, event);
  return ranking;
}

function opened(startAt: number, at = now + 1_000): MeksEvent {
  return battle('b', 'open', { at, startAt, sides });
}

function isComplete(events: readonly MeksEvent[], ranking?: Ranking): boolean {
  return after(events, ranking).view.battle!.complete;
}

const earlier = gift('100', 5, { at: worldStart });
const missed = gap({ at: now - 60_000, lengthMs: 60_000 });

test('a battle that began inside a gap is not complete, though its opening was told afterwards', () => {
  assert.equal(isComplete([earlier, missed, opened(now - 30_000)]), false);
  assert.equal(isComplete([earlier, missed, opened(0, now - 30_000)]), false, 'dated by the message alone');
  assert.equal(isComplete([earlier, missed, opened(0, 0)]), false, 'nobody knows when it began');
  assert.equal(isComplete([earlier, missed, opened(now + 30_000, now + 30_100)]), true, 'the gap was over');
  assert.equal(isComplete([earlier, missed, opened(now - 2_000)]), true, 'clocks differ by as much');
});

test('a battle that began before the first event, or before its LIVE was entered, is not complete', () => {
  const entered = room('live', { at: now, liveId: '700' });
  assert.equal(isComplete([gift('100', 5, { at: now }), opened(now - 30_000)]), false);
  assert.equal(isComplete([earlier, entered, opened(now - 30_000)]), false);
  assert.equal(isComplete([earlier, entered, opened(now + 100)]), true);
  assert.equal(isComplete([opened(now)]), true, 'its opening is the first event');
});

test('what operators do says nothing of when a room was heard', () => {
  const late = [correction('add', '100', 5, { at: now }), { ...pinned('100'), at: now }];
  assert.equal(isComplete([...late, opened(now - 30_000)]), true);
});

test('a gap of a restart is dated by its end', () => {
  const recovery = gap({ reason: 'recovery', at: now, lengthMs: 3_000_000 });
  assert.equal(isComplete([earlier, recovery, opened(now - 30_000)]), false);
  assert.equal(isComplete([earlier, recovery, opened(now + 100)]), true);
});

test('a gap of the broker’s time says nothing of a battle in a recording’s time', () => {
  assert.equal(isComplete([earlier, gap({ at: now + 1e9, reason: 'overload', lengthMs: 0 }), opened(now)]), true);
});

test('since when a room was heard is saved, and is not in what older versions saved', () => {
  const saved = after([earlier, missed]).save();
  assert.equal(isComplete([opened(now - 30_000)], Ranking.restore(saved, options)), false);
  const older = new BattleTally();
  const { rates, tally } = older.save();
  older.restore({ rates, tally });
  assert.equal(older.heardSince, 0);
});
