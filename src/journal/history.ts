import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import type { Log } from '../base/log.ts';
import { SupervisedThread } from '../base/supervised-thread.ts';
import { type HistoryCounter, historyCounterSpec } from './history/counters.ts';
import { historyFile } from './history/file.ts';
import type { FromImport, ToImport } from './history/messages.ts';
import type { LogProgress } from './journal-types.ts';
import { logDirectory } from './segment.ts';

export { historyCounterSpec, type HistoryReadCounter, historyReadCounterSpec } from './history/counters.ts';

// The hot door of the history: what was, in a database that is built from the logs and can always be built again.
// Owns the thread that imports, and says which logs it is to follow. It has no part in what happens live: it may be
// slow or die, and is then started again where it was. Who asks the history something does so by its cold door,
// history-cold.ts, and never passes through here.

export interface HistoryImportOptions {
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

interface Followed {
  readonly message: Extract<ToImport, { readonly kind: 'add' }>;
  readonly counters: Counters<HistoryCounter>;
}

export class HistoryImport {
  readonly #dataDirectory: string;
  readonly #log: Log;
  readonly #thread: SupervisedThread;
  readonly #rooms = new Map<string, Followed>();
  #port: MessagePort | null = null;

  constructor({ clock, log, dataDirectory }: HistoryImportOptions) {
    this.#dataDirectory = dataDirectory;
    this.#log = log;
    this.#thread = new SupervisedThread({
      name: 'history',
      clock,
      log,
      settings: { file: historyFile(dataDirectory), dataDirectory },
      entry: new URL('./history/import-worker.ts', import.meta.url),
      givesWay: true,
      users: [{ name: 'history', started: (port) => this.#started(port), stopped: () => void (this.#port = null) }],
      // A board of a million gifters and the people met last fit in.
      resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 1024 },
    });
  }

  start(): void {
    this.#thread.start();
  }

  async stop(): Promise<void> {
    await this.#thread.stop();
  }

  /** Imports a room's log from now on. The counters are the room's for as long as it is followed. */
  addRoom(room: HistoryRoom): Counters<HistoryCounter> {
    const { id, handle, epoch, progress } = room;
    assert(!this.#rooms.has(id), `room ${id} is imported once`);
    const counters = new Counters(historyCounterSpec);
    // Until the import has looked, it needs everything.
    counters.set('nextSeq', 1);
    counters.set('neededSeq', 1);
    const directory = logDirectory(this.#dataDirectory, id);
    const message = { kind: 'add', room: id, handle, epoch, directory, progress, values: counters.values } as const;
    this.#rooms.set(id, { message, counters });
    this.#send(message);
    return counters;
  }

  /** Once its log is closed. */
  removeRoom(id: string): void {
    this.#rooms.delete(id);
    this.#send({ kind: 'remove', room: id });
  }

  #send(message: ToImport): void {
    this.#port?.postMessage(message);
  }

  #started(port: MessagePort): void {
    this.#port = port;
    port.on('message', ({ level, event, fields }: FromImport) => this.#log[level](event, fields));
    port.unref();
    for (const { message } of this.#rooms.values()) this.#send(message);
  }
}
