import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { StopSignals } from './stop-signals.ts';

test('the first signal stops in order, whichever it is', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    assert.equal(new StopSignals(new VirtualClock()).take(signal), 'stop');
});

test('a signal that comes twice, by the process group and by the launcher, is one', () => {
  const signals = new StopSignals(new VirtualClock());
  assert.deepEqual([signals.take('SIGINT'), signals.take('SIGINT')], ['stop', 'none']);
});

test('a stop that takes long ends at once by Ctrl-C, and by nothing else', () => {
  const clock = new VirtualClock();
  const signals = new StopSignals(clock);
  signals.take('SIGTERM');
  clock.advance(1_000);
  assert.deepEqual([signals.take('SIGTERM'), signals.take('SIGHUP')], ['none', 'none']);
  assert.equal(signals.take('SIGINT'), 'end-at-once');
});
