import { assert } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import { type Disk, DiskError, syncForGood } from './disk.ts';
import { noteFailedSync } from './failed-sync.ts';
import { segmentName, type SyncPolicy } from './segment.ts';
import { syncDirectory } from './snapshot.ts';
import type { SyncMemory } from './sync-memory.ts';
import type { WriterCounterName } from './writer-counters.ts';

// Makes written records durable by the policy, without stopping the writing. Owns the list of files that are not
// synced yet and at most one sync under way. "Durable through S" is said after every file with events up to S, and
// the directory that names them, has been synced. A sync that failed is never believed again: the kernel forgets what
// it could not write, and a second sync would succeed without it. From then on nothing more is called durable in this
// life; a note tells the next one to write it again (failed-sync.ts).

export interface LogSyncOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly directory: string;
  readonly sync: SyncPolicy;
  /** First seqs of segments of earlier lives that may not be synced yet. */
  readonly unsynced: readonly number[];
  /** Seq of the first event of this life. */
  readonly nextSeq: number;
  /** What others who sync this log came upon, an earlier life of the thread and the keeper, counts here too. */
  readonly syncs: SyncMemory;
  readonly counters: Counters<WriterCounterName>;
  readonly durable: (seq: number) => void;
  readonly failed: (error: DiskError) => void;
}

/** A full segment: synced once, whatever the policy, then closed. */
interface Retired {
  /** null: of an earlier life, opened by its path when its turn comes. */
  file: number | null;
  readonly path: string;
  /** Its last event; 0 = of an earlier life, before everything that this one says. */
  readonly lastSeq: number;
}

export class LogSync {
  readonly #options: LogSyncOptions;
  readonly #onTimer = (): void => this.#timerFired();
  /** Oldest first. */
  #retired: Retired[];
  #current = -1;
  /** A file was made since the directory was last synced. */
  #namesChanged = false;
  /** Something was written since the open segment was last synced. */
  #dirty = false;
  #writtenSeq: number;
  #durableSeq: number;
  #busy = false;
  #failure: DiskError | null = null;
  #startedMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;
  #closing: ((error: DiskError | null) => void) | null = null;
  /** Writes what says that the stop was clean, once everything before it is synced. */
  #seal: (() => DiskError | null) | null = null;
  #abandoned = false;

  constructor(options: LogSyncOptions) {
    this.#options = options;
    const { directory, nextSeq, syncs, unsynced } = options;
    if (syncs.failed()) this.#failure = failedElsewhere();
    this.#writtenSeq = nextSeq - 1;
    this.#durableSeq = unsynced.length === 0 ? nextSeq - 1 : 0;
    this.#retired = unsynced.map((firstSeq) => ({
      file: null,
      path: `${directory}/${segmentName(firstSeq)}`,
      lastSeq: 0,
    }));
  }

  get durableSeq(): number {
    return this.#durableSeq;
  }

  /** The first sync that failed, if one did. */
  get failure(): DiskError | null {
    return this.#failure;
  }

  /** Syncs what earlier lives left, before this one has written anything. Throws DiskError. */
  settle(): void {
    if (this.#retired.length === 0 || this.#failure !== null) return;
    const { disk, directory, nextSeq, durable } = this.#options;
    for (const { path } of this.#retired.splice(0)) {
      const file = openIfThere(disk, path);
      if (file === null) continue;
      try {
        syncForGood(disk, file);
      } catch (error) {
        noteFailedSync(disk, directory);
        throw error;
      } finally {
        disk.close(file);
      }
    }
    syncDirectory(disk, directory);
    this.#durableSeq = nextSeq - 1;
    durable(this.#durableSeq);
  }

  /** A segment was made: its name must become durable too. */
  begin(file: number): void {
    this.#current = file;
    this.#namesChanged = true;
    this.#dirty = true;
    if (this.#retired.length > 0) this.#plan();
  }

  /** A segment is full: it is synced whatever the policy, so that a power cut costs the open segment at most. */
  retire(file: number, lastSeq: number): void {
    this.#retired.push({ file, path: '', lastSeq });
    this.#start();
  }

  /** Everything up to `seq` was written: when it is to be synced is the policy's. */
  written(seq: number): void {
    this.#writtenSeq = seq;
    this.#dirty = true;
    this.#plan();
  }

  /**
   * Syncs everything, calls `seal`, syncs that, then calls `done`. In this order: a seal that stands in the log
   * although the sync before it failed would vouch for what may be lost. Without a seal where a sync has failed.
   */
  close(seal: () => DiskError | null, done: (error: DiskError | null) => void): void {
    assert(this.#closing === null, 'a log is closed once');
    this.#closing = done;
    this.#seal = seal;
    this.#dirty = true;
    this.#timer?.cancel();
    this.#start();
  }

  /** The process is said to have died: nothing more happens. */
  abandon(): void {
    this.#abandoned = true;
    this.#timer?.cancel();
  }

  #timerFired(): void {
    this.#timer = null;
    this.#start();
  }

  /** Sees to it that what is dirty is synced when the policy wants it. */
  #plan(): void {
    if (this.#busy) return;
    const { sync, clock } = this.#options;
    const now = this.#closing !== null || this.#retired.length > 0 || (sync.kind === 'always' && this.#dirty);
    if (now) this.#start();
    else if (sync.kind === 'interval' && this.#dirty && this.#timer === null)
      this.#timer = clock.after(Math.max(0, this.#startedMs + sync.ms - clock.nowMs()), this.#onTimer);
  }

  #start(): void {
    if (this.#busy || this.#abandoned) return;
    this.#busy = true;
    const { disk, clock, directory, sync } = this.#options;
    this.#startedMs = clock.nowMs();
    const retired = this.#retired;
    this.#retired = [];
    // Under `os` only full segments are synced before the end; else the open one belongs to every sync.
    const all = sync.kind !== 'os' || this.#closing !== null;
    const seq = all ? this.#writtenSeq : (retired.at(-1)?.lastSeq ?? 0);
    if (all) this.#dirty = false;
    const names = this.#namesChanged ? disk.openDirectory(directory) : null;
    this.#namesChanged = false;
    const files = retired.map((unsynced) => () => (unsynced.file ??= openIfThere(disk, unsynced.path)));
    // The one that is open now: by the time its turn comes another one may be, and this one would be left out.
    const current = this.#current;
    if (all) files.push(() => current);
    if (names !== null) files.push(() => names);
    this.#each(files, 0, (error) => {
      if (names !== null) disk.close(names);
      for (const { file } of retired) if (file !== null) disk.close(file);
      this.#ended(error, seq);
    });
  }

  /** Syncs one file after the other; stops at the first error. */
  #each(files: readonly (() => number | null)[], index: number, done: (error: DiskError | null) => void): void {
    const open = files[index];
    if (open === undefined || this.#abandoned) return done(null);
    let file: number | null;
    try {
      file = open();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      return done(error);
    }
    if (file === null) return this.#each(files, index + 1, done);
    return this.#options.disk.syncLater(file, (error) => {
      if (error === null) this.#each(files, index + 1, done);
      else done(error);
    });
  }

  #ended(error: DiskError | null, seq: number): void {
    if (this.#abandoned) return;
    const { counters, clock, disk, directory, syncs, failed } = this.#options;
    this.#busy = false;
    counters.add('syncs');
    const tookMs = clock.nowMs() - this.#startedMs;
    if (tookMs > counters.get('syncMsMax')) counters.set('syncMsMax', tookMs);
    if (error !== null) {
      counters.add('syncsFailed');
      noteFailedSync(disk, directory);
    }
    const failure = error ?? (syncs.failed() ? failedElsewhere() : null);
    if (failure !== null) {
      this.#failure ??= failure;
      syncs.fail();
      failed(this.#failure);
    }
    if (this.#failure === null && seq > this.#durableSeq) {
      this.#durableSeq = seq;
      this.#options.durable(seq);
    }
    if (this.#closing === null || (this.#dirty && this.#failure === null)) this.#plan();
    else this.#close(this.#closing);
  }

  /** Everything that was written is synced, or cannot be. */
  #close(done: (error: DiskError | null) => void): void {
    const seal = this.#seal;
    this.#seal = null;
    if (seal === null || this.#failure !== null) return done(this.#failure);
    const refused = seal();
    if (refused !== null) return done(refused);
    this.#dirty = true;
    return this.#start();
  }
}

function failedElsewhere(): DiskError {
  return new DiskError(
    'unsynced',
    'EIO',
    'a sync of this log has failed, by another thread or an earlier life of this one',
  );
}

/** null: a segment of an earlier life that retention has removed meanwhile, and that needs no sync. */
function openIfThere(disk: Disk, path: string): number | null {
  try {
    return disk.open(path, 'append');
  } catch (error) {
    if (error instanceof DiskError && error.kind === 'missing') return null;
    throw error;
  }
}
