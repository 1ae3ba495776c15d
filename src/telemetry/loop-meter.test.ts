import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { Histogram } from '../base/histogram.ts';
import { LoopMeter, loopCounterSpec } from './loop-meter.ts';

/** A clock whose loop is busy for as long as told before it gets to its timers. */
class BusyClock implements Clock {
  #nowMs = 1000;
  #run: (() => void) | null = null;
  #dueMs = 0;
  wallMs = (): number => 0;
  nowMs = (): number => this.#nowMs;
  soon = (): void => undefined;
  after(delayMs: number, run: () => void): { cancel: () => void } {
    this.#dueMs = this.#nowMs + delayMs;
    this.#run = run;
    return { cancel: () => void (this.#run = null) };
  }
  /** Fires what is due, `lateMs` after it was. */
  fire(lateMs: number): void {
    this.#nowMs = this.#dueMs + lateMs;
    this.#run?.();
  }
  get waiting(): boolean {
    return this.#run !== null;
  }
}

test('lateness is recorded, hitches over a frame are counted, the longest gap is kept', () => {
  const clock = new BusyClock();
  const [lateness, counters] = [new Histogram(), new Counters(loopCounterSpec)];
  const meter = new LoopMeter(clock, lateness, counters);
  meter.start();
  for (const lateMs of [0, 1, 16, 17, 300, 2]) clock.fire(lateMs);
  assert.equal(lateness.count, 6);
  assert.equal(lateness.maxUs, 300_000);
  assert.deepEqual(counters.read(), { hitches: 2, longestTurnMs: 310 });
  meter.stop();
  assert.equal(clock.waiting, false);
});
