import type { MessagePort } from 'node:worker_threads';
import type { Clock, Timer } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import type { Log } from '../base/log.ts';
import { SupervisedThread } from '../base/supervised-thread.ts';
import type { HistoryAnswers, QueryResult } from '../protocol/history-answers.ts';
import type { ExportRequest, HistoryQuery } from '../protocol/history-queries.ts';
import { limits } from '../protocol/limits.ts';
import { type HistoryReadCounter, historyReadCounterSpec } from './history/counters.ts';
import { type ExportStream, startExport } from './history/export-stream.ts';
import { historyFile } from './history/file.ts';
import type { FromQuery, HistorySettings } from './history/messages.ts';

export type { ExportStream } from './history/export-stream.ts';
export type { OpenExport } from './history/export.ts';
export { exportOffline, type HistoryRoom, historyRooms, rebuildHistory, type RebuiltRoom } from './history/offline.ts';

// The cold door of the history: what was, for whoever asks. Owns a thread that answers one query after the other, and
// one for each export under way. Both only read, on a connection of their own beside the import's, and let everything
// else go first. Bounded by historyQueriesMax queries and historyExportsMax exports: more are refused at once.

export interface HistoryReaderOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly dataDirectory: string;
  /** Values of its counters (historyReadCounterSpec) in shared memory that somebody else shows. */
  readonly values?: Float64Array;
}

interface Waiting {
  readonly settle: (result: QueryResult<HistoryAnswers[keyof HistoryAnswers]>) => void;
  readonly timer: Timer;
}

/** `unknown`: what it names is not known. */
export type ExportResult = ExportStream | 'busy' | 'unknown' | 'unavailable';

export class HistoryReader {
  readonly counters: Counters<HistoryReadCounter>;
  readonly #clock: Clock;
  readonly #settings: HistorySettings;
  readonly #thread: SupervisedThread;
  readonly #waiting = new Map<number, Waiting>();
  #port: MessagePort | null = null;
  #nextId = 1;

  constructor({ clock, log, dataDirectory, values }: HistoryReaderOptions) {
    this.counters = new Counters(historyReadCounterSpec, values);
    this.#clock = clock;
    this.#settings = { file: historyFile(dataDirectory), dataDirectory };
    this.#thread = new SupervisedThread({
      name: 'history-queries',
      clock,
      log,
      settings: this.#settings,
      entry: new URL('./history/query-worker.ts', import.meta.url),
      givesWay: true,
      users: [{ name: 'queries', started: (port) => this.#started(port), stopped: () => this.#stopped() }],
      resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 },
    });
  }

  start(): void {
    this.#thread.start();
  }

  /** Exports under way are their readers' to end. */
  async stop(): Promise<void> {
    await this.#thread.stop();
  }

  /** Asks. Never rejects: what keeps the answer away is an answer too. */
  async query<Kind extends HistoryQuery['kind']>(
    query: Extract<HistoryQuery, { readonly kind: Kind }>,
  ): Promise<QueryResult<HistoryAnswers[Kind]>> {
    this.counters.add('queries');
    const result = await this.#ask(query);
    this.counters.add(countedAs[result.kind]);
    // The answer is of the query's kind: the thread answers what it was asked.
    return result as QueryResult<HistoryAnswers[Kind]>;
  }

  /** Begins an export. The stream sets the pace, and must be read to its end or destroyed. */
  async export(request: ExportRequest): Promise<ExportResult> {
    const { counters } = this;
    if (counters.get('exportsUnderWay') >= limits.historyExportsMax.value) {
      counters.add('exportsBusy');
      return 'busy';
    }
    counters.add('exportsUnderWay');
    const ended = (): void => counters.add('exportsUnderWay', -1);
    const stream = await startExport({ ...this.#settings, request }, this.#clock, ended);
    if (typeof stream === 'string') return stream;
    counters.add('exports');
    stream.once('close', () => {
      counters.add(stream.readableEnded ? 'exportsFinished' : 'exportsBroken');
      counters.add('exportBytes', stream.bytes);
    });
    return stream;
  }

  #ask(query: HistoryQuery): Promise<QueryResult<HistoryAnswers[keyof HistoryAnswers]>> {
    const port = this.#port;
    if (port === null) return Promise.resolve({ kind: 'unavailable' });
    if (this.#waiting.size >= limits.historyQueriesMax.value) return Promise.resolve({ kind: 'busy' });
    const id = this.#nextId++;
    return new Promise((settle) => {
      // The thread gives up by itself; this is for what it cannot interrupt, and for queries that waited behind it.
      const timer = this.#clock.after(2 * limits.historyQueryMs.value, () => {
        this.#waiting.delete(id);
        settle({ kind: 'timed-out' });
      });
      this.#waiting.set(id, { settle, timer });
      port.postMessage({ id, query });
    });
  }

  #started(port: MessagePort): void {
    this.#port = port;
    port.on('message', (message: FromQuery) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      waiting?.timer.cancel();
      waiting?.settle(message.kind === 'answer' ? { kind: 'answer', value: message.value } : { kind: message.kind });
    });
    port.unref();
  }

  #stopped(): void {
    this.#port = null;
    for (const { settle, timer } of this.#waiting.values()) {
      timer.cancel();
      settle({ kind: 'unavailable' });
    }
    this.#waiting.clear();
  }
}

const countedAs = {
  answer: 'queriesAnswered',
  'timed-out': 'queriesLate',
  busy: 'queriesBusy',
  unavailable: 'queriesUnavailable',
} as const;
