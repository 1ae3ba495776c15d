import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import type { GiftEvent } from '../../src/protocol/events.ts';
import { LivelyRoom } from '../../test/support/lively-room.ts';
import { FeedModel, newestRows, ownRowsPerSecondMax, rowsMax } from './feed-model.ts';

let seq = 0;

function gift(overrides: Partial<GiftEvent> = {}): GiftEvent & { seq: number } {
  const base = { kind: 'gift', id: 'gift', at: 1_700_000_000_000, receiver: '', multiplier: 1 } as const;
  const user = { id: '7', handle: 'anna', name: 'Anna', avatar: '' };
  const info = { id: '1', name: 'Rose', price: 1, type: 1 };
  const amounts = { count: 1, diamonds: 1, streak: null, standing: null, battle: null };
  return { seq: ++seq, ...base, user, gift: info, ...amounts, ...overrides };
}

function streak(group: string, total: number, open = true): GiftEvent['streak'] {
  return { group, total, open, joined: false };
}

test('a streak is one row that grows, and its end mark adds nothing', () => {
  const feed = new FeedModel();
  feed.gift(gift({ count: 2, diamonds: 2, streak: streak('g', 2) }), 0);
  feed.gift(gift({ count: 3, diamonds: 3, streak: streak('g', 5) }), 3_000);
  feed.gift(gift({ count: 0, diamonds: 0, streak: streak('g', 5, false) }), 6_000);
  assert.equal(feed.rows.length, 1);
  const [row] = feed.rows;
  assert.deepEqual(row?.kind === 'gift' && [row.count, row.diamonds, row.open], [5, 5, false]);
});

test('the same gift without a group is a row each time', () => {
  const feed = new FeedModel();
  feed.gift(gift(), 0);
  feed.gift(gift(), 1);
  assert.equal(feed.rows.length, 2);
});

test('an end mark of a streak that was never shown makes no row', () => {
  const feed = new FeedModel();
  feed.gift(gift({ count: 0, diamonds: 0, streak: streak('unseen', 9, false) }), 0);
  assert.equal(feed.rows.length, 0);
});

test('in a burst small gifts fold into one row a second, and great ones keep their own', () => {
  const feed = new FeedModel();
  for (let count = 0; count < ownRowsPerSecondMax + 30; count++) feed.gift(gift({ diamonds: 10 }), 500);
  feed.gift(gift({ diamonds: 29_999 }), 600);
  const kinds = feed.rows.map((row) => row.kind);
  assert.deepEqual(kinds.slice(ownRowsPerSecondMax), ['fold', 'gift']);
  const fold = feed.rows[ownRowsPerSecondMax]!;
  assert.deepEqual(fold.kind === 'fold' && [fold.gifts, fold.diamonds], [30, 300]);
  assert.equal(feed.isFolding(600), true);
  assert.equal(feed.isFolding(3_000), false);
  feed.gift(gift(), 1_000);
  assert.equal(feed.rows.at(-1)!.kind, 'gift');
});

test('a snapshot adds the recent gifts that were not seen, and in a new epoch all of them', () => {
  const feed = new FeedModel();
  const [first, second, third] = [gift(), gift(), gift()];
  feed.gift(first, 0);
  feed.catchUp([first, second, third], false, 1);
  assert.equal(feed.rows.length, 3);
  feed.catchUp([first], true, 2);
  assert.equal(feed.rows.length, 4);
});

test('a note that limits what is shown stays on top of a burst for a while, then takes its place', () => {
  const feed = new FeedModel();
  feed.note('a battle begins', 'plain', 0, 0);
  feed.note('800 events skipped', 'warn', 0, 0);
  for (let count = 0; count < 10; count++) feed.gift(gift(), 100);
  const texts = (nowMs: number): string[] =>
    newestRows(feed.rows, { minDiamonds: 0, max: 12, nowMs }).map((row) => (row.kind === 'note' ? row.text : row.kind));
  const gifts = Array.from({ length: 10 }, () => 'gift');
  assert.deepEqual(texts(5_000), ['800 events skipped', ...gifts, 'a battle begins']);
  assert.deepEqual(texts(20_000), [...gifts, '800 events skipped', 'a battle begins']);
});

test('a filter leaves out smaller gifts and folded ones, never a note', () => {
  const feed = new FeedModel();
  feed.note('a battle begins', 'plain', 0, 0);
  for (const diamonds of [5, 50, 500]) feed.gift(gift({ diamonds }), 0);
  const rows = newestRows(feed.rows, { minDiamonds: 50, max: 40, nowMs: 0 });
  assert.deepEqual(
    rows.map((row) => (row.kind === 'note' ? row.text : row.diamonds)),
    [500, 50, 'a battle begins'],
  );
});

test('whatever comes, the rows and what fell off them add up to every gift, and the rows stay bounded', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = seededRandom(seed);
    const room = new LivelyRoom({ random, giftersMax: 80 });
    const feed = new FeedModel();
    const sum = { gifts: 0, diamonds: 0 };
    let nowMs = 0;
    for (let count = 1; count <= 6_000; count++) {
      nowMs += random.exponential(random.chance(0.01) ? 3_000 : 8);
      const event = room.gift(count, 1_700_000_000_000);
      sum.gifts += event.count;
      sum.diamonds += event.diamonds;
      feed.gift({ ...event, seq: count }, nowMs);
      if (random.chance(0.01)) feed.note('something happened', 'plain', 0, nowMs);
      assert.ok(feed.rows.length < 2 * rowsMax, `seed ${seed}`);
    }
    const shown = { ...feed.gone };
    for (const row of feed.rows) {
      if (row.kind === 'note') continue;
      shown.gifts += row.kind === 'gift' ? row.count : row.gifts;
      shown.diamonds += row.diamonds;
    }
    assert.deepEqual(shown, sum, `seed ${seed}`);
  }
});
