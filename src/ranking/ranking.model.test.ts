import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyAccount, playEpisode } from '../../test/support/board-model/run.ts';
import { runRankingBench } from './ranking.bench.ts';

// Goal: every number that a ranking shows is the number that counting by hand gives, at every position; what a
// dashboard makes of the events is what the broker has; and a replay from any snapshot is no different from never
// having stopped. Method: histories of chance beside plain maps that are sorted anew for every question.
// MEKS_MODEL_SEED makes them other ones; `node tools/board-model.ts` makes them as long as one has patience for.

const steps = Number(process.env.MEKS_MODEL_STEPS ?? 60_000) / 80;
const seed = Number(process.env.MEKS_MODEL_SEED ?? 0);

test('a busy room is counted as by hand, dashboards agree, and replaying changes nothing', () => {
  const account = emptyAccount();
  for (const each of [1, 2, 3]) playEpisode({ seed: seed + each, world: { gifters: 40, paceMs: 800 }, steps }, account);
  assert.ok(account.replays >= 3 && account.battles > 3, 'something happened');
});

test('a large room at a slow pace is counted as by hand: days, weeks and windows pass', () => {
  const account = emptyAccount();
  playEpisode({ seed: seed + 4, world: { gifters: 400, paceMs: 90_000 }, steps }, account);
  playEpisode({ seed: seed + 5, world: { gifters: 150, paceMs: 4_000 }, timeZone: 'Asia/Kathmandu', steps }, account);
  assert.ok(account.days > 0, 'a day has passed');
});

test('the benchmark runs, and the same history gives the same ranks', () => {
  const cost = runRankingBench(60, 400);
  assert.equal(cost.gifters, 60);
  assert.ok(cost.check > 0);
  assert.equal(runRankingBench(60, 400).check, cost.check);
});
