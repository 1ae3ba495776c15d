import { getHeapStatistics } from 'node:v8';
import type { Clock, Timer } from './clock.ts';

// Collects all of this thread's heap at a moment of its own choosing: when it has grown by much since last time, and
// nothing was done between two looks. What an event leaves behind among the old objects (a streak that is over, texts
// of ids: about 150 bytes) is otherwise only let go of when the heap has grown to what the launcher lets it begin with
// (bin/meks.js), thread by thread. A collection of a quiet thread is a turn of some ten milliseconds that nobody waits
// for. Bounded: at most one in each look.

/** How often to look, in milliseconds. */
export const lookMs = 10_000;
/** Less than this is not worth a collection. */
const grownBytesMin = 32 * 1024 * 1024;

export interface OldCollectorOptions {
  readonly clock: Clock;
  /** How much has been done up to now, in whatever unit: the same at two looks means that nothing was. */
  readonly done: () => number;
  /** Bytes in use by the heap and its buffers. By default V8's own word. */
  readonly usedBytes?: () => number;
  /** Collects the whole heap. By default V8's own, where the launcher has exposed it; else nothing is done. */
  readonly collect?: () => void;
}

export class OldCollector {
  readonly #options: OldCollectorOptions;
  readonly #onLook = (): void => {
    this.start();
    this.look();
  };
  #timer: Timer | null = null;
  /** In use after the last collection; null = there was none. */
  #settledBytes: number | null = null;
  #seen = Number.NaN;

  constructor(options: OldCollectorOptions) {
    this.#options = options;
  }

  /** Looks by the clock from now on. */
  start(): void {
    this.#timer = this.#options.clock.after(lookMs, this.#onLook);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Collects if it is time: called each `lookMs`. */
  look(): void {
    const { done, usedBytes = heapAndBuffersBytes, collect = collectAll } = this.#options;
    const now = done();
    const quiet = now === this.#seen;
    this.#seen = now;
    this.#settledBytes ??= usedBytes();
    if (!quiet || usedBytes() - this.#settledBytes < grownBytesMin) return;
    collect();
    this.#settledBytes = usedBytes();
  }
}

/** The heap, and what its objects hold outside of it: bytes of buffers wait for the same collection. */
function heapAndBuffersBytes(): number {
  const { used_heap_size: onHeap, external_memory: outside } = getHeapStatistics();
  return onHeap + outside;
}

function collectAll(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync' });
}
