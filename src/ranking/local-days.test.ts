import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { gift, viewers, worldStart } from './fixture.ts';
import { LocalDays } from './local-days.ts';
import { Ranking } from './ranking.ts';

const dayMs = 86_400_000;

test('the day is that of a calendar on the wall there, in any order of asking', () => {
  for (const timeZone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
    const wall = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
    const days = new LocalDays(timeZone);
    const random = seededRandom(7);
    let at = Date.UTC(2026, 0, 1);
    for (let step = 0; step < 4_000; step++) {
      at += Math.floor(random.exponential(dayMs / 10)) - (random.chance(0.2) ? 3_600_000 : 0);
      assert.equal(days.dayOf(at), Date.parse(wall.format(at)) / dayMs, `${timeZone} at ${at}`);
    }
  }
});

test('a zone that there is not is refused', () => {
  assert.throws(() => new LocalDays('Europe/Nowhere'), RangeError);
});

test('a ranking that is restored without a zone keeps the one that it was saved with', () => {
  const options = { room: { id: '7', handle: 'ours' }, hostId: '1' };
  const hour = 3_600_000;
  const midnight = Math.ceil(worldStart / dayMs) * dayMs - hour;
  const saved = new Ranking({ ...options, timeZone: 'Europe/Berlin' });
  saved.apply(1, gift('100', 5, { at: midnight - 1 }));
  const follower = Ranking.restore(saved.save(), options);
  const moved = Ranking.restore(saved.save(), { ...options, timeZone: 'UTC' });
  for (const ranking of [saved, follower, moved]) ranking.apply(2, { ...viewers(1), at: midnight });
  const today = (ranking: Ranking): number | undefined => ranking.board({ kind: 'day' })?.total;
  assert.deepEqual([saved, follower, moved].map(today), [0, 0, 5]);
  assert.ok(Buffer.from(follower.save()).equals(saved.save()));
});
