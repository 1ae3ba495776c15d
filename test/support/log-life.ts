import assert from 'node:assert/strict';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { JournalOptions } from '../../src/journal/journal-types.ts';
import { readLog } from '../../src/journal/reader.ts';
import { recoverLog, type RecoveredLog, type RecoveryReport } from '../../src/journal/recovery.ts';
import type { RingJournal } from '../../src/journal/ring-journal.ts';
import { SimulatedDisk } from '../../src/journal/simulation/simulated-disk.ts';
import { SimulatedThread } from '../../src/journal/simulation/simulated-thread.ts';
import type { Snapshot } from '../../src/journal/snapshot.ts';

// Lives of a log on a simulated disk, in the words of the tests.

export const directory = 'rooms/1';
export const room = '1';

/** What event `seq` looks like on the wire. `life` tells apart events that got the same number in two lives. */
export function payloadOf(seq: number, life = 1): Buffer {
  return Buffer.from(`{"seq":${seq},"kind":"gift","life":${life},"text":"${'x'.repeat((seq * 7) % 40)}"}`);
}

/** What a recovery gave its visitor. */
export interface Recovered {
  readonly log: RecoveredLog;
  readonly report: RecoveryReport;
  readonly events: string[];
  readonly holes: [number, number][];
  readonly snapshot: Snapshot | null;
}

let epochs = 0;

/** Recovers the log on `disk`. `refuse`: snapshots that the visitor cannot use. */
export function recover(disk: SimulatedDisk, refuse: readonly number[] = []): Recovered {
  const events: string[] = [];
  const holes: [number, number][] = [];
  let loaded: Snapshot | null = null;
  const log = recoverLog(
    { disk, directory, room, newEpoch: () => `epoch-${++epochs}`, wallMs: 1_700_000_000_000 },
    {
      load: (snapshot) => {
        if (refuse.includes(snapshot.seq)) return false;
        loaded = snapshot;
        return true;
      },
      apply: (seq, payload) => {
        assert.equal(JSON.parse(payload.toString()).seq, seq);
        events.push(payload.toString());
      },
      hole: (from, to) => void holes.push([from, to]),
    },
  );
  return { log, report: log.report, events, holes, snapshot: loaded };
}

/** A broker's life as far as the log is concerned: recover, append, and end in one way or another. */
export class Life {
  readonly clock: VirtualClock;
  readonly disk: SimulatedDisk;
  readonly thread: SimulatedThread;
  readonly recovered: Recovered;
  readonly journal: RingJournal;
  readonly #number: number;
  #next: number;

  constructor(
    disk: SimulatedDisk,
    clock: VirtualClock,
    options: Partial<JournalOptions> & { life?: number; ringBytes?: number; reserveBytes?: number } = {},
  ) {
    const { life, ringBytes = 65_536, reserveBytes = 16_384, ...rest } = options;
    this.clock = clock;
    this.disk = disk;
    this.#number = life ?? 1;
    this.recovered = recover(disk);
    this.thread = new SimulatedThread({ clock, ringBytes, reserveBytes });
    this.journal = this.thread.open(this.recovered.log, { sync: { kind: 'interval', ms: 50 }, ...rest });
    this.#next = this.recovered.log.lastSeq + 1;
  }

  get nextSeq(): number {
    return this.#next;
  }

  /** Takes the next `count` events; all of them must be taken. */
  append(count: number): void {
    for (let left = count; left > 0; left--) assert.equal(this.offer(), 'taken');
  }

  offer(): 'taken' | 'full' {
    const answer = this.journal.append(this.#next, payloadOf(this.#next, this.#number));
    if (answer === 'taken') this.#next++;
    return answer;
  }

  /** Appends and lets the writer write. */
  write(count: number): void {
    this.append(count);
    this.clock.advance(1);
  }

  /** SIGKILL: the process is gone, the page cache is not. */
  kill(): void {
    this.thread.die();
    this.disk.killProcesses();
  }

  async close(): Promise<void> {
    const closed = this.journal.close();
    this.clock.advance(1000);
    await closed;
  }
}

/** A disk, a clock and a first life on them. */
export function firstLife(options: ConstructorParameters<typeof Life>[2] = {}): Life {
  const clock = new VirtualClock();
  return new Life(new SimulatedDisk(clock), clock, options);
}

/** The whole log as text: events as they are, holes as `hole from-to`. */
export function contents(disk: SimulatedDisk, fromSeq = 1, toSeq = Number.POSITIVE_INFINITY): string[] {
  const found: string[] = [];
  for (const item of readLog(disk, directory, fromSeq, toSeq))
    found.push(item.kind === 'record' ? item.payload.toString() : `hole ${item.from}-${item.to}`);
  return found;
}

/** Events `from` to `to` as they were written. */
export function events(from: number, to: number, life = 1): string[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => payloadOf(from + index, life).toString());
}
