import assert from 'node:assert/strict';
import test from 'node:test';
import type { GiftEvent } from '../../src/protocol/events.ts';
import { FeedModel, type GiftRow } from '../views/feed-model.ts';
import { frozenRows } from '../views/feed-view.ts';
import type { CorrectionForm, CorrectionKind } from './correction-form.ts';
import { chosenGift, kindsFor, listed, wishesOf } from './correction-form.ts';

const base: CorrectionForm = {
  user: '7',
  gift: null,
  kind: 'add',
  diamonds: 100,
  target: null,
  side: null,
  reason: ' by mistake ',
};
const side = (battleId: string) => ({ id: `${battleId} blue`, name: 'Aurora', battleId, sideId: 'blue' });
const person = (id: string) => ({ id, name: `Name ${id}` });

/** A feed with one streak of 10 diamonds a gift, and how it goes on. */
function streak() {
  const feed = new FeedModel();
  let seq = 0;
  const goOn = (times: number): void => {
    for (let sent = 0; sent < times; sent++) {
      seq++;
      const event = { kind: 'gift', seq, id: `g${seq}`, at: seq, user: person('7'), gift: { id: '1', name: 'Rose' } };
      const one = { count: 1, diamonds: 10, streak: { group: 's', open: true } };
      feed.gift({ ...event, ...one } as unknown as GiftEvent & { seq: number }, seq);
    }
  };
  const row = (): GiftRow => feed.rows[0] as GiftRow;
  return { feed, goOn, row };
}

test('a row of 19 events is voided as a whole, and of one of 20 that is not offered', () => {
  const { goOn, row } = streak();
  goOn(19);
  const short = chosenGift(row());
  assert.deepEqual([short.count, short.diamonds], [19, 190]);
  assert.equal(kindsFor(short)[0], 'void-gift');
  const ids = wishesOf({ ...base, gift: short, kind: 'void-gift' }).map((wish) => 'gift' in wish && wish.gift);
  assert.deepEqual([ids.length, ids[0], ids[18]], [19, 'g1', 'g19']);

  goOn(41);
  const long = chosenGift(row());
  assert.equal(long.diamonds, 600);
  assert.deepEqual(kindsFor(long), ['void', 'add', 'move', 'merge'], 'the first one is what stands there at first');
  for (const kind of ['void-gift', 'attribute'] as const)
    assert.deepEqual(wishesOf({ ...base, gift: long, kind }), [], 'a part of it is not sent for the whole');
});

test('a row that grows after it was chosen is corrected as it was shown', () => {
  const { goOn, row } = streak();
  goOn(2);
  const gift = chosenGift(row());
  goOn(3);
  assert.deepEqual([gift.count, gift.diamonds], [2, 20]);
  assert.equal(wishesOf({ ...base, gift, kind: 'void-gift' }).length, 2);
});

test('a row that stands still in a paused feed names what it showed when it was paused', () => {
  const { feed, goOn } = streak();
  goOn(2);
  const [paused] = frozenRows(feed.rows) as GiftRow[];
  goOn(3);
  const gift = chosenGift(paused!);
  assert.deepEqual([gift.diamonds, gift.eventIds], [20, ['g1', 'g2']]);
});

test('the battle that was chosen is sent, and stays listed when another one begins', () => {
  const { goOn, row } = streak();
  goOn(1);
  const chosen = side('first');
  const now = [side('second')];
  assert.deepEqual(listed(now, chosen), [...now, chosen]);
  assert.deepEqual(listed([side('first')], chosen), [chosen], 'once where it is still there');
  assert.deepEqual(listed(now, null), now);
  const to = { battleId: 'first', sideId: 'blue' };
  const sent = (kind: CorrectionKind) =>
    wishesOf({ ...base, kind, gift: chosenGift(row()), side: chosen, target: person('8') });
  assert.deepEqual(sent('attribute'), [{ action: 'attribute', gift: 'g1', to, reason: 'by mistake' }]);
  const about = { user: '7', diamonds: 100, reason: 'by mistake', side: to };
  assert.deepEqual(sent('add'), [{ action: 'add', ...about }]);
  assert.deepEqual(sent('void'), [{ action: 'void', ...about }]);
  assert.deepEqual(sent('move'), [{ action: 'move', target: '8', ...about }]);
  assert.deepEqual(sent('merge'), [{ action: 'merge', user: '7', target: '8', reason: 'by mistake' }]);
});

test('nothing is sent while something is missing, or could be nothing', () => {
  const missing: Partial<CorrectionForm>[] = [
    { reason: ' ' },
    { diamonds: 0 },
    { diamonds: null },
    { diamonds: 1.5 },
    { kind: 'move' },
    { kind: 'merge' },
    { kind: 'void-gift' },
    { kind: 'attribute' },
    { kind: 'void-gift', gift: { giftId: '1', giftName: 'Free', eventIds: [], count: 1, diamonds: 0 } },
  ];
  for (const part of missing) assert.deepEqual(wishesOf({ ...base, ...part }), [], JSON.stringify(part));
});
