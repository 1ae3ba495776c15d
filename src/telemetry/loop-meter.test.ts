import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { Histogram } from '../base/histogram.ts';
import { LoopMeter, loopCounterSpec } from './loop-meter.ts';
import { TurnWork } from './turn-work.ts';

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
  const meter = new LoopMeter(clock, lateness, counters, new TurnWork());
  meter.start();
  for (const lateMs of [0, 1, 16, 17, 300, 2]) clock.fire(lateMs);
  assert.equal(lateness.count, 6);
  assert.equal(lateness.maxUs, 300_000);
  assert.equal(counters.get('hitches'), 2);
  assert.equal(counters.get('longestTurnMs'), 310);
  meter.stop();
  assert.equal(clock.waiting, false);
});

test('the longest turn of late is told with what was done in it, and forgotten after a minute or two', () => {
  const clock = new BusyClock();
  const [lateness, counters, work] = [new Histogram(), new Counters(loopCounterSpec), new TurnWork()];
  const ingest = new Counters({ accepted: 'messages' });
  const delivery = new Counters({ flushes: 'flushes', writes: 'writes', snapshotsMade: 'snapshots' });
  const leave = [work.watch('ingest', ingest), work.watch('delivery', delivery)];
  const meter = new LoopMeter(clock, lateness, counters, work);
  meter.start();
  ingest.add('accepted', 7);
  clock.fire(1);
  ingest.add('accepted', 400);
  delivery.add('writes', 300);
  clock.fire(90);
  ingest.add('accepted', 5);
  clock.fire(2);
  assert.equal(counters.get('recentTurnMs'), 100);
  assert.deepEqual(
    [counters.get('recentTurnMessages'), counters.get('recentTurnWrites'), counters.get('recentTurnSnapshots')],
    [400, 300, 0],
  );
  for (const forget of leave) forget();
  clock.fire(0);
  for (let tick = 0; tick < 12_100; tick++) clock.fire(0);
  assert.equal(counters.get('recentTurnMs'), 10, 'two minutes later it is forgotten');
  assert.equal(counters.get('recentTurnMessages'), 0);
  assert.equal(counters.get('longestTurnMs'), 100);
  meter.stop();
});
