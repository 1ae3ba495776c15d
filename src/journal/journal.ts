import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { uniqueId } from '../base/random.ts';
import type { Disk } from './disk.ts';
import { JournalThread } from './journal-thread.ts';
import { InlineJournal } from './inline-journal.ts';
import type { Journal, JournalOptions, LogProgress } from './journal-types.ts';
import { assertRestored } from './restored.ts';
import { realDisk } from './real-disk.ts';
import { logDirectory } from './segment.ts';
import { ringWord, SeqMirror } from './shared-ring.ts';
import { tellFindings, tellStates } from './state-log.ts';
import { recoverLog, type RecoveredLog, type RecoveryVisitor } from './recovery.ts';

export type { Disk } from './disk.ts';
export type { Journal, JournalOptions, JournalState, JournalStatus, LogProgress, StallRule } from './journal-types.ts';
export { NullJournal } from './null-journal.ts';
export { type KeeperTurn, LogKeeper, type LogKeeperOptions, type LogReplica } from './log-keeper.ts';
export { type LogItem, readLog } from './reader.ts';
export { realDisk } from './real-disk.ts';
export type { Finding, RecoveredLog, RecoveryReport, RecoveryVisitor } from './recovery.ts';
export type { RetentionPlan, RetentionPolicy } from './retention.ts';
export { followSyncs, type SyncMemory } from './sync-memory.ts';
export type { SyncPolicy } from './segment.ts';
export { saveSnapshot, type Snapshot } from './snapshot.ts';

// The door of the journal: what has been broadcast is in the log, and comes back from it. One log per room, in a
// directory of its own; one thread writes them all. docs/DURABILITY.md says what survives what.
//
//   const journals = new Journals({ clock, log, dataDirectory });
//   const recovered = journals.recover(roomId, visitor);          // snapshot, then events, into the ranking; cold
//   const journal = await journals.open(recovered, { sync: { kind: 'interval', ms: 50 } });
//   journal.append(seq, payload); journal.commit();               // hot
//   await journal.close(); await journals.stop();

/** How far a log has been written, as seen from another thread. */
export function followProgress(progress: LogProgress): () => number {
  const mirror = new SeqMirror(progress.control, ringWord.written, progress.seq);
  return () => mirror.read();
}

export interface JournalsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly dataDirectory: string;
  /** `inline`: each append writes by itself, and no thread is started. For small installations and for comparison. */
  readonly writer?: 'thread' | 'inline';
}

export class Journals {
  readonly disk: Disk = realDisk;
  readonly #options: JournalsOptions;
  readonly #thread: JournalThread | null;

  constructor(options: JournalsOptions) {
    this.#options = options;
    assertRestored(this.disk, options.dataDirectory);
    this.#thread = options.writer === 'inline' ? null : new JournalThread(options);
  }

  /** Where the log of a room is. Its id must be a plain name. */
  directoryOf(room: string): string {
    return logDirectory(this.#options.dataDirectory, room);
  }

  /**
   * Takes the room's log over and gives what it holds to `visitor`. Blocks while it reads: for starts. Throws MeksError
   * MEKS_JOURNAL_LOCKED, MEKS_JOURNAL_UNWRITABLE or MEKS_JOURNAL_CORRUPT.
   */
  recover(room: string, visitor: RecoveryVisitor): RecoveredLog {
    const { clock, log } = this.#options;
    const directory = this.directoryOf(room);
    const beganMs = clock.nowMs();
    const recovered = recoverLog(
      { disk: this.disk, directory, room, newEpoch: uniqueId, wallMs: clock.wallMs() },
      visitor,
    );
    const { report } = recovered;
    const { lastSeq, snapshotSeq, applied, continued, reason, findingsCount } = report;
    const tookMs = Math.round(clock.nowMs() - beganMs);
    const fields = { room, lastSeq, snapshotSeq, applied, continued, reason, findings: findingsCount, tookMs };
    log.info('journal.recovered', fields);
    tellFindings(report, directory, log);
    return recovered;
  }

  /**
   * Begins to write on a recovered log. Throws MeksError MEKS_JOURNAL_UNWRITABLE, and then lets go of the log's lock.
   */
  async open(recovered: RecoveredLog, options: JournalOptions): Promise<Journal> {
    const journal =
      this.#thread === null
        ? new InlineJournal(recovered, this.#options.clock, options)
        : await this.#thread.open(recovered, options);
    tellStates(recovered.room, journal, this.#options);
    return journal;
  }

  /** Ends the thread; its logs must have been closed. */
  async stop(): Promise<void> {
    await this.#thread?.stop();
  }
}
