import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { SupervisedThread, type ThreadUser } from '../base/supervised-thread.ts';
import type { LogProgress, RetentionPlan, RetentionPolicy } from '../journal/journal.ts';
import type { RetentionStatus } from '../protocol/disk.ts';
import { limits } from '../protocol/limits.ts';
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
  /** Told what retention came to: about once a minute. */
  readonly retained: (status: RetentionStatus) => void;
}

/** What is known of a room's log. */
interface Kept {
  readonly room: KeptRoom;
  /** As the keeper told last; null = it has not. */
  stays: Extract<KeeperReport, { kind: 'stays' }> | null;
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
  readonly #rooms = new Map<string, Kept>();
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
    this.#rooms.set(room.id, { room, stays: null });
    this.#hand(room);
  }

  leave(id: string): void {
    this.#rooms.delete(id);
    this.#send({ kind: 'leave', id });
  }

  started(port: MessagePort): void {
    this.#port = port;
    port.on('message', (report: KeeperReport) => {
      const kept = this.#rooms.get(report.room);
      // One that was let go of meanwhile.
      if (kept !== undefined) this.#told(kept, report);
    });
    for (const { room } of this.#rooms.values()) this.#hand(room);
  }

  #told(kept: Kept, report: KeeperReport): void {
    const { room } = report;
    if (report.kind === 'kept') {
      this.#log.info('keeper.kept', { room, snapshotSeq: report.snapshotSeq, removed: report.removed });
      return;
    }
    if (report.kind === 'lost') {
      const remedy = 'look at the system log: the disk may have to be replaced';
      this.#log.warn('keeper.lost', { room, from: report.from, to: report.to, remedy });
      this.#hand(kept.room);
      return;
    }
    if (report.kind === 'failed') {
      this.#log.warn('keeper.failed', { room, ...report.fields });
      kept.room.retained({ ...this.#status(kept), state: 'failed', detail: String(report.fields['error'] ?? '') });
      return;
    }
    if (report.kind === 'stays') {
      if ((kept.stays?.blockedBy ?? 'none') !== report.blockedBy) this.#tellWhatStays(report);
      kept.stays = report;
    }
    kept.room.retained(this.#status(kept));
  }

  #status({ stays }: Kept): RetentionStatus {
    const bytesMax = Number.isFinite(this.#policy.bytesMax) ? this.#policy.bytesMax : null;
    if (stays === null) return { state: 'unknown', bytes: null, bytesMax, detail: '' };
    const { bytes, blockedBy } = stays;
    // Segments go whole: a log that is kept at its quota is at most one of them below it.
    const isFull = bytes + limits.journalSegmentBytesMax.value > this.#policy.bytesMax;
    const state = blockedBy !== 'none' ? blockedBy : isFull ? 'at-quota' : 'within';
    return { state, bytes, bytesMax, detail: '' };
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
