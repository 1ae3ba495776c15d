import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { replayEventsTold, RoomPast } from './room-past.ts';

test('whoever waits for a long replay is told how far it is', () => {
  const told: number[] = [];
  const past = new RoomPast({
    clock: new VirtualClock(),
    id: 'a',
    handle: 'somebody',
    tailMax: 16,
    readLog: () => [],
    onReplay: (events) => told.push(events),
  });
  for (let seq = 1; seq <= 2 * replayEventsTold + 5; seq++) {
    const gap = { seq, kind: 'gap', id: `gap-${seq}`, at: seq, reason: 'upstream-lost', lengthMs: 1, missed: 0 };
    past.apply(seq, Buffer.from(JSON.stringify(gap)), seq);
  }
  assert.deepEqual(told, [replayEventsTold, 2 * replayEventsTold]);
  assert.equal(past.ranking.seq, 2 * replayEventsTold + 5);
});
