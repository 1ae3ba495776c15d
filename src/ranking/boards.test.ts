import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Boards } from './boards.ts';

const monday = Date.UTC(2026, 10, 23);
const hour = 3_600_000;
const day = 24 * hour;

/** Diamonds on the boards of day, week and all time, after one gift of one diamond at each of these times. */
function after(timeZone: string, ...times: number[]): [number, number, number] {
  const boards = new Boards(timeZone);
  for (const [index, now] of times.entries()) {
    boards.moveTime(now);
    boards.add(index, 1, index + 1, '', now);
  }
  const total = (kind: 'day' | 'week' | 'all-time'): number => boards.in({ kind })!.total;
  return [total('day'), total('week'), total('all-time')];
}

test('the board of the day begins anew at midnight, that of the week on Monday', () => {
  assert.deepEqual(after('UTC', monday - 1, monday), [1, 1, 2]);
  assert.deepEqual(after('UTC', monday, monday + day - 1), [2, 2, 2]);
  assert.deepEqual(after('UTC', monday, monday + day), [1, 2, 2]);
  assert.deepEqual(after('UTC', monday, monday + 6 * day, monday + 7 * day - 1), [2, 3, 3]);
  assert.deepEqual(after('UTC', monday, monday + 6 * day, monday + 7 * day), [1, 1, 3]);
});

test('midnight is the room’s own', () => {
  assert.deepEqual(after('Europe/Berlin', monday - hour - 1, monday - hour), [1, 1, 2], 'an hour before UTC');
  assert.deepEqual(after('America/New_York', monday, monday + 4 * hour), [2, 2, 2], 'still Sunday in New York');
  assert.deepEqual(after('Asia/Kathmandu', monday - 5.75 * hour - 1, monday - 5.75 * hour), [1, 1, 2]);
});

test('a day has 25 hours when summer time ends, 23 when it begins, and the week has its seven days', () => {
  const fall = Date.UTC(2026, 9, 24, 22);
  assert.deepEqual(after('Europe/Berlin', fall - 1, fall, fall + 25 * hour - 1), [2, 3, 3]);
  assert.deepEqual(after('Europe/Berlin', fall, fall + 25 * hour - 1, fall + 25 * hour), [1, 1, 3], 'that is Monday');
  const spring = Date.UTC(2026, 2, 28, 23);
  assert.deepEqual(after('Europe/Berlin', spring - 1, spring, spring + 23 * hour - 1), [2, 3, 3]);
  assert.deepEqual(after('Europe/Berlin', spring, spring + 23 * hour - 1, spring + 23 * hour), [1, 1, 3]);
  const apia = Date.UTC(2011, 11, 30, 9, 59);
  assert.deepEqual(after('Pacific/Apia', apia, apia + hour), [1, 2, 2], 'the day that Samoa left out');
});

test('what came before any time was told belongs to the first day', () => {
  assert.deepEqual(after('UTC', 0, monday), [2, 2, 2]);
  assert.deepEqual(after('UTC', monday, monday - day), [2, 2, 2], 'days do not go back');
});

test('a receiver’s gifts and corrections are kept apart, and join the host’s when it turns out to be the host', () => {
  const boards = new Boards();
  boards.add(0, 10, 1, '', 0);
  boards.add(0, 5, 2, '4', 0);
  boards.add(1, 12, 3, '4', 0);
  const transfer = { diamonds: 7, elsewhere: 7, of: 0, seq: 4 };
  const nobodyAsks = (): void => {};
  boards.transfer({ ...transfer, from: 0, to: -1, receiver: '4' }, 0, nobodyAsks);
  assert.deepEqual([boards.receivers.get('4')!.total, boards.receivers.get('')!.total], [12, 8], 'the named one first');
  assert.deepEqual([boards.givenTo('4'), boards.givenTo(''), boards.givenTo('9')], [17, 10, null]);
  boards.transfer({ ...transfer, from: -1, to: 0, receiver: '4', seq: 5 }, 0, nobodyAsks);
  assert.deepEqual([boards.receivers.get('4')!.total, boards.givenTo('4')], [19, 17]);
  boards.joinReceiver('4');
  assert.equal(boards.receivers.has('4'), false);
  assert.deepEqual([boards.receivers.get('')!.total, boards.givenTo('')], [27, 27]);
  assert.deepEqual([...boards.receivers.get('')!.gifters(1, 5)], [0, 1]);
  boards.joinReceiver('4');
  assert.equal(boards.receivers.get('')!.total, boards.session.total);
});

test('beyond the limit a receiver has no board, and its gifts count elsewhere', () => {
  const boards = new Boards();
  for (let receiver = 0; receiver < 70; receiver++) boards.add(0, 1, receiver + 1, String(receiver), 0);
  assert.deepEqual([boards.receivers.size, boards.session.total, boards.givenTo('69')], [64, 70, null]);
});
