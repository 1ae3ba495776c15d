import assert from 'node:assert/strict';
import test from 'node:test';
import { age, compact, countdown, counted, exact, signed, timeOfDay } from './format.ts';

test('what nobody told us is a dash, never a zero', () => {
  assert.deepEqual([exact(null), compact(null), signed(null), age(null), timeOfDay(0)], ['—', '—', '—', '—', '—']);
  assert.equal(exact(0), '0');
});

test('scores show every digit; secondary places may be short', () => {
  assert.equal(exact(1_234_567), '1,234,567');
  assert.equal(compact(9_999), '9,999');
  assert.equal(compact(1_234_567), '1.2M');
  assert.deepEqual([signed(12), signed(-1_200), signed(0)], ['+12', '−1,200', '+0']);
});

test('a countdown reaches zero when time is up and not a second before', () => {
  const shown = [300_000, 299_999, 60_001, 1_000, 1, 0, -5].map((leftMs) => countdown(leftMs));
  assert.deepEqual(shown, ['5:00', '5:00', '1:01', '0:01', '0:01', '0:00', '0:00']);
});

test('the last seconds have tenths, rounded the same way', () => {
  const shown = [30_000, 29_999, 29_900, 9_950, 100, 1, 0].map((leftMs) => countdown(leftMs, 30_000));
  assert.deepEqual(shown, ['0:30', '30.0', '29.9', '10.0', '0.1', '0.1', '0:00']);
});

test('an age has the unit that a glance needs', () => {
  assert.deepEqual([0, 420, 9_940, 9_960, 80_000, 120_000, 7_200_000].map(age), [
    '0.0 s',
    '0.4 s',
    '9.9 s',
    '10 s',
    '80 s',
    '2 min',
    '2 h',
  ]);
});

test('one is one and not several', () => {
  assert.deepEqual(
    [counted(1, 'gift'), counted(2, 'gift'), counted(1_000, 'gift')],
    ['1 gift', '2 gifts', '1,000 gifts'],
  );
});
