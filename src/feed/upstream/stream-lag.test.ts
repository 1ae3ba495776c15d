import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamLag } from './stream-lag.ts';

test('a stream is as late as its last frame took longer than its fastest', () => {
  const lag = new StreamLag(1_000);
  lag.frame(500_000, 1_050);
  lag.frame(500_100, 1_140);
  assert.equal(lag.lastMs, 0, 'whatever the clocks say');
  lag.frame(500_200, 3_240);
  assert.equal(lag.lastMs, 2_000);
  lag.frame(0, 9_000);
  assert.equal(lag.lastMs, 2_000, 'a frame that does not say tells nothing');
});

test('a clock that jumps cannot make a stream older than its connection', () => {
  const lag = new StreamLag(1_000);
  lag.frame(500_000, 1_010);
  lag.frame(100_000, 1_500);
  assert.equal(lag.lastMs, 500);
  lag.frame(900_000, 1_600);
  assert.equal(lag.lastMs, 0, 'the fastest frame so far');
});
