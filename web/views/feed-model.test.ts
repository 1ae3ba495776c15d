import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import type { GiftEvent } from '../../src/protocol/events.ts';
import { LivelyRoom } from '../../test/support/lively-room.ts';
import { copyOf, FeedModel, newestRows, ownRowDiamonds, ownRowsPerSecondMax, rowsMax } from './feed-model.ts';

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

/** What a filter shows, newest first: diamonds of each gift, and gifts and diamonds of each fold. */
function shown(feed: FeedModel, minDiamonds: number, muted?: (userId: string) => boolean): (number | string)[] {
  const wanted = { minDiamonds, max: 10_000, nowMs: 0, ...(muted === undefined ? {} : { muted }) };
  return newestRows(feed.rows, wanted).map((row) => {
    if (row.kind === 'fold') return `${row.gifts} folded: ${row.diamonds}`;
    return row.kind === 'gift' ? row.diamonds : row.text;
  });
}

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

test('a snapshot’s recent gifts have rows, however many there are, and leave the pace to what comes', () => {
  const feed = new FeedModel();
  const recent = Array.from({ length: 20 }, (_, at) => gift({ diamonds: 500, at: 1_700_000_000_000 + at * 30_000 }));
  feed.catchUp(recent, true, 500);
  for (let count = 0; count < ownRowsPerSecondMax; count++) feed.gift(gift({ diamonds: 1 }), 600);
  assert.deepEqual(shown(feed, 0), [...new Array<number>(12).fill(1), ...new Array<number>(20).fill(500)]);
  assert.equal(feed.isFolding(600), false);
});

test('what a filter leaves out takes no row from what it shows', () => {
  const feed = new FeedModel();
  for (let count = 0; count < ownRowsPerSecondMax; count++) feed.gift(gift(), 500);
  feed.gift(gift({ diamonds: 900 }), 600);
  assert.deepEqual(shown(feed, 100), [900]);
  assert.deepEqual(shown(feed, 10), [900]);
  assert.deepEqual(shown(feed, 0), ['1 folded: 900', ...new Array<number>(12).fill(1)]);
});

test('a filter that is changed acts on what came before: folds count what passes and has no row', () => {
  const feed = new FeedModel();
  for (const diamonds of [1, 50, 500, 5_000])
    for (let count = 0; count < 20; count++) feed.gift(gift({ diamonds }), 500);
  const great = new Array<number>(20).fill(5_000);
  const rows = (diamonds: number): number[] => new Array<number>(ownRowsPerSecondMax).fill(diamonds);
  assert.deepEqual(shown(feed, 0), [...great, `48 folded: ${8 + 20 * 50 + 20 * 500}`, ...rows(1)]);
  assert.deepEqual(shown(feed, 10), [...great, ...rows(50), `28 folded: ${8 * 50 + 20 * 500}`]);
  assert.deepEqual(shown(feed, 100), [...great, ...rows(500), `8 folded: ${8 * 500}`]);
  assert.deepEqual(shown(feed, 1_000), great);
  assert.deepEqual(shown(feed, 10_000), []);
  assert.deepEqual(
    shown(feed, 0, (userId) => userId === '7'),
    [`24 folded: ${8 + 8 * 50 + 8 * 500}`],
    'who is muted has neither rows nor a part in folds, where that is known',
  );
});

test('a streak that began in a burst grows where each filter counts it, and has its row when there is room', () => {
  const feed = new FeedModel();
  for (let count = 0; count < ownRowsPerSecondMax; count++) feed.gift(gift(), 500);
  feed.gift(gift({ diamonds: 60, streak: streak('g', 1) }), 600);
  feed.gift(gift({ diamonds: 60, streak: streak('g', 2) }), 700);
  assert.deepEqual([shown(feed, 0)[0], shown(feed, 10)[0]], ['2 folded: 120', 120]);
  const still = feed.rows.map(copyOf);
  feed.gift(gift({ diamonds: 5 }), 800);
  feed.gift(gift({ diamonds: 60, streak: streak('g', 3) }), 1_000);
  assert.deepEqual([shown(feed, 0).slice(0, 2), shown(feed, 10)[0]], [[180, '1 folded: 5'], 180]);
  const [row] = newestRows(still, { minDiamonds: 0, max: 1, nowMs: 0 });
  assert.deepEqual(row?.kind === 'fold' && [row.gifts, row.diamonds], [2, 120], 'a copy stands still');
});

test('whatever the filter, each gift that passes has a row or is counted, and rows keep to the pace', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = seededRandom(seed);
    const feed = new FeedModel();
    const gifts: number[] = [];
    const seconds: number[] = [];
    let nowMs = 0;
    for (let count = 0; count < 500; count++) {
      nowMs += random.exponential(random.chance(0.05) ? 900 : 6);
      const diamonds = Math.floor(10 ** (random.int(4_200) / 1_000));
      gifts.push(diamonds);
      seconds.push(Math.floor(nowMs / 1_000));
      feed.gift(gift({ diamonds, at: 1_000 * seconds.at(-1)! }), nowMs);
    }
    for (const minDiamonds of [0, 10, 100, 1_000, 10_000]) {
      const passing = gifts.filter((diamonds) => diamonds >= minDiamonds);
      const sum = { gifts: 0, diamonds: 0 };
      const paced = new Map<number, number>();
      for (const row of newestRows(feed.rows, { minDiamonds, max: 10_000, nowMs: 0 })) {
        if (row.kind === 'note') continue;
        sum.gifts += row.kind === 'gift' ? row.count : row.gifts;
        sum.diamonds += row.diamonds;
        if (row.kind === 'gift' && row.diamonds < ownRowDiamonds) paced.set(row.atMs, (paced.get(row.atMs) ?? 0) + 1);
      }
      const wanted = { gifts: passing.length, diamonds: passing.reduce((all, one) => all + one, 0) };
      assert.deepEqual(sum, wanted, `seed ${seed}, from ${minDiamonds}`);
      assert.ok(Math.max(0, ...paced.values()) <= ownRowsPerSecondMax, `seed ${seed}, from ${minDiamonds}`);
    }
  }
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

test('a filter leaves out smaller gifts, never a note', () => {
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
