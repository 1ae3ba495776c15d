import { workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { Histogram } from '../base/histogram.ts';

// The body of idle-witness.ts, in a thread of its own.

export interface IdleWitnessData {
  /** The histogram's shared memory. */
  readonly values: Float64Array;
  /** [0] becomes 1 when the thread should end. */
  readonly stop: Int32Array;
}

const sleepMs = 10;

const { values, stop } = workerData as IdleWitnessData;
const oversleep = new Histogram(values);
for (;;) {
  const startMs = systemClock.nowMs();
  if (Atomics.wait(stop, 0, 0, sleepMs) !== 'timed-out') break;
  oversleep.record((systemClock.nowMs() - startMs - sleepMs) * 1000);
}
