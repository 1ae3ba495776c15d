import { seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { readLog } from '../reader.ts';
import { recoverLog, type RecoveredLog } from '../recovery.ts';
import type { SyncPolicy } from '../segment.ts';
import { saveSnapshot } from '../snapshot.ts';
import { PowerLoss, survivals } from './power-loss.ts';
import { type DiskImage, type DiskOperation, SimulatedDisk } from './simulated-disk.ts';
import { SimulatedThread } from './simulated-thread.ts';

// Records a life of a log with every promise that it made, then cuts the power before each of its operations, in
// every way that power-loss.ts knows, and looks at what comes back. Used by tests (a few lives) and by
// tools/torture.ts (many).

/** From operation `from` on, this had been promised: what could have been seen, and what was called durable. */
interface Promised {
  readonly from: number;
  readonly seen: number;
  readonly durable: number;
}

export interface Recording {
  readonly seed: number;
  readonly trace: readonly DiskOperation[];
  readonly promises: readonly Promised[];
  readonly epoch: string;
}

export interface RecordingOptions {
  readonly seed: number;
  readonly sync: SyncPolicy;
  /** Syncs say that they succeeded and do nothing: the check must then find something. */
  readonly lies?: boolean;
  /** Turns of the publisher. */
  readonly rounds?: number;
}

const directory = 'rooms/1/log';
const room = '1';

/** What event `seq` of a recorded life looks like. */
export function recordedPayload(seq: number): Buffer {
  return Buffer.from(`{"seq":${seq},"kind":"gift","text":"${'x'.repeat((seq * 7) % 40)}"}`);
}

function recover(
  disk: SimulatedDisk,
  newEpoch: string,
  apply: (seq: number, payload: Buffer) => void,
  hole: () => void,
): { readonly log: RecoveredLog; readonly loadedSeq: number } {
  const options = { disk, directory, room, newEpoch: () => newEpoch, wallMs: 1_700_000_000_000 };
  let loadedSeq = 0;
  const log = recoverLog(options, {
    load: (snapshot) => {
      loadedSeq = snapshot.seq;
      return true;
    },
    apply,
    hole,
  });
  return { log, loadedSeq };
}

/** Lets a seeded publisher run against the journal, with rotation, snapshots and syncs that take their time. */
export function recordLife(options: RecordingOptions): Recording {
  const { seed, sync, lies = false, rounds = 40 } = options;
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const disk = new SimulatedDisk(clock);
  const { log } = recover(
    disk,
    'first',
    () => undefined,
    () => undefined,
  );
  disk.liesAboutSyncs = lies;
  const thread = new SimulatedThread({ clock, ringBytes: 65_536, reserveBytes: 16_384 });
  const journal = thread.open(log, { sync, segmentBytesMax: 2048 });
  // Three segments may be full by the time that a slow disk has synced the first.
  disk.syncMs = random.chance(0.5) ? 3 : 60;
  const promises: Promised[] = [];
  const note = (): void => {
    const { durableSeq } = journal.status();
    promises.push({ from: disk.trace.length, seen: journal.sendable() - 1, durable: durableSeq });
  };
  journal.onSendable(note);
  let seq = 0;
  for (let round = 0; round < rounds; round++) {
    for (let count = random.int(6); count > 0; count--) journal.append(++seq, recordedPayload(seq));
    for (let step = 1 + random.int(12); step > 0; step--) {
      clock.advance(1);
      note();
    }
    const written = journal.sendable() - 1;
    if (!lies && written > 0 && random.chance(0.1))
      saveSnapshot(disk, directory, { room, epoch: log.epoch, seq: written, createdAt: 1 }, [Buffer.from('state')]);
  }
  return { seed, trace: disk.trace, promises, epoch: log.epoch };
}

/** What is wrong with what came back from a cut before operation `index`; '' = nothing. */
function judge(recording: Recording, index: number, image: DiskImage): string {
  const promised = recording.promises.findLast(({ from }) => from <= index) ?? { seen: 0, durable: 0 };
  const disk = new SimulatedDisk(new VirtualClock(), image, 'boot-2');
  let next = 0;
  let wrong = '';
  const { log, loadedSeq } = recover(
    disk,
    'second',
    (seq, payload) => {
      if (next === 0) next = seq;
      if (seq !== next++) wrong ||= `seq ${seq} came out of order`;
      if (!payload.equals(recordedPayload(seq))) wrong ||= `seq ${seq} is not what was written`;
    },
    () => {
      wrong ||= 'there is a hole';
    },
  );
  const { lastSeq, continued, epoch, applied } = log.report;
  if (wrong !== '') return wrong;
  for (const item of readLog(disk, directory, 1, lastSeq))
    if (item.kind === 'hole') return `${item.from} to ${item.to} are missing in the log that ends at ${lastSeq}`;
  if (applied !== lastSeq - loadedSeq) return `${applied} events between ${loadedSeq} and ${lastSeq}`;
  if (lastSeq < promised.durable) return `seq ${promised.durable} was called durable, only ${lastSeq} came back`;
  if (continued && lastSeq < promised.seen) return `the epoch went on at ${lastSeq}, seen was ${promised.seen}`;
  if (continued !== (epoch === recording.epoch)) return 'the epoch has the wrong name';
  return '';
}

export interface PowerReport {
  readonly cuts: number;
  /** Each with what replays it: seed, operation, survival. */
  readonly problems: readonly string[];
}

/** Cuts the power before every operation of a recording, and at its end, in every way. */
export function checkEveryCut(recording: Recording): PowerReport {
  const problems: string[] = [];
  const loss = new PowerLoss(recording.trace, seededRandom(recording.seed));
  let cuts = 0;
  for (let index = 0; index <= recording.trace.length; index++) {
    loss.advance(index);
    for (const survival of survivals) {
      for (const names of [true, false]) {
        const problem = judge(recording, index, loss.image(survival, names));
        cuts++;
        const kept = names ? 'names kept' : 'names lost';
        if (problem !== '')
          problems.push(`seed ${recording.seed}, cut before operation ${index}, ${survival}, ${kept}: ${problem}`);
      }
    }
  }
  return { cuts, problems };
}
