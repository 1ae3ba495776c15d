import { Worker } from 'node:worker_threads';
import type { Histogram } from '../base/histogram.ts';
import { compiledTwin } from '../base/supervised-thread.ts';
import type { IdleWitnessData } from './idle-witness-thread.ts';

// A thread that does nothing but sleep 10 ms and note by how much it overslept (jHiccup's idea). What it sees is the
// machine's doing, not the broker's: a hitch of the hot loop that the witness shares was not ours to avoid.

const entry = compiledTwin(new URL('./idle-witness-thread.ts', import.meta.url));

export class IdleWitness {
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #oversleep: Histogram;
  #worker: Worker | null = null;

  constructor(oversleep: Histogram) {
    this.#oversleep = oversleep;
  }

  start(): void {
    const workerData: IdleWitnessData = { values: this.#oversleep.values, stop: this.#stop };
    // A few numbers and a loop need hardly any heap.
    const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 };
    this.#worker = new Worker(entry, { name: 'idle-witness', workerData, resourceLimits });
    this.#worker.unref();
  }

  /** Wakes the thread for the last time and waits for its end. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    Atomics.store(this.#stop, 0, 1);
    Atomics.notify(this.#stop, 0);
    await worker.terminate();
  }
}
