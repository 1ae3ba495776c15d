import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Boards } from './boards.ts';

const monday = Date.UTC(2026, 10, 23);
const hour = 3_600_000;
const day = 24 * hour;

/** Diamonds on the boards of day, week and all time, after one gift of one diamond at each of these times. */
function after(dayOffsetMinutes: number, ...times: number[]): [number, number, number] {
  const boards = new Boards(dayOffsetMinutes);
  for (const [index, now] of times.entries()) {
    boards.moveTime(now);
    boards.add(index, 1, index + 1, '', now);
  }
  const total = (kind: 'day' | 'week' | 'all-time'): number => boards.in({ kind })!.total;
  return [total('day'), total('week'), total('all-time')];
}

test('the board of the day begins anew at midnight, that of the week on Monday', () => {
  assert.deepEqual(after(0, monday - 1, monday), [1, 1, 2]);
  assert.deepEqual(after(0, monday, monday + day - 1), [2, 2, 2]);
  assert.deepEqual(after(0, monday, monday + day), [1, 2, 2]);
  assert.deepEqual(after(0, monday, monday + 6 * day, monday + 7 * day - 1), [2, 3, 3]);
  assert.deepEqual(after(0, monday, monday + 6 * day, monday + 7 * day), [1, 1, 3]);
});

test('midnight is the operator’s own', () => {
  assert.deepEqual(after(120, monday - 2 * hour - 1, monday - 2 * hour), [1, 1, 2], 'two hours before UTC');
  assert.deepEqual(after(-300, monday, monday + 4 * hour), [2, 2, 2], 'still Sunday in New York');
});

test('what came before any time was told belongs to the first day', () => {
  assert.deepEqual(after(0, 0, monday), [2, 2, 2]);
  assert.deepEqual(after(0, monday, monday - day), [2, 2, 2], 'days do not go back');
});

test('a receiver’s gifts and corrections are kept apart, and join the host’s when it turns out to be the host', () => {
  const boards = new Boards(0);
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
  const boards = new Boards(0);
  for (let receiver = 0; receiver < 70; receiver++) boards.add(0, 1, receiver + 1, String(receiver), 0);
  assert.deepEqual([boards.receivers.size, boards.session.total, boards.givenTo('69')], [64, 70, null]);
});
