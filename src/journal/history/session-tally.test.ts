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
