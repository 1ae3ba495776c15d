import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Accounting } from './accounting.ts';

function played(events: number, indices: readonly number[]): Accounting {
  const accounting = new Accounting(1, events);
  for (const index of indices) accounting.event(0, index);
  return accounting;
}

test('a dashboard that got everything once and in order has nothing to report', () => {
  const totals = played(4, [0, 1, 2, 3]).totals([0]);
  assert.deepEqual(totals, {
    deliveries: 4,
    lost: 0,
    told: 0,
    duplicated: 0,
    disordered: 0,
    foreign: 0,
    laggedFrames: 0,
    snapshots: 0,
  });
});

test('a planted loss is found in the middle, at the start and at the end', () => {
  assert.equal(played(4, [0, 1, 3]).totals([0]).lost, 1);
  assert.equal(played(4, [2, 3]).totals([0]).lost, 2);
  assert.equal(played(4, [0]).totals([0]).lost, 3);
  assert.equal(played(4, []).totals([0]).lost, 4);
});

test('a planted duplicate is found and has no second latency', () => {
  const accounting = new Accounting(1, 3);
  assert.deepEqual(
    [0, 1, 1, 0, 2].map((index) => accounting.event(0, index)),
    [true, true, false, false, true],
  );
  assert.equal(accounting.totals([0]).duplicated, 2);
  assert.equal(accounting.totals([0]).deliveries, 3);
});

test('a planted swap is disorder, not loss', () => {
  const totals = played(4, [0, 2, 1, 3]).totals([0]);
  assert.equal(totals.disordered, 1);
  assert.equal(totals.lost, 0);
  assert.equal(totals.deliveries, 4);
});

test('what a snapshot covers was told, what is skipped without one was lost', () => {
  const accounting = new Accounting(2, 10);
  for (const dashboard of [0, 1]) accounting.event(dashboard, 0);
  accounting.lagged(0);
  accounting.snapshot(0);
  for (const dashboard of [0, 1]) accounting.event(dashboard, 8);
  for (const dashboard of [0, 1]) accounting.event(dashboard, 9);
  assert.equal(accounting.totals([0]).told, 7);
  assert.equal(accounting.totals([0]).lost, 0);
  assert.equal(accounting.totals([1]).lost, 7);
  assert.equal(accounting.totals([0, 1]).laggedFrames, 1);
});

test('a snapshot does not excuse a loss that comes after the next event', () => {
  const accounting = new Accounting(1, 10);
  accounting.snapshot(0);
  accounting.event(0, 3);
  accounting.event(0, 9);
  assert.deepEqual([accounting.totals([0]).told, accounting.totals([0]).lost], [3, 5]);
});

test('an id that was never sent is foreign and moves nothing', () => {
  const accounting = played(2, [0, -1, 77, 1]);
  assert.equal(accounting.totals([0]).foreign, 2);
  assert.equal(accounting.totals([0]).lost, 0);
  assert.ok(accounting.isLast(1));
});

test('each dashboard answers for its own room, and an event of another one is foreign', () => {
  const accounting = new Accounting(4, 10, 3);
  // Dashboard 1 looks at room 1, whose events are 1, 4 and 7; dashboard 3 at room 0: 0, 3, 6 and 9.
  for (const index of [1, 7]) accounting.event(1, index);
  for (const index of [0, 3, 4, 6, 9]) accounting.event(3, index);
  assert.equal(accounting.totals([1]).lost, 1);
  assert.deepEqual(
    [accounting.totals([3]).lost, accounting.totals([3]).deliveries, accounting.totals([3]).foreign],
    [0, 4, 1],
  );
  assert.equal(accounting.totals([2]).lost, 3);
  assert.ok(accounting.isLast(7) && !accounting.isLast(6));
});

test('for any order of arrival the counts equal those of a recount', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 40 }), (indices) => {
      const seen = new Set<number>();
      let highest = -1;
      let duplicated = 0;
      let disordered = 0;
      for (const index of indices) {
        if (seen.has(index)) duplicated++;
        else if (index < highest) disordered++;
        seen.add(index);
        highest = Math.max(highest, index);
      }
      const totals = played(12, indices).totals([0]);
      assert.deepEqual(
        [totals.deliveries, totals.lost, totals.duplicated, totals.disordered],
        [seen.size, 12 - seen.size, duplicated, disordered],
      );
    }),
  );
});
