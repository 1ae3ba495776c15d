import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countEvent, emptyTally } from './session-tally.ts';

test('a session lasts until its last sign of life, however long time goes on after that', () => {
  const tally = emptyTally();
  countEvent(tally, { seq: 1, kind: 'viewers', id: '1', at: 5_000, current: 7, total: 7, top: [] }, 5_000);
  const about = { user: null, text: '', value: 0, target: 0 };
  countEvent(tally, { seq: 2, kind: 'room', id: '2', at: 900_000, topic: 'time', ...about }, 900_000);
  assert.deepEqual([tally.lastAt, tally.viewersPeak], [5_000, 7]);
});

test('a session ends by the time of its LIVE, and not by the clock of the broker that was started again afterwards', () => {
  const gap = { kind: 'gap', id: '3', reason: 'recovery', lengthMs: 800_000, missed: 0 } as const;
  const viewers = { kind: 'viewers', current: 7, total: 7, top: [] } as const;
  const tally = emptyTally();
  countEvent(tally, { seq: 1, ...gap, at: 900_000 }, 900_000);
  assert.equal(tally.lastAt, 900_000, 'nothing better is known');
  countEvent(tally, { seq: 2, ...viewers, id: '2', at: 5_000 }, 5_000);
  assert.equal(tally.lastAt, 5_000);
  countEvent(tally, { seq: 3, ...viewers, id: '3', at: 0 }, 900_000);
  countEvent(tally, { seq: 4, ...gap, at: 950_000 }, 950_000);
  countEvent(tally, { seq: 5, ...viewers, id: '5', at: 4_000 }, 4_000);
  assert.equal(tally.lastAt, 5_000);
});
