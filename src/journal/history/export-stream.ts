import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../base/clock.ts';
import { compiledTwin } from '../../base/supervised-thread.ts';
import { limits } from '../../protocol/limits.ts';
import type { ExportSettings, FromExport } from './messages.ts';

// An export as a stream of bytes: asks its thread for the next piece when the stream wants more, so that a slow
// reader costs one piece of memory. A reader that stops reading altogether is given up after historyExportIdleMs;
// one that waits for a piece is not, however long the thread looks for it.

export class ExportStream extends Readable {
  /** How many rows there will be, as far as it can be told beforehand. */
  readonly expected: number;
  /** Rows up to the end of what was given: for progress. */
  rows = 0;
  /** Bytes of what was given. */
  bytes = 0;
  readonly #worker: Worker;
  readonly #clock: Clock;
  #ended: (() => void) | null;
  /** Runs while what was given waits for its reader; null while the reader waits for the thread. */
  #idle: Timer | null = null;

  constructor(worker: Worker, expected: number, clock: Clock, ended: () => void) {
    super({ highWaterMark: 65_536 });
    this.expected = expected;
    this.#worker = worker;
    this.#clock = clock;
    this.#ended = ended;
    this.#watch();
    worker.on('message', (message: FromExport) => this.#take(message));
    worker.once('error', (error) => this.destroy(error instanceof Error ? error : new Error(String(error))));
  }

  override _read(): void {
    this.#idle?.cancel();
    this.#idle = null;
    this.#worker.postMessage('next');
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#idle?.cancel();
    this.#over();
    this.#worker.once('exit', () => done(error));
    void this.#worker.terminate();
  }

  #take(message: FromExport): void {
    if (this.destroyed) return;
    // Before the push, which may ask for the next piece at once.
    this.#watch();
    if (message.kind === 'piece') {
      this.rows = message.rows;
      this.bytes += message.bytes.length;
      this.push(message.bytes);
      return;
    }
    // Before the reader learns of it: it may ask for the next export at once.
    this.#over();
    this.push(null);
  }

  /** Somebody else may have its place. */
  #over(): void {
    this.#ended?.();
    this.#ended = null;
  }

  #watch(): void {
    this.#idle = this.#clock.after(limits.historyExportIdleMs.value, () =>
      this.destroy(new Error('nobody has read this export for too long')),
    );
  }
}

/** Starts the thread and waits until it knows what is asked of it. Rejects when it fails at that. */
export async function startExport(
  settings: ExportSettings,
  clock: Clock,
  ended: () => void,
): Promise<ExportStream | 'unknown' | 'unavailable'> {
  const worker = new Worker(compiledTwin(new URL('./export-worker.ts', import.meta.url)), {
    name: 'history-export',
    workerData: settings,
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 1024 },
  });
  try {
    const first = await new Promise<FromExport>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (first.kind === 'begun') return new ExportStream(worker, first.expected, clock, ended);
    await worker.terminate();
    ended();
    return first.kind === 'unavailable' ? 'unavailable' : 'unknown';
  } catch (error) {
    ended();
    throw error;
  }
}
