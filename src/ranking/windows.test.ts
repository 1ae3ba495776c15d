import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { Windows } from './windows.ts';

// What the model test of the whole ranking does not reach: bounds, and the catching up after a silence.

const minute = 60_000;

function totals(windows: Windows): [number, number] {
  return [windows.board(5).total, windows.board(60).total];
}

test('a gift leaves each window when its time has come', () => {
  const windows = new Windows();
  windows.add(1, 0, 10, 1);
  windows.add(1 + minute, 1, 20, 2);
  windows.expire(5 * minute);
  assert.deepEqual(totals(windows), [30, 30]);
  windows.expire(1 + 5 * minute);
  assert.deepEqual(totals(windows), [20, 30], 'five minutes old is too old');
  windows.expire(1 + 60 * minute);
  assert.deepEqual(totals(windows), [0, 20]);
  assert.equal(windows.length, 1);
});

test('among equals the order stays when older gifts leave', () => {
  const windows = new Windows();
  windows.add(1, 0, 5, 1);
  windows.add(2 * minute, 0, 5, 2);
  windows.add(2 * minute, 1, 5, 3);
  windows.expire(6 * minute);
  assert.deepEqual([...windows.board(5).gifters(1, 9)], [0, 1], 'who reached the total of now first');
});

test('after a silence a few hundred gifts leave with each event, until the window has caught up', () => {
  const windows = new Windows();
  for (let gift = 0; gift < 1_000; gift++) windows.add(1, gift % 7, 1, gift + 1);
  const left: number[] = [];
  for (let event = 0; event < 5; event++) {
    windows.expire(10 * minute);
    left.push(windows.board(5).total);
  }
  assert.deepEqual(left, [744, 488, 232, 0, 0]);
  assert.equal(windows.board(60).total, 1_000);
});

test('at the limit the oldest gifts leave early, from every window that still has them', () => {
  const windows = new Windows(100);
  for (let gift = 0; gift < 250; gift++) windows.add(1 + gift, gift % 7, 1, gift + 1);
  assert.deepEqual([windows.length, ...totals(windows)], [100, 100, 100]);
  windows.expire(5 * minute + 200);
  assert.deepEqual(totals(windows), [50, 100], 'the short window is not confused by it');
});

test('chunks of gifts that no window needs are let go of, and the numbers go on', () => {
  const random = seededRandom(3);
  const windows = new Windows(10_000);
  let sum = 0;
  const held: { at: number; diamonds: number }[] = [];
  for (let gift = 0; gift < 60_000; gift++) {
    const now = gift * 400;
    const diamonds = random.int(9);
    windows.expire(now);
    windows.add(now, random.int(50), diamonds, gift + 1);
    held.push({ at: now, diamonds });
    sum += diamonds;
    while (held[0]!.at <= now - 60 * minute) sum -= held.shift()!.diamonds;
    if (gift % 999 === 0) assert.equal(windows.board(60).total, sum);
  }
  assert.equal(windows.board(60).total, sum);
});

test('a correction takes the newest gifts first, and only what a window holds', () => {
  const windows = new Windows();
  windows.add(1, 0, 10, 1);
  windows.add(1, 1, 1, 2);
  windows.add(10 * minute, 0, 4, 3);
  windows.expire(10 * minute);
  const touched: number[][] = [];
  const taken = (seq: number, diamonds: number): number => touched.push([seq, diamonds]);
  assert.equal(windows.correct({ from: 0, to: 2, diamonds: 6, seq: 4 }, 0, taken), 6);
  assert.deepEqual(touched, [
    [3, 4],
    [1, 2],
  ]);
  assert.deepEqual([windows.board(5).diamondsOf(0), windows.board(5).diamondsOf(2)], [0, 4]);
  assert.deepEqual([windows.board(60).diamondsOf(0), windows.board(60).diamondsOf(2)], [8, 6]);
  windows.expire(60 * minute + 1);
  assert.deepEqual(
    [windows.board(60).diamondsOf(0), windows.board(60).diamondsOf(2)],
    [0, 4],
    'its parts leave when the gift would have',
  );
});
