import { limits } from '../protocol/limits.ts';
import type { Clock } from '../base/clock.ts';
import { type Disk, DiskError } from './disk.ts';
import { noteFailedSync } from './failed-sync.ts';
import { LogReader } from './reader.ts';
import { listSegments } from './segment.ts';
import { retainLog, type RetentionPlan, type RetentionPolicy } from './retention.ts';
import { saveSnapshot, type Snapshot } from './snapshot.ts';
import type { SyncMemory } from './sync-memory.ts';

// Keeps a room's log short, from a cold thread: follows the log with a replica of the state that it makes, saves that
// as a snapshot every so many events, then removes what retention allows. The thread that publishes has no part in
// it: making a snapshot of a large board there would be a hitch.

/** The state that a log makes, apart from the one that is served: the ranking, by way of the broker. */
export interface LogReplica {
  /** Whether a start of this version would take it (RecoveryVisitor.load). Changes nothing. */
  readable(snapshot: Snapshot): boolean;
  apply(seq: number, payload: Buffer, atMs: number): void;
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
  readonly syncs: SyncMemory;
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
  #lost: { readonly from: number; readonly to: number } | null = null;
  #retainedMs = Number.NEGATIVE_INFINITY;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
    this.#reader = new LogReader(options.disk, options.directory, options.replicaSeq + 1);
    this.#snapshotEvery = options.snapshotEveryEvents ?? limits.journalSnapshotEvents.value;
    this.#snapshotSeq = options.snapshotSeq;
  }

  /** Catches up with the log and does what is due. Blocks for as long as the disk takes. Throws DiskError. */
  turn(): KeeperTurn {
    try {
      return this.#turn();
    } catch (error) {
      if (error instanceof DiskError && error.kind === 'unsynced') this.#noteSync();
      throw error;
    }
  }

  #noteSync(): void {
    const { disk, directory, syncs } = this.#options;
    if (!syncs.failed()) noteFailedSync(disk, directory);
    syncs.fail();
  }

  #turn(): KeeperTurn {
    this.#assertThere();
    const applied = this.follow();
    this.#assertSynced();
    if (this.#lost !== null) return { applied, snapshotSeq: 0, retention: null };
    const seq = this.#reader.nextSeq - 1;
    let saved = 0;
    let refused: DiskError | null = null;
    if (seq - this.#snapshotSeq >= this.#snapshotEvery) {
      refused = this.#saveIfRoom(seq);
      if (refused === null) saved = seq;
    }
    const { clock } = this.#options;
    const due = saved > 0 || clock.nowMs() - this.#retainedMs >= limits.journalRetentionMs.value;
    let retention = due ? this.#retain() : null;
    // On a full disk retention goes on with the snapshots that there are: it is what makes room.
    if (refused !== null) throw refused;
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
      if (item.kind === 'record') {
        if (this.#lost === null) replica.apply(item.seq, item.payload, item.atMs);
      } else this.#lost = { from: this.#lost?.from ?? item.from, to: item.to };
      applied++;
    }
    return applied;
  }

  /** Events that could not be read: the replica is not what the log made of the ranking, and is never saved. */
  get lost(): { readonly from: number; readonly to: number } | null {
    return this.#lost;
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

  /** A system forgets what a sync could not write, and then says that all is well. */
  #assertSynced(): void {
    if (!this.#options.syncs.failed()) return;
    const remedy = 'see the system log, then restart the broker';
    const message = `a sync of ${this.#options.directory} failed, and no later one can vouch for what it was to save`;
    throw new DiskError('unsynced', 'EIO', `${message}: no snapshot is made, and nothing removed; ${remedy}`);
  }

  /** What was synced before it is asked for once more behind the last piece: the log's own thread syncs meanwhile. */
  *#pieces(): Iterable<Uint8Array> {
    yield* this.#options.replica.save();
    this.#assertSynced();
  }

  #saveIfRoom(seq: number): DiskError | null {
    try {
      this.#save(seq);
      return null;
    } catch (error) {
      if (error instanceof DiskError && error.kind === 'full') return error;
      throw error;
    }
  }

  #save(seq: number): void {
    const { disk, clock, directory, room, epoch } = this.#options;
    saveSnapshot(disk, directory, { room, epoch, seq, createdAt: clock.wallMs() }, this.#pieces());
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
