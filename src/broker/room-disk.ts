import type { Clock } from '../base/clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { DiskDescription, DiskState, RetentionStatus } from '../protocol/disk.ts';

// How a room's log and the disk below it are doing, for whoever asks. Owns since when: the log itself only says what
// is. Looked at once a second; what was over by then is in the log's counters.

const notLooked: RetentionStatus = { state: 'unknown', bytes: null, bytesMax: null, detail: '' };

export class RoomDisk {
  readonly #clock: Clock;
  readonly #log: Journal;
  readonly #isKept: boolean;
  #state: DiskState;
  /** Unix ms. */
  #since: number;
  #retention: RetentionStatus = notLooked;
  #retentionSince: number;

  constructor(clock: Clock, log: Journal) {
    this.#clock = clock;
    this.#log = log;
    this.#isKept = log.writerCounters !== undefined;
    this.#state = this.#isKept ? 'ok' : 'none';
    this.#since = clock.wallMs();
    this.#retentionSince = this.#since;
  }

  /** Notes the state when it is another. */
  look(): void {
    if (!this.#isKept) return;
    const { state, pendingMs } = this.#log.status();
    if (state === this.#state) return;
    this.#state = state;
    // A refusal is as old as what has waited longest; a sync that failed keeps nothing waiting.
    this.#since = this.#clock.wallMs() - (state === 'ok' || state === 'sync-failed' ? 0 : Math.round(pendingMs));
  }

  /** What retention came to, from the keeper. */
  retained(status: RetentionStatus): void {
    if (status.state !== this.#retention.state) this.#retentionSince = this.#clock.wallMs();
    this.#retention = status;
  }

  describe(): DiskDescription {
    this.look();
    const { lastSeq, writtenSeq, durableSeq } = this.#log.status();
    return {
      state: this.#state,
      since: this.#since,
      refuses: !this.#log.admits(),
      waiting: lastSeq - writtenSeq,
      unsynced: durableSeq === 0 ? null : Math.max(0, writtenSeq - durableSeq),
      retention: { ...this.#retention, since: this.#retentionSince },
    };
  }
}
