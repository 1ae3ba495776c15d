import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EpochFacts, judgeEpoch, keepsBeyond } from './epoch.ts';

const killed: EpochFacts = {
  known: true,
  copied: false,
  closed: false,
  boot: 'same',
  sync: 'interval',
  released: false,
  trouble: 'none',
  holes: false,
  ahead: false,
};
const continues = (facts: Partial<EpochFacts>): boolean => judgeEpoch({ ...killed, ...facts }).continues;

test('after the death of the process alone the epoch goes on, with or without a cut-off write at the end', () => {
  for (const sync of ['os', 'interval', 'always'] as const) {
    assert.equal(continues({ sync }), true, sync);
    assert.equal(continues({ sync, trouble: 'short' }), true, sync);
  }
});

test('what the death of a process cannot do to a log is damage, and begins a new epoch', () => {
  for (const trouble of ['zeros', 'damaged'] as const) assert.equal(continues({ trouble }), false, trouble);
});

test('after a power cut the epoch goes on only where everything seen had been synced', () => {
  for (const boot of ['other', 'unknown'] as const) {
    for (const trouble of ['none', 'short', 'zeros', 'damaged'] as const) {
      assert.equal(continues({ boot, trouble, sync: 'os' }), false);
      assert.equal(continues({ boot, trouble, sync: 'interval' }), false);
      assert.equal(continues({ boot, trouble, sync: 'always' }), true);
    }
  }
});

test('a clean stop lets the epoch go on, whatever happened to the system since', () => {
  for (const boot of ['same', 'other', 'unknown'] as const)
    for (const released of [true, false]) assert.equal(continues({ boot, released, closed: true }), true);
});

test('what dashboards saw beyond the log, or may have, begins a new epoch even after a clean stop', () => {
  for (const facts of [{ known: false }, { copied: true }, { holes: true }, { ahead: true }] as const)
    for (const closed of [true, false]) assert.equal(continues({ ...facts, closed, sync: 'always' }), false);
  assert.equal(continues({ released: true }), false);
  assert.equal(continues({ released: true, boot: 'other', sync: 'always' }), false);
});

test('good records behind damage belong to the log where the damage came later than the writing', () => {
  assert.equal(keepsBeyond('same', 10, 0), true);
  assert.equal(keepsBeyond('other', 10, 10), true);
  assert.equal(keepsBeyond('other', 10, 9), false);
  assert.equal(keepsBeyond('unknown', 10, 0), false);
});
