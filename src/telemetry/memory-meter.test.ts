import assert from 'node:assert/strict';
import { constants } from 'node:perf_hooks';
import { test } from 'node:test';
import { Counters } from '../base/counters.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { until } from '../../test/support/until.ts';
import { MemoryMeter, memoryCounterSpec } from './memory-meter.ts';

test('collections are counted by kind, with their time and the longest of them', () => {
  const counters = new Counters(memoryCounterSpec);
  const meter = new MemoryMeter(new VirtualClock(), counters);
  const { NODE_PERFORMANCE_GC_MINOR, NODE_PERFORMANCE_GC_MAJOR, NODE_PERFORMANCE_GC_WEAKCB } = constants;
  meter.collected({ duration: 1.5, detail: { kind: NODE_PERFORMANCE_GC_MINOR } });
  meter.collected({ duration: 0.5, detail: { kind: NODE_PERFORMANCE_GC_MINOR } });
  meter.collected({ duration: 4, detail: { kind: NODE_PERFORMANCE_GC_MAJOR } });
  meter.collected({ duration: 0.25, detail: { kind: NODE_PERFORMANCE_GC_WEAKCB } });
  meter.collected({ duration: 0.25 });
  const counted = counters.read();
  assert.deepEqual([counted.gcScavenges, counted.gcScavengeMs], [2, 2]);
  assert.deepEqual([counted.gcMajors, counted.gcMajorMs], [1, 4]);
  assert.deepEqual([counted.gcOthers, counted.gcOtherMs], [2, 0.5]);
  assert.equal(counted.gcLongestMs, 4);
});

test('a running meter sees real collections and how full the heap is', async () => {
  const counters = new Counters(memoryCounterSpec);
  const meter = new MemoryMeter(new VirtualClock(), counters);
  meter.start();
  let garbage: unknown[] = [];
  await until('a collection was seen', () => {
    garbage = Array.from({ length: 50_000 }, (_, index) => ({ index }));
    return counters.get('gcScavenges') > 0;
  });
  assert.equal(garbage.length, 50_000);
  assert.ok(counters.get('heapUsedBytes') > 0);
  assert.ok(counters.get('heapLimitBytes') > counters.get('heapTotalBytes'));
  meter.stop();
});
