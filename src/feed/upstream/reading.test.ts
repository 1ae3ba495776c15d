import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Reading } from './reading.ts';

function scene() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const reading = new Reading(clock, { pause: () => void told.push('pause'), resume: () => void told.push('resume') });
  const frames = (count: number): void => {
    for (let left = count; left > 0; left--) reading.frame();
  };
  return { clock, told, reading, frames };
}

test('a turn that has read enough stops, and the next one reads on', () => {
  const { clock, told, frames } = scene();
  frames(63);
  assert.deepEqual(told, []);
  frames(30);
  assert.deepEqual(told, ['pause'], 'what the chunk still holds comes on top');
  clock.advance(0);
  assert.deepEqual(told, ['pause', 'resume']);
  frames(63);
  clock.advance(0);
  assert.deepEqual(told, ['pause', 'resume'], 'every turn has its own count');
});

test('a full intake holds it over the end of the turn, until there is room', () => {
  const { clock, told, reading, frames } = scene();
  frames(64);
  assert.deepEqual([reading.hold(), reading.hold(), reading.held], [true, false, true]);
  clock.advance(0);
  assert.deepEqual(told, ['pause', 'pause']);
  assert.deepEqual([reading.release(), reading.release(), reading.held], [true, false, false]);
  assert.deepEqual(told, ['pause', 'pause', 'resume']);
});

test('a socket whose connection is over is not touched again', () => {
  const { clock, told, reading, frames } = scene();
  frames(64);
  reading.end();
  clock.advance(0);
  assert.deepEqual([reading.hold(), reading.release()], [false, false]);
  assert.deepEqual(told, ['pause']);
});
