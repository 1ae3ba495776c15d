import { limits } from '../protocol/limits.ts';
import type { Clock } from '../base/clock.ts';
import { type Disk, DiskError } from './disk.ts';
import { LogReader } from './reader.ts';
import { listSegments } from './segment.ts';
import { retainLog, type RetentionPlan, type RetentionPolicy } from './retention.ts';
import { saveSnapshot, type Snapshot } from './snapshot.ts';

// Keeps a room's log short, from a cold thread: follows the log with a replica of the state that it makes, saves that
// as a snapshot every so many events, then removes what retention allows. The thread that publishes has no part in
// it: making a snapshot of a large board there would be a hitch.

/** The state that a log makes, apart from the one that is served: the ranking, by way of the broker. */
export interface LogReplica {
  /** Whether a start of this version would take it (RecoveryVisitor.load). Changes nothing. */
  readable(snapshot: Snapshot): boolean;
  apply(seq: number, payload: Buffer, atMs: number): void;
  hole(from: number, to: number): void;
  /** The state in pieces, as `load` takes them. */
  save(): Iterable<Uint8Array>;
}

export interface LogKeeperOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly directory: string;
  readonly room: string;
  readonly epoch: string;
  readonly replica: LogReplica;
  /** The replica's state holds every event up to this one: as recovery left it. */
  readonly replicaSeq: number;
  /** Seq of the newest snapshot there is; 0 = none. */
  readonly snapshotSeq: number;
  /** How far the log has been written, from Journal.progress. */
  readonly writtenSeq: () => number;
  /** First seq that history has not read yet. */
  readonly neededFromSeq: () => number;
  readonly policy: RetentionPolicy;
  readonly snapshotEveryEvents?: number;
}

/** What a turn of the keeper did. */
export interface KeeperTurn {
  readonly applied: number;
  /** Seq of the snapshot made; 0 = none was due. */
  readonly snapshotSeq: number;
  /** null = retention was not due. */
  readonly retention: RetentionPlan | null;
}

export class LogKeeper {
  readonly #options: LogKeeperOptions;
  readonly #reader: LogReader;
  readonly #snapshotEvery: number;
  #snapshotSeq: number;
  #retainedMs = Number.NEGATIVE_INFINITY;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
    this.#reader = new LogReader(options.disk, options.directory, options.replicaSeq + 1);
    this.#snapshotEvery = options.snapshotEveryEvents ?? limits.journalSnapshotEvents.value;
    this.#snapshotSeq = options.snapshotSeq;
  }

  /** Catches up with the log and does what is due. Blocks for as long as the disk takes. Throws DiskError. */
  turn(): KeeperTurn {
    this.#assertThere();
    const applied = this.follow();
    const seq = this.#reader.nextSeq - 1;
    let saved = 0;
    if (seq - this.#snapshotSeq >= this.#snapshotEvery) {
      this.#save(seq);
      saved = seq;
    }
    const { clock } = this.#options;
    const due = saved > 0 || clock.nowMs() - this.#retainedMs >= limits.journalRetentionMs.value;
    let retention = due ? this.#retain() : null;
    if (saved === 0 && seq > this.#snapshotSeq && this.#isTooOldWithoutSnapshot(retention)) {
      this.#save(seq);
      saved = seq;
      retention = this.#retain();
    }
    return { applied, snapshotSeq: saved, retention };
  }

  /** Catches up with the log and no more: often, so that a turn finds little to do. Throws DiskError. */
  follow(): number {
    const { replica, writtenSeq } = this.#options;
    const limit = writtenSeq();
    let applied = 0;
    for (let item = this.#reader.next(limit); item !== null; item = this.#reader.next(limit)) {
      if (item.kind === 'record') replica.apply(item.seq, item.payload, item.atMs);
      else replica.hole(item.from, item.to);
      applied++;
    }
    return applied;
  }

  close(): void {
    this.#reader.close();
  }

  /** In a room where little happens, a snapshot would be due long after the age at which events are to go. */
  #isTooOldWithoutSnapshot(plan: RetentionPlan | null): boolean {
    return plan?.blockedBy === 'no-snapshot' && plan.bytes <= this.#options.policy.bytesMax;
  }

  /**
   * Somebody may have removed the files while they are being written: the system goes on writing to what nobody finds.
   */
  #assertThere(): void {
    const { disk, directory, writtenSeq } = this.#options;
    const written = writtenSeq();
    if (written === 0 || listSegments(disk, directory).some((firstSeq) => firstSeq <= written + 1)) return;
    const remedy =
      'what is written now is gone with the process: restart the broker, and put the files back from a backup';
    throw new DiskError('missing', 'ENOENT', `the files of the log in ${directory} were removed under it; ${remedy}`);
  }

  #save(seq: number): void {
    const { disk, clock, directory, room, epoch, replica } = this.#options;
    saveSnapshot(disk, directory, { room, epoch, seq, createdAt: clock.wallMs() }, replica.save());
    this.#snapshotSeq = seq;
  }

  #retain(): RetentionPlan {
    const { disk, clock, directory, policy, neededFromSeq, replica } = this.#options;
    this.#retainedMs = clock.nowMs();
    return retainLog(disk, directory, policy, {
      neededFromSeq: neededFromSeq(),
      nowMs: clock.wallMs(),
      readable: (snapshot) => replica.readable(snapshot),
    });
  }
}
