import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Clock, Timer } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';

// What garbage collection costs this thread, by kind, and how full its heap is. The observer is told after each
// collection; nothing is asked of V8 more than once a second.

export const memoryCounterSpec = {
  gcScavenges: 'collections of the young generation of the hot thread',
  gcScavengeMs: 'milliseconds in collections of the young generation of the hot thread',
  gcMajors: 'mark-compact collections of the hot thread',
  gcMajorMs: 'milliseconds in mark-compact collections of the hot thread',
  gcIncrementals: 'steps of incremental marking of the hot thread',
  gcIncrementalMs: 'milliseconds in incremental marking of the hot thread',
  gcOthers: 'other work of the collector of the hot thread, such as weak callbacks',
  gcOtherMs: 'milliseconds in other work of the collector of the hot thread',
  gcLongestMs: 'longest collection of the hot thread in milliseconds (gauge)',
  heapUsedBytes: 'bytes in use on the heap of the hot thread (gauge)',
  heapTotalBytes: 'bytes that the heap of the hot thread takes (gauge)',
  heapLimitBytes: 'bytes that the heap of the hot thread may take (gauge)',
  externalBytes: 'bytes that the hot thread holds outside of its heap: buffers (gauge)',
} as const;

type MemoryCounter = keyof typeof memoryCounterSpec;

const sampleMs = 1000;

/** Where a kind of collection is counted, by the number that Node gives it. */
const kinds: ReadonlyMap<number, readonly [MemoryCounter, MemoryCounter]> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, ['gcScavenges', 'gcScavengeMs']],
  [constants.NODE_PERFORMANCE_GC_MAJOR, ['gcMajors', 'gcMajorMs']],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, ['gcIncrementals', 'gcIncrementalMs']],
]);

export class MemoryMeter {
  readonly #clock: Clock;
  readonly #counters: Counters<MemoryCounter>;
  readonly #observer: PerformanceObserver;
  readonly #onSample = (): void => this.#sample();
  #timer: Timer | null = null;

  constructor(clock: Clock, counters: Counters<MemoryCounter>) {
    this.#clock = clock;
    this.#counters = counters;
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.collected(entry);
    });
  }

  start(): void {
    this.#observer.observe({ entryTypes: ['gc'] });
    this.#sample();
  }

  stop(): void {
    this.#observer.disconnect();
    this.#timer?.cancel();
  }

  /** Counts one collection, as a performance entry tells it: duration in ms, kind in its detail. */
  collected(entry: { readonly duration: number; readonly detail?: unknown }): void {
    const [count, time] = kinds.get(kindOf(entry.detail)) ?? ['gcOthers', 'gcOtherMs'];
    this.#counters.add(count);
    this.#counters.add(time, entry.duration);
    if (entry.duration > this.#counters.get('gcLongestMs')) this.#counters.set('gcLongestMs', entry.duration);
  }

  #sample(): void {
    const heap = getHeapStatistics();
    this.#counters.set('heapUsedBytes', heap.used_heap_size);
    this.#counters.set('heapTotalBytes', heap.total_heap_size);
    this.#counters.set('heapLimitBytes', heap.heap_size_limit);
    this.#counters.set('externalBytes', heap.external_memory);
    this.#timer = this.#clock.after(sampleMs, this.#onSample);
  }
}

function kindOf(detail: unknown): number {
  if (typeof detail !== 'object' || detail === null || !('kind' in detail)) return 0;
  return typeof detail.kind === 'number' ? detail.kind : 0;
}
