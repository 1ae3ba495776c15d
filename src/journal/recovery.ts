import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { type Disk, DiskError, type DiskLock } from './disk.ts';
import { type EpochFacts, judgeEpoch } from './epoch.ts';
import { syncHasFailed, writeAgain } from './failed-sync.ts';
import { findLogEnd, type LogEnd } from './log-end.ts';
import { LogReader } from './reader.ts';
import { listSegments, segmentName, setSegmentAside } from './segment.ts';
import { listSnapshots, loadSnapshot, type Snapshot, syncDirectory, unfinishedSuffix } from './snapshot.ts';
import { SegmentScan, unsyncedSegments } from './segment-scan.ts';
import { Unreadables } from './unreadable.ts';

// Opens a room's log after whatever ended its last life: takes the lock, loads the newest good snapshot, applies what
// the log holds after it, and decides whether the epoch goes on. Damage is reported as data, never thrown. Nothing is
// cut off or changed: the next life begins a segment of its own, which takes over where the good records end.

/** Who rebuilds state from the log: the ranking, by way of the broker. Called in this order. */
export interface RecoveryVisitor {
  /** Takes a snapshot's state. False: it cannot be used (another version); the one before it is offered, or none. */
  load(snapshot: Snapshot): boolean;
  /** One event, in order. `payload` is valid during the call. */
  apply(seq: number, payload: Buffer, atMs: number): void;
  /** Events `from` to `to` are lost to this log. */
  hole(from: number, to: number): void;
}

/** What recovery came upon, for logs, `meks doctor` and tests. */
export type Finding =
  | { readonly kind: 'snapshot-unusable'; readonly seq: number; readonly why: string }
  | { readonly kind: 'snapshot-ahead'; readonly seq: number; readonly logSeq: number }
  | { readonly kind: 'hole'; readonly from: number; readonly to: number; readonly cause: 'missing' | 'damaged' }
  /** Damaged places among the records replayed; those that held events are holes as well. */
  | { readonly kind: 'damage'; readonly places: number }
  /** The disk does not give these bytes back; what they held is a hole or a damaged end as well. They stay there. */
  | {
      readonly kind: 'unreadable';
      readonly segment: string;
      readonly offset: number;
      readonly bytes: number;
      /** The system's code, such as EIO. */
      readonly code: string;
    }
  | { readonly kind: 'header-damaged'; readonly segment: string }
  | { readonly kind: 'copied'; readonly segment: string }
  /** The end of a cut-off write: `bytes` after `offset` are no part of the log, `events` good ones among them. */
  | {
      readonly kind: 'torn-end';
      readonly segment: string;
      readonly offset: number;
      readonly bytes: number;
      readonly events: number;
    }
  /** Damage that no cut-off write explains. */
  | { readonly kind: 'damaged-end'; readonly segment: string; readonly offset: number; readonly bytes: number }
  /** A sync of an earlier life failed: what it was to save was written and synced once more. */
  | { readonly kind: 'written-again'; readonly segments: number; readonly bytes: number }
  /** A file without a usable record was in the way of the next segment, and now has another name. */
  | { readonly kind: 'set-aside'; readonly from: string; readonly to: string };

export interface RecoveryReport {
  readonly room: string;
  readonly epoch: string;
  /** False: positions of before are void, dashboards take a snapshot. */
  readonly continued: boolean;
  /** For people: why the epoch goes on, or does not. */
  readonly reason: string;
  readonly lastSeq: number;
  /** 0 = none was used. */
  readonly snapshotSeq: number;
  readonly applied: number;
  /** The first journalFindingsMax; `findingsCount` counts all. */
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
}

/** A log that is open to one process, and ready to be written on. Its journal takes over the lock. */
export interface RecoveredLog {
  readonly disk: Disk;
  readonly directory: string;
  readonly room: string;
  readonly epoch: string;
  readonly lastSeq: number;
  readonly bootId: string;
  /** First seqs of segments that may not be synced yet, rising. The next life syncs them with its first own sync. */
  readonly unsynced: readonly number[];
  readonly report: RecoveryReport;
  readonly lock: DiskLock;
}

export interface RecoveryOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly room: string;
  /** Makes a new epoch's name. */
  readonly newEpoch: () => string;
  /** Names a file that is set aside; Unix ms. */
  readonly wallMs: number;
}

/** Throws MeksError: MEKS_JOURNAL_LOCKED, MEKS_JOURNAL_UNWRITABLE, MEKS_JOURNAL_CORRUPT (another room's, or newer). */
export function recoverLog(options: RecoveryOptions, visitor: RecoveryVisitor): RecoveredLog {
  const { disk, directory } = options;
  const lock = takeLock(disk, directory);
  try {
    return new Recovery(options, visitor, lock).run();
  } catch (error) {
    lock.release();
    if (!(error instanceof DiskError)) throw error;
    const remedy = remedyOf(error);
    const message = `the log in ${directory} cannot be used: ${error.message}: ${remedy}`;
    throw new MeksError('MEKS_JOURNAL_UNWRITABLE', message, error);
  }
}

function takeLock(disk: Disk, directory: string): DiskLock {
  let lock: DiskLock | null;
  try {
    disk.makeDirectory(directory);
    lock = disk.lock(`${directory}/lock`);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    const remedy = 'give `--data` a folder that this user may write to';
    const message = `the log directory ${directory} cannot be used: ${error.message}: ${remedy}`;
    throw new MeksError('MEKS_JOURNAL_UNWRITABLE', message, error);
  }
  if (lock !== null) return lock;
  throw new MeksError(
    'MEKS_JOURNAL_LOCKED',
    `the log in ${directory} is in use by another broker: stop that one, or give this one another data directory. The ` +
      'lock goes with that process, however it ends; two that write one log, where somebody removes the file, spoil it',
  );
}

function remedyOf({ kind, code }: DiskError): string {
  if (kind === 'full') return 'make room on the disk';
  const isOfOthers = code === 'EACCES' || code === 'EPERM';
  return isOfOthers ? 'give its files to the user that runs the broker (chown)' : 'see the system log about this disk';
}

class Recovery {
  readonly #options: RecoveryOptions;
  readonly #visitor: RecoveryVisitor;
  readonly #lock: DiskLock;
  readonly #bootId: string;
  readonly #findings: Finding[] = [];
  #findingsCount = 0;
  /** Segments at the end with neither header nor record: begun, and cut off. */
  readonly #stumps: number[] = [];
  readonly #unreadables = new Unreadables();
  #holes = false;
  #applied = 0;

  constructor(options: RecoveryOptions, visitor: RecoveryVisitor, lock: DiskLock) {
    this.#options = options;
    this.#visitor = visitor;
    this.#lock = lock;
    this.#bootId = options.disk.bootId();
  }

  run(): RecoveredLog {
    const { disk, directory, room } = this.#options;
    this.#removeUnfinished();
    const snapshotSeq = this.#loadSnapshot();
    const end = findLogEnd(disk, directory, this.#bootId, snapshotSeq, {
      stumps: this.#stumps,
      unreadables: this.#unreadables,
    });
    // Nobody knows what stood there: dashboards may have seen it.
    this.#holes = this.#stumps.some((firstSeq) => this.#unreadables.has(firstSeq));
    for (const firstSeq of this.#stumps) this.#found({ kind: 'header-damaged', segment: segmentName(firstSeq) });
    const logSeq = end?.lastSeq ?? 0;
    const ahead = end !== null && snapshotSeq > logSeq;
    if (end !== null) this.#tell(end, snapshotSeq);
    if (ahead) this.#found({ kind: 'snapshot-ahead', seq: snapshotSeq, logSeq });
    this.#replay(snapshotSeq + 1, logSeq);
    const lastSeq = Math.max(snapshotSeq, logSeq);
    const verdict = judgeEpoch(this.#facts(end, ahead));
    const epoch = verdict.continues && end?.tail.header ? end.tail.header.epoch : this.#options.newEpoch();
    if (syncHasFailed(disk, directory)) this.#writeAgain(snapshotSeq);
    this.#clearWay(end, lastSeq + 1);
    const closed = end === null || end.tail.closed;
    const unsynced = closed ? [] : this.#unsynced();
    this.#tellUnreadable();
    const report: RecoveryReport = {
      room,
      epoch,
      continued: verdict.continues,
      reason: verdict.reason,
      lastSeq,
      snapshotSeq,
      applied: this.#applied,
      findings: this.#findings,
      findingsCount: this.#findingsCount,
    };
    return { disk, directory, room, epoch, lastSeq, bootId: this.#bootId, unsynced, report, lock: this.#lock };
  }

  #found(finding: Finding): void {
    this.#findingsCount++;
    if (this.#findings.length < limits.journalFindingsMax.value) this.#findings.push(finding);
  }

  /** A crash while a snapshot was being made leaves a part of it under another name. */
  #removeUnfinished(): void {
    const { disk, directory } = this.#options;
    for (const name of disk.list(directory)) if (name.endsWith(unfinishedSuffix)) disk.remove(`${directory}/${name}`);
  }

  /** Seq of the snapshot that was taken, 0 when none was. */
  #loadSnapshot(): number {
    const { disk, directory, room } = this.#options;
    for (const seq of listSnapshots(disk, directory)) {
      const snapshot = loadSnapshot(disk, directory, seq);
      if (typeof snapshot === 'string') this.#found({ kind: 'snapshot-unusable', seq, why: snapshot });
      else if (snapshot.room !== room) throw otherRoom(directory, snapshot.room, room);
      else if (this.#visitor.load(snapshot)) return seq;
      else this.#found({ kind: 'snapshot-unusable', seq, why: 'its state is of another version' });
    }
    return 0;
  }

  /** Reports how the log ends, and what its headers look like from the segment on that is replayed first. */
  #tell(end: LogEnd, snapshotSeq: number): void {
    const { disk, directory, room } = this.#options;
    const { tail, torn } = end;
    const { trouble, offset, restBytes: bytes, beyond: events } = tail;
    if (tail.header !== null && tail.header.room !== room) throw otherRoom(directory, tail.header.room, room);
    const segment = segmentName(tail.firstSeq);
    if (tail.copied) this.#found({ kind: 'copied', segment });
    if (trouble !== 'none' && !torn) this.#found({ kind: 'damaged-end', segment, offset, bytes });
    if (torn) this.#found({ kind: 'torn-end', segment, offset, bytes, events });
    const replayed = listSegments(disk, directory).filter((firstSeq) => !this.#stumps.includes(firstSeq));
    const first = replayed.findLast((firstSeq) => firstSeq <= snapshotSeq + 1) ?? 0;
    for (const firstSeq of replayed) {
      if (firstSeq < first) continue;
      const scan = new SegmentScan(disk, directory, firstSeq, this.#unreadables);
      scan.close();
      if (scan.header === null) this.#found({ kind: 'header-damaged', segment: segmentName(firstSeq) });
    }
  }

  #unsynced(): number[] {
    const { disk, directory } = this.#options;
    return unsyncedSegments(disk, directory, this.#bootId, this.#unreadables);
  }

  /** What is behind the snapshot was never vouched for; all before it had been synced when it was made. */
  #writeAgain(snapshotSeq: number): void {
    const { disk, directory } = this.#options;
    const doubtful = this.#unsynced();
    const first = doubtful.findLast((firstSeq) => firstSeq <= snapshotSeq + 1) ?? 0;
    const again = doubtful.filter((firstSeq) => firstSeq >= first);
    const bytes = writeAgain(disk, directory, again);
    if (again.length > 0) this.#found({ kind: 'written-again', segments: again.length, bytes });
  }

  #tellUnreadable(): void {
    for (const [firstSeq, stretches] of this.#unreadables)
      for (const stretch of stretches) this.#found({ kind: 'unreadable', segment: segmentName(firstSeq), ...stretch });
  }

  #replay(from: number, to: number): void {
    const { disk, directory } = this.#options;
    const reader = new LogReader(disk, directory, from, this.#unreadables);
    try {
      for (let item = reader.next(to); item !== null; item = reader.next(to)) {
        if (item.kind === 'record') {
          this.#applied++;
          this.#visitor.apply(item.seq, item.payload, item.atMs);
        } else {
          this.#holes = true;
          this.#found(item);
          this.#visitor.hole(item.from, item.to);
        }
      }
    } finally {
      reader.close();
    }
    if (reader.damages > 0) this.#found({ kind: 'damage', places: reader.damages });
  }

  #facts(end: LogEnd | null, ahead: boolean): EpochFacts {
    const tail = end?.tail;
    const header = tail?.header ?? null;
    return {
      known: header !== null,
      copied: tail?.copied ?? false,
      closed: (tail?.closed ?? false) && end?.beyond.length === 0,
      boot: end?.boot ?? 'unknown',
      sync: header?.sync ?? 'os',
      released: header?.released ?? false,
      trouble: tail?.trouble ?? 'none',
      holes: this.#holes,
      ahead,
    };
  }

  /**
   * Takes files out of the way that hold nothing that counts: behind the end, or with the name of the next segment. A
   * sound last segment without events stays until the next life replaces it: should this start fail yet, it is all that
   * tells the epoch and the clean stop.
   */
  #clearWay(end: LogEnd | null, nextSeq: number): void {
    const { disk, directory } = this.#options;
    const gone = new Set([...this.#stumps, ...(end?.beyond ?? [])]);
    const tells = end?.tail.trouble === 'none' ? end.tail.firstSeq : 0;
    const inTheWay = (firstSeq: number): boolean => gone.has(firstSeq) || (firstSeq === nextSeq && firstSeq !== tells);
    for (const firstSeq of listSegments(disk, directory).filter(inTheWay)) this.#setAside(firstSeq);
    syncDirectory(disk, directory);
  }

  #setAside(firstSeq: number): void {
    const { disk, directory, wallMs } = this.#options;
    const unread = this.#unreadables.has(firstSeq);
    const to = setSegmentAside(disk, directory, firstSeq, { wallMs, unread });
    if (to !== '') this.#found({ kind: 'set-aside', from: segmentName(firstSeq), to });
  }
}

function otherRoom(directory: string, found: string, wanted: string): MeksError {
  return new MeksError(
    'MEKS_JOURNAL_CORRUPT',
    `the log in ${directory} belongs to room ${found}, not to ${wanted}: give each room a directory of its own`,
  );
}
