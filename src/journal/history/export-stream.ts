import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import { compiledTwin } from '../../base/supervised-thread.ts';
import { limits } from '../../protocol/limits.ts';
import type { ExportSettings, FromExport } from './messages.ts';

// An export as a stream of bytes: asks its thread for the next piece when the stream wants more, so that a slow
// reader costs one piece of memory. A reader that stops reading altogether is given up after historyExportIdleMs.

export class ExportStream extends Readable {
  /** Rows up to the end of what was given: for progress. */
  rows = 0;
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #ended: () => void;
  #idle;

  constructor(worker: Worker, first: FromExport, clock: Clock, ended: () => void) {
    super({ highWaterMark: 65_536 });
    this.#worker = worker;
    this.#clock = clock;
    this.#ended = ended;
    this.#idle = this.#watch();
    worker.on('message', (message: FromExport) => this.#take(message));
    worker.once('error', (error) => this.destroy(error instanceof Error ? error : new Error(String(error))));
    this.#take(first);
  }

  override _read(): void {
    this.#idle.cancel();
    this.#idle = this.#watch();
    this.#worker.postMessage('next');
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#idle.cancel();
    this.#ended();
    this.#worker.once('exit', () => done(error));
    void this.#worker.terminate();
  }

  #take(message: FromExport): void {
    if (message.kind !== 'piece') {
      this.push(null);
      return;
    }
    this.rows = message.rows;
    this.push(message.bytes);
  }

  #watch(): ReturnType<Clock['after']> {
    return this.#clock.after(limits.historyExportIdleMs.value, () =>
      this.destroy(new Error('nobody has read this export for too long')),
    );
  }
}

/** Starts the thread and waits for its first piece; null when what the export names is not known. */
export async function startExport(
  settings: ExportSettings,
  clock: Clock,
  ended: () => void,
): Promise<ExportStream | null> {
  const worker = new Worker(compiledTwin(new URL('./export-worker.ts', import.meta.url)), {
    name: 'history-export',
    workerData: settings,
  });
  try {
    const first = await new Promise<FromExport>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage('next');
    });
    if (first.kind !== 'unknown') return new ExportStream(worker, first, clock, ended);
  } catch (error) {
    ended();
    throw error;
  }
  ended();
  await worker.terminate();
  return null;
}
