import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { SupervisedThread } from '../base/supervised-thread.ts';
import { limits } from '../protocol/limits.ts';
import type { Answers } from './history/answers.ts';
import { type ExportStream, startExport } from './history/export-stream.ts';
import { type FromImport, type FromQuery, importNumber, importNumbers, type ToImport } from './history/messages.ts';
import type { ExportRequest, HistoryQuery } from './history/requests.ts';
import type { LogProgress } from './journal-types.ts';
import { logDirectory } from './segment.ts';

export type { Answers } from './history/answers.ts';
export type { ExportStream } from './history/export-stream.ts';
export { exportOffline, rebuildHistory } from './history/offline.ts';
export type * from './history/queries.ts';
export type { EventRange, ExportRequest, ExportSubject, HistoryQuery } from './history/requests.ts';

// The door of the history: what was, in a database that is built from the logs and can always be built again. Owns two
// threads: one imports, one answers; an export gets a thread of its own. None of them has a part in what happens live:
// they may be slow or die, and are then started again.

/** `unavailable`: the thread is being started, or has died over this query. */
export type QueryResult<Value> =
  | { readonly kind: 'answer'; readonly value: Value }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unavailable' };

/** How the import of a room stands. */
export interface ImportStatus {
  readonly nextSeq: number;
  readonly behind: number;
  /** Times that the ranking's totals were other than the history's: 0, or there is a bug. */
  readonly disagreements: number;
  /** Events that could not be imported because of a bug. */
  readonly faults: number;
}

export interface HistoryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly dataDirectory: string;
}

export interface HistoryRoom {
  readonly id: string;
  readonly handle: string;
  readonly epoch: string;
  /** From the room's journal. */
  readonly progress: LogProgress;
}

interface Waiting {
  readonly resolve: (result: QueryResult<Answers[keyof Answers]>) => void;
  readonly timer: Timer;
}

export class History {
  readonly #options: HistoryOptions;
  readonly #file: string;
  readonly #importThread: SupervisedThread;
  readonly #queryThread: SupervisedThread;
  readonly #rooms = new Map<string, Extract<ToImport, { kind: 'add' }>>();
  readonly #waiting = new Map<number, Waiting>();
  #importPort: MessagePort | null = null;
  #queryPort: MessagePort | null = null;
  #queriesStarted = false;
  #nextId = 1;
  #exports = 0;

  constructor(options: HistoryOptions) {
    const { clock, log, dataDirectory } = options;
    this.#options = options;
    this.#file = `${dataDirectory}/history.db`;
    const settings = { file: this.#file, dataDirectory };
    const user = (name: string, started: (port: MessagePort) => void, stopped: () => void) => [
      { name, started, stopped },
    ];
    this.#importThread = new SupervisedThread({
      name: 'history',
      clock,
      log,
      settings,
      entry: new URL('./history/import-worker.ts', import.meta.url),
      users: user(
        'history',
        (port) => this.#importStarted(port),
        () => void (this.#importPort = null),
      ),
    });
    this.#queryThread = new SupervisedThread({
      name: 'history-queries',
      clock,
      log,
      settings,
      entry: new URL('./history/query-worker.ts', import.meta.url),
      users: user(
        'queries',
        (port) => this.#queriesUp(port),
        () => this.#queriesDown(),
      ),
    });
  }

  start(): void {
    this.#importThread.start();
  }

  async stop(): Promise<void> {
    await this.#importThread.stop();
    if (this.#queriesStarted) await this.#queryThread.stop();
  }

  /** Imports a room's log from now on. */
  addRoom(room: HistoryRoom): void {
    const { id, handle, epoch, progress } = room;
    assert(!this.#rooms.has(id), `room ${id} is imported once`);
    const numbers = new Float64Array(new SharedArrayBuffer(importNumbers * 8));
    // Until the import has looked, it needs everything.
    numbers[importNumber.nextSeq] = 1;
    const directory = logDirectory(this.#options.dataDirectory, id);
    const message = { kind: 'add', room: id, handle, epoch, directory, progress, numbers } as const;
    this.#rooms.set(id, message);
    this.#importPort?.postMessage(message);
  }

  /** Before its log is closed for good. */
  removeRoom(id: string): void {
    this.#rooms.delete(id);
    const message: ToImport = { kind: 'remove', room: id };
    this.#importPort?.postMessage(message);
  }

  /** How the import of a room stands; null for a room that is not imported. */
  status(id: string): ImportStatus | null {
    const numbers = this.#rooms.get(id)?.numbers;
    if (numbers === undefined) return null;
    const at = (name: keyof typeof importNumber): number => numbers[importNumber[name]]!;
    return {
      nextSeq: at('nextSeq'),
      behind: at('behind'),
      disagreements: at('disagreements'),
      faults: at('faults'),
    };
  }

  /** For retention, from any thread: numbers whose first is the seq that history needs next. */
  needs(id: string): Float64Array {
    const numbers = this.#rooms.get(id)?.numbers;
    assert(numbers !== undefined, `room ${id} is imported`);
    return numbers;
  }

  /** Asks. Bounded by historyQueriesMax queries under way: beyond it the answer is `busy` at once. */
  query<Kind extends HistoryQuery['kind']>(
    query: Extract<HistoryQuery, { kind: Kind }>,
  ): Promise<QueryResult<Answers[Kind]>> {
    const port = this.#queryPort;
    if (port === null) return Promise.resolve({ kind: 'unavailable' });
    if (this.#waiting.size >= limits.historyQueriesMax.value) return Promise.resolve({ kind: 'busy' });
    const id = this.#nextId++;
    return new Promise((resolve) => {
      // The thread gives up by itself; this is for what it cannot interrupt, and for queries that waited behind it.
      const timer = this.#options.clock.after(2 * limits.historyQueryMs.value, () => {
        this.#waiting.delete(id);
        resolve({ kind: 'timed-out' });
      });
      // The answer is of the query's kind: the thread answers what it was asked.
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], timer });
      port.postMessage({ id, query });
    });
  }

  /**
   * Begins an export on a thread of its own; `busy` when historyExportsMax are under way, `unknown` where what it
   * names is not known. The stream sets the pace, and must be read to its end or destroyed.
   */
  async export(request: ExportRequest): Promise<ExportStream | 'busy' | 'unknown'> {
    if (this.#exports >= limits.historyExportsMax.value) return 'busy';
    this.#exports++;
    const { clock, dataDirectory } = this.#options;
    const settings = { file: this.#file, dataDirectory, request };
    const stream = await startExport(settings, clock, () => void this.#exports--);
    return stream ?? 'unknown';
  }

  #importStarted(port: MessagePort): void {
    this.#importPort = port;
    port.on('message', (message: FromImport) => {
      if (message.kind === 'ready') this.#startQueries();
      else this.#options.log[message.level](message.event, message.fields);
    });
    port.unref();
    for (const message of this.#rooms.values()) port.postMessage(message);
  }

  /** The database is made by the import: only then can it be read. */
  #startQueries(): void {
    if (this.#queriesStarted) return;
    this.#queriesStarted = true;
    this.#queryThread.start();
  }

  #queriesUp(port: MessagePort): void {
    this.#queryPort = port;
    port.on('message', (message: FromQuery) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      waiting?.timer.cancel();
      waiting?.resolve(message.kind === 'answer' ? { kind: 'answer', value: message.value } : { kind: 'timed-out' });
    });
    port.unref();
  }

  #queriesDown(): void {
    this.#queryPort = null;
    for (const { resolve, timer } of this.#waiting.values()) {
      timer.cancel();
      resolve({ kind: 'unavailable' });
    }
    this.#waiting.clear();
  }
}
