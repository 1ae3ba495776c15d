import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BattleCockpit } from '../protocol/battle-state.ts';
import { seededRandom } from '../base/random.ts';
import type { MeksEvent } from '../protocol/events.ts';
import { battle, gift, item, score, side, worldStart } from './fixture.ts';
import { GiftCatalogue } from './gift-catalogue.ts';
import { Ranking } from './ranking.ts';

const sides = [side('1'), side('2')];
const open = battle('a', 'open', { sides });

function cockpitAfter(...events: MeksEvent[]): BattleCockpit | null {
  const ranking = new Ranking({ room: { id: '7', handle: 'ours' }, hostId: '1' });
  for (const [index, event] of events.entries()) ranking.apply(index + 1, structuredClone(event));
  assert.deepEqual(ranking.check().problems, []);
  return ranking.view.battle!.cockpit;
}

function points(own: number, rival: number, afterMs: number): MeksEvent {
  return score('a', { 1: own, 2: rival }, { scoredAt: worldStart + afterMs, at: worldStart + afterMs });
}

function boost(kind: 'glove' | 'top2' | 'top3', afterMs: number, anchorId = '1'): MeksEvent {
  const at = worldStart + afterMs;
  return item('a', { item: kind, at, startAt: at, anchorId, multiplier: { glove: 5, top2: 2, top3: 3 }[kind] });
}

test('the gap is the rival’s points less ours, and one more point leads', () => {
  const behind = cockpitAfter(open, points(100, 160, 1_000))!;
  assert.deepEqual([behind.rival, behind.gap, behind.need], [1, 60, 61]);
  const level = cockpitAfter(open, points(160, 160, 1_000))!;
  assert.deepEqual([level.gap, level.need], [0, 1], 'to draw is not to lead');
  const ahead = cockpitAfter(open, points(161, 160, 1_000))!;
  assert.deepEqual([ahead.gap, ahead.need, ahead.closers], [-1, 0, []]);
  const unknown = cockpitAfter(open)!;
  assert.deepEqual([unknown.gap, unknown.need], [null, null]);
});

test('of several rivals the one with the most points is the one to beat', () => {
  const three = battle('a', 'open', { sides: [side('1'), side('2'), side('3')] });
  const state = cockpitAfter(three, score('a', { 1: 5, 2: 9, 3: 30 }))!;
  assert.deepEqual([state.rival, state.gap], [2, 25]);
});

test('a booster is certain and counts; a glove is a chance and is shown apart', () => {
  const boosted = cockpitAfter(open, boost('top3', 1_000), points(100, 160, 2_000))!;
  assert.deepEqual([boosted.multiplier, boosted.multiplierMax, boosted.need], [3, 3, 21]);
  const glove = cockpitAfter(open, boost('glove', 1_000), points(100, 160, 2_000))!;
  assert.deepEqual([glove.multiplier, glove.multiplierMax, glove.need], [1, 5, 61]);
  const both = cockpitAfter(open, boost('glove', 1_000), boost('top2', 1_000), points(100, 160, 2_000))!;
  assert.deepEqual([both.multiplier, both.multiplierMax], [2, 5], 'they do not stack');
  const over = cockpitAfter(open, boost('top3', 1_000), points(100, 160, 31_001))!;
  assert.equal(over.multiplier, 1, 'it has run out');
  const theirs = cockpitAfter(open, boost('top3', 1_000, '2'), points(100, 160, 2_000))!;
  assert.equal(theirs.multiplier, 1);
});

test('the pace is told from ten seconds on, over the last minute', () => {
  assert.deepEqual(cockpitAfter(open, points(0, 0, 0), points(90, 30, 9_000))!.pointsPerMinute, [null, null]);
  assert.deepEqual(cockpitAfter(open, points(0, 0, 0), points(90, 30, 30_000))!.pointsPerMinute, [180, 60]);
  const late = cockpitAfter(open, points(0, 0, 0), points(500, 0, 40_000), points(600, 60, 100_000))!;
  assert.deepEqual(late.pointsPerMinute, [100, 60], 'what is older than a minute does not count');
});

test('extra time can move the end by what is left of it, while the battle is on', () => {
  assert.equal(cockpitAfter(open)!.extensionSecMax, 30);
  const extended = item('a', { item: 'extra-time', durationSec: 10, anchorId: '1' });
  assert.equal(cockpitAfter(open, extended)!.extensionSecMax, 20);
  const finished = cockpitAfter(open, points(1, 2, 1_000), battle('a', 'finished', { sides }))!;
  assert.deepEqual([finished.extensionSecMax, finished.need, finished.gap], [0, null, 1]);
});

test('gifts that were seen close the gap: one, a few with change, many small ones', () => {
  const seen = [gift('100', 1), gift('100', 10), gift('100', 100), gift('100', 1_000), gift('100', 29_999)];
  const state = cockpitAfter(...seen, open, points(0, 4_255, 1_000))!;
  const told = state.closers.map((closer) => [
    closer.diamonds,
    closer.gifts.map((each) => `${each.count} x ${each.price}`).join(' + '),
  ]);
  assert.deepEqual(told, [
    [4_256, '42 x 100 + 5 x 10 + 6 x 1'],
    [4_260, '4 x 1000 + 2 x 100 + 6 x 10'],
    [29_999, '1 x 29999'],
  ]);
  assert.equal(state.safeLead, 29_999);
  const exact = cockpitAfter(...seen, open, points(0, 999, 1_000))!;
  assert.deepEqual(exact.closers[0], {
    diamonds: 1_000,
    gifts: [{ id: 'g1000', name: 'Gift 1000', price: 1_000, count: 1 }],
  });
});

test('whatever is needed, closers cover it, cheapest first, and nobody sends hundreds of gifts', () => {
  const random = seededRandom(8);
  for (let round = 0; round < 500; round++) {
    const catalogue = new GiftCatalogue();
    for (let kind = random.int(12); kind > 0; kind--) {
      const price = random.pick([1, 5, 10, 99, 100, 499, 1_000, 5_000, 29_999, 44_999]);
      catalogue.see({ id: String(kind), name: `Gift ${kind}`, price, type: 1 });
    }
    const need = 1 + random.int(random.pick([20, 2_000, 90_000]));
    const closers = catalogue.closers(need);
    assert.ok(closers.length <= 3);
    for (const [index, closer] of closers.entries()) {
      const sum = closer.gifts.reduce((total, each) => total + each.price * each.count, 0);
      const count = closer.gifts.reduce((total, each) => total + each.count, 0);
      assert.equal(closer.diamonds, sum);
      assert.ok(sum >= need, `${sum} covers ${need}`);
      assert.ok(count <= 120 && closer.gifts.length <= 3 && closer.gifts.every((each) => each.count > 0));
      if (index > 0) assert.ok(closer.diamonds >= closers[index - 1]!.diamonds);
    }
  }
});

test('the catalogue keeps the newest price, takes no free gifts, and no more kinds than its limit', () => {
  const catalogue = new GiftCatalogue();
  const see = (id: string, price: number): void => catalogue.see({ id, name: 'Rose', price, type: 1 });
  see('1', 5);
  see('1', 6);
  see('2', 0);
  assert.deepEqual(catalogue.kinds(), [{ id: '1', name: 'Rose', price: 6 }]);
  for (let id = 10; id < 3_000; id++) see(String(id), id);
  assert.equal(catalogue.kinds().length, 1_024);
});

test('the series counts own results of the session; the last word on a battle counts', () => {
  const result = (id: string, outcome: 'win' | 'lose' | 'draw', startAt: number): MeksEvent =>
    battle(id, 'finished', {
      startAt,
      sides: [
        side('1', { outcome, points: 1 }),
        side('2', { outcome: outcome === 'win' ? 'lose' : 'draw', points: 0 }),
      ],
    });
  const story = (...outcomes: ('win' | 'lose' | 'draw')[]): MeksEvent[] =>
    outcomes.map((outcome, index) => result(`b${index}`, outcome, worldStart + index * 400_000));
  assert.deepEqual(cockpitAfter(...story('win', 'win', 'lose', 'win'))!.series, {
    wins: 3,
    losses: 1,
    draws: 0,
    streak: 1,
    versus: { wins: 3, losses: 1, draws: 0 },
  });
  assert.deepEqual(cockpitAfter(...story('win', 'draw'))!.series, {
    wins: 1,
    losses: 0,
    draws: 1,
    streak: 0,
    versus: { wins: 1, losses: 0, draws: 1 },
  });
  const corrected = [...story('win', 'win'), result('b1', 'lose', worldStart + 400_000)];
  assert.deepEqual(cockpitAfter(...corrected)!.series, {
    wins: 1,
    losses: 1,
    draws: 0,
    streak: 0,
    versus: { wins: 1, losses: 1, draws: 0 },
  });
});

test('a best-of-three is told against the rival at hand, and the series against all', () => {
  const won = (id: string, rival: string, startAt: number): MeksEvent =>
    battle(id, 'finished', { startAt, sides: [side('1', { outcome: 'win' }), side(rival, { outcome: 'lose' })] });
  const { series } = cockpitAfter(
    won('a', '2', worldStart),
    won('b', '3', worldStart + 400_000),
    won('c', '2', worldStart + 800_000),
  )!;
  assert.deepEqual([series.wins, series.streak, series.versus], [3, 3, { wins: 2, losses: 0, draws: 0 }]);
});

test('with luck less is needed, and how much less is told apart', () => {
  const glove = cockpitAfter(open, boost('glove', 1_000), points(100, 160, 2_000))!;
  assert.deepEqual([glove.need, glove.needMin], [61, 13]);
  const plain = cockpitAfter(open, points(100, 160, 2_000))!;
  assert.deepEqual([plain.need, plain.needMin], [61, 61]);
});

test('new gifters are those whose first gift of the session fell into this battle, on our side', () => {
  const state = cockpitAfter(
    gift('100', 5),
    open,
    gift('100', 5),
    gift('101', 5),
    gift('101', 5),
    gift('102', 1),
    gift('103', 9, { receiver: '2' }),
    points(20, 0, 1_000),
  )!;
  assert.equal(state.newGifters, 2);
});

test('when a side last scored is told for each side, and a keep-alive is no score', () => {
  const state = cockpitAfter(open, points(5, 0, 1_000), points(5, 7, 2_000), points(5, 7, 9_000))!;
  assert.deepEqual(state.scoredAt, [worldStart + 1_000, worldStart + 2_000]);
});

test('why points are not diamonds is told by cause, and the sum is right', () => {
  const cause = (own: number, afterMs: number, by: 'like' | 'effect' | 'gift'): MeksEvent =>
    score('a', { 1: own, 2: 0 }, { scoredAt: worldStart + afterMs, at: worldStart + afterMs, cause: by });
  const state = cockpitAfter(
    open,
    gift('100', 10),
    cause(10, 1_000, 'gift'),
    cause(16, 2_000, 'like'),
    gift('100', 10, { multiplier: 3 }),
    cause(46, 3_000, 'gift'),
    cause(51, 4_000, 'effect'),
    cause(52, 5_000, 'gift'),
  )!;
  assert.deepEqual(state.difference, { points: 52, diamonds: 20, multiplied: 20, likes: 6, effects: 5, other: 1 });
});
