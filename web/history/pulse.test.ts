import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { PastPulse } from '../../src/protocol/history-answers.ts';
import { barsMax, pulseShape } from './pulse.ts';

const row = (at: number, diamonds: number, viewers = 10): PastPulse => ({
  at,
  seq: 1,
  events: 1,
  gifts: 1,
  diamonds,
  viewers,
  ownPoints: -1,
  rivalPoints: -1,
});

test('a session of any length is drawn with few bars, and none of its diamonds is left out', () => {
  const rows = fc.array(fc.record({ step: fc.integer({ min: 1, max: 40 }), diamonds: fc.nat(50_000) }), {
    minLength: 1,
    maxLength: 1_500,
  });
  fc.assert(
    fc.property(rows, (steps) => {
      let at = 1_790_000_000_000;
      const pulse = steps.map(({ step, diamonds }) => row((at += step * 10_000), diamonds));
      const { bars, highest } = pulseShape(pulse, []);
      assert.ok(bars.length <= barsMax);
      const sum = (values: readonly { diamonds: number }[]): number =>
        values.reduce((total, value) => total + value.diamonds, 0);
      assert.equal(sum(bars), sum(pulse));
      assert.equal(Math.max(...bars.map((bar) => bar.diamonds)), highest);
    }),
    { numRuns: 60 },
  );
});

test('stretches in which nothing happened stay empty, and keep their place', () => {
  const { bars } = pulseShape([row(0, 5), row(40_000, 10)], []);
  assert.deepEqual(
    bars.map((bar) => bar.diamonds),
    [5, 0, 0, 0, 10],
  );
});

test('without a row there is nothing to draw', () => {
  assert.deepEqual(pulseShape([], []), { bars: [], bands: [], highest: 0, barMs: 10_000 });
});
