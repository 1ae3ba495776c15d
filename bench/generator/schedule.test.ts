import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSchedule, scheduleLengthMs, squeezePhases } from './schedule.ts';
import type { Phase } from './schedule.ts';

const phases: readonly Phase[] = [
  { name: 'warm-up', eventsPerSecond: 50, seconds: 10 },
  { name: 'burst', eventsPerSecond: 500, seconds: 90 },
  { name: 'after', eventsPerSecond: 50, seconds: 10 },
];

test('the same seed gives the same schedule and another seed another one', () => {
  const one = makeSchedule(7, phases);
  assert.deepEqual(makeSchedule(7, phases), one);
  assert.notDeepEqual(makeSchedule(8, phases).eventDueMs, one.eventDueMs);
});

test('each phase holds its rate within four standard deviations and times never go back', () => {
  const schedule = makeSchedule(1, phases);
  for (const [index, phase] of phases.entries()) {
    const expected = phase.eventsPerSecond * phase.seconds;
    const count = schedule.eventPhase.filter((p) => p === index).length;
    assert.ok(Math.abs(count - expected) < 4 * Math.sqrt(expected), `${phase.name}: ${count} of ${expected}`);
  }
  for (let i = 1; i < schedule.events; i++) assert.ok(schedule.eventDueMs[i]! >= schedule.eventDueMs[i - 1]!);
  assert.equal(scheduleLengthMs(schedule), 110_000);
  assert.ok(schedule.eventDueMs.at(-1)! < 110_000);
});

test('at 5,000 events a second five events share a message and its time, and no event is left out', () => {
  const schedule = makeSchedule(3, [{ name: 'burst', eventsPerSecond: 5_000, seconds: 4 }]);
  assert.equal(schedule.events, schedule.messages * 5);
  assert.equal(schedule.messageFirstEvent[schedule.messages], schedule.events);
  for (let message = 0; message < schedule.messages; message++) {
    const first = schedule.messageFirstEvent[message]!;
    assert.equal(schedule.messageFirstEvent[message + 1]! - first, 5);
    for (let i = first; i < first + 5; i++) assert.equal(schedule.eventDueMs[i], schedule.messageDueMs[message]);
  }
});

test('squeezing shortens the phases in proportion and leaves short ones alone', () => {
  assert.deepEqual(
    squeezePhases(phases, 22).map((phase) => phase.seconds),
    [2, 18, 2],
  );
  assert.deepEqual(squeezePhases(phases, 500), phases);
});
