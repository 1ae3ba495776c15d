import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { SupervisedThread, type ThreadUser } from '../base/supervised-thread.ts';
import type { LogProgress, RetentionPlan, RetentionPolicy } from '../journal/journal.ts';
import type { KeeperReport, KeeperTask } from './keeper-messages.ts';

// The hot thread's side of the keeper (keeper-thread.ts): says which logs are to be kept, and logs what comes of it.
// The state of a room is handed over once for each life of that thread; after that it follows the log by itself.

/** A room whose log is kept. */
export interface KeptRoom {
  readonly id: string;
  readonly handle: string;
  readonly directory: string;
  readonly epoch: string;
  readonly snapshotSeq: number;
  readonly progress: () => LogProgress;
  /** The ranking's state now, and the seq that it is at. */
  readonly save: () => { readonly saved: Uint8Array; readonly seq: number };
  /** Of the history's counters of the room, in shared memory: what it still needs of the log stays. */
  readonly history: Float64Array;
}

const remedies: Readonly<Record<Exclude<RetentionPlan['blockedBy'], 'none'>, string>> = {
  'no-snapshot': 'no good snapshot covers the oldest events yet: one is made every 50,000 events. See keeper.failed',
  history: 'the history has not read the oldest events yet: see thread.failed, and `meks history status`',
  'open-segment': 'what is left is being written: raise --keep-gb',
};

export class Keeper implements ThreadUser {
  readonly name = 'keeper';
  readonly #log: Log;
  readonly #policy: RetentionPolicy;
  readonly #thread: SupervisedThread;
  readonly #rooms = new Map<string, KeptRoom>();
  #port: MessagePort | null = null;

  constructor(options: { readonly clock: Clock; readonly log: Log; readonly policy: RetentionPolicy }) {
    this.#log = options.log;
    this.#policy = options.policy;
    this.#thread = new SupervisedThread({
      name: 'keeper',
      clock: options.clock,
      log: options.log,
      entry: new URL('./keeper-thread.ts', import.meta.url),
      givesWay: true,
      settings: null,
      users: [this],
      // Cold, but with a ranking of each room in it.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    this.#thread.start();
  }

  keep(room: KeptRoom): void {
    this.#rooms.set(room.id, room);
    this.#hand(room);
  }

  leave(id: string): void {
    this.#rooms.delete(id);
    this.#send({ kind: 'leave', id });
  }

  started(port: MessagePort): void {
    this.#port = port;
    port.on('message', (report: KeeperReport) => {
      if (report.kind === 'failed') this.#log.warn('keeper.failed', { room: report.room, ...report.fields });
      else if (report.kind === 'stays') this.#tellWhatStays(report);
      else
        this.#log.info('keeper.kept', { room: report.room, snapshotSeq: report.snapshotSeq, removed: report.removed });
    });
    for (const room of this.#rooms.values()) this.#hand(room);
  }

  /** The log grows beyond what was allowed, because losing events is worse: somebody has to look. */
  #tellWhatStays({ room, blockedBy, bytes }: Extract<KeeperReport, { kind: 'stays' }>): void {
    const { bytesMax } = this.#policy;
    if (blockedBy === 'none') this.#log.info('retention.within', { room, bytes, bytesMax });
    else this.#log.warn('retention.blocked', { room, bytes, bytesMax, blockedBy, remedy: remedies[blockedBy] });
  }

  stopped(): void {
    this.#port = null;
  }

  async stop(): Promise<void> {
    await this.#thread.stop();
  }

  #hand(room: KeptRoom): void {
    if (this.#port === null) return;
    const { id, handle, directory, epoch, snapshotSeq, history } = room;
    const { saved, seq } = room.save();
    this.#send({
      kind: 'keep',
      id,
      handle,
      directory,
      epoch,
      saved,
      seq,
      snapshotSeq,
      progress: room.progress(),
      policy: this.#policy,
      history,
    });
  }

  #send(task: KeeperTask): void {
    this.#port?.postMessage(task);
  }
}
