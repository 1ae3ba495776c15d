import type { RoomParts } from '../../broker/simulation.ts';
import type { RecoveredLog } from '../../journal/journal.ts';
import type { SimulatedDisk } from '../../journal/simulation/simulation.ts';
import { Normalizer } from '../../normalizer/normalizer.ts';
import * as broken from './broken-parts.ts';
import type { Hooks } from './hooks.ts';
import type { RoomTruth } from './room-truth.ts';

// Classic bugs of systems like this one, each by a name: `meks simulate --plant NAME` runs a world with it. A world
// that does not find one of them within some hundred seeds is blind there, and a test says so. The bugs are in what the
// world hands to the broker, never in the broker's own code.

export interface Plant {
  readonly name: string;
  /** What the bug is, in words. */
  readonly says: string;
  readonly hooks: Partial<Hooks>;
}

/** A room's parts with another clock or stream for the delivery. */
function delivery(
  parts: RoomParts,
  change: (options: Parameters<RoomParts['delivery']>[0]) => Partial<Parameters<RoomParts['delivery']>[0]>,
): RoomParts {
  return { ...parts, delivery: (options) => parts.delivery({ ...options, ...change(options) }) };
}

/** The epoch of before, although the log does not hold what was seen. */
function goesOn(log: RecoveredLog, truth: RoomTruth): RecoveredLog {
  if (log.report.continued || truth.epoch === '') return log;
  return { ...log, epoch: truth.epoch, report: { ...log.report, epoch: truth.epoch, continued: true } };
}

/** Removes a segment that lies behind the newest snapshot. */
function removeNeeded(disk: SimulatedDisk, directory: string): void {
  const names = disk.list(directory).sort();
  const seqOf = (name: string): number => Number(/\d+/.exec(name)![0]);
  const segments = names.filter((name) => name.startsWith('segment-'));
  const snapshots = names.filter((name) => name.startsWith('snapshot-') && name.endsWith('.state'));
  const covered = snapshots.length === 0 ? 0 : seqOf(snapshots.at(-1)!);
  const needed = segments.slice(0, -1).find((_, index) => seqOf(segments[index + 1]!) - 1 > covered);
  if (needed !== undefined) disk.remove(`${directory}/${needed}`);
}

/** The delays with which a write that the disk refused is tried again, after the first. */
const retriesMs: ReadonlySet<number> = new Set([20, 40, 80, 160, 320, 640, 1_000]);

export const plants: readonly Plant[] = [
  {
    name: 'cursor-at-oldest',
    says: 'a reader that lagged goes on at the oldest event held, not behind its snapshot',
    hooks: { link: (link, room) => new broken.RewindingLink(link, room) },
  },
  {
    name: 'lagged-off-by-one',
    says: 'the count of `lagged` is one too high',
    hooks: { link: (link) => new broken.MiscountingLink(link) },
  },
  {
    name: 'write-lost-at-drain',
    says: 'what is written to a connection while it is stalled is lost',
    hooks: { link: (link) => new broken.ForgetfulLink(link) },
  },
  {
    name: 'hold-forgotten',
    says: 'memory that a stalled connection still holds is used again',
    hooks: { parts: (parts) => delivery(parts, ({ stream }) => ({ stream: new broken.ForgetfulStream(stream) })) },
  },
  {
    name: 'timer-lost-after-stall',
    says: 'nobody looks again whether a stalled connection has drained',
    hooks: {
      parts: (parts) =>
        delivery(parts, ({ clock }) => ({
          clock: new broken.LossyClock(clock, (delayMs) => delayMs >= 4 && delayMs <= 64),
        })),
    },
  },
  {
    name: 'heartbeat-ahead',
    says: 'heartbeats tell what was published, not what was sent',
    hooks: {
      parts: (parts) => delivery(parts, ({ heartbeat, stream }) => ({ heartbeat: () => heartbeat(stream.head - 1) })),
    },
  },
  {
    name: 'gate-ignored',
    says: 'dashboards are sent what the log has not written yet',
    hooks: { journal: (journal) => new broken.UngatedJournal(journal) },
  },
  {
    name: 'snapshot-cached',
    says: 'a snapshot is used again at another position',
    hooks: { room: (options) => new broken.CachingRoom(options) },
  },
  {
    name: 'duplicate-after-resume',
    says: 'a resume repeats the last event that is known',
    hooks: { room: (options) => new broken.RepeatingRoom(options) },
  },
  {
    name: 'resume-across-epochs',
    says: 'a position of another epoch is resumed from',
    hooks: { room: (options) => new broken.EpochlessRoom(options) },
  },
  {
    name: 'acknowledged-early',
    says: 'messages are acknowledged before they are in the log',
    hooks: { room: (options) => new broken.HastyRoom(options) },
  },
  {
    name: 'correction-twice',
    says: 'a correction is applied twice',
    hooks: { room: (options) => new broken.ZealousRoom(options) },
  },
  {
    name: 'gap-swallowed',
    says: 'an interruption of upstream is not published',
    hooks: { room: (options) => new broken.SilentRoom(options) },
  },
  {
    name: 'loss-not-counted',
    says: 'messages lost to a full queue are not counted',
    hooks: { parts: (parts) => ({ ...parts, ingest: (options) => new broken.UncountingIngest(options) }) },
  },
  {
    name: 'dedupe-off-by-one',
    says: 'one message fewer than promised is remembered',
    hooks: {
      normalizer: (options) => {
        const idsMax = (options.limits?.idsMax ?? 2) - 1;
        return new Normalizer({ ...options, limits: { ...options.limits, idsMax } });
      },
    },
  },
  {
    name: 'streak-end-lost',
    says: 'streaks that were open at a crash never end',
    hooks: { normalizer: (options) => new broken.ForgetfulNormalizer(options) },
  },
  {
    name: 'last-record-skipped',
    says: 'recovery stops one record before the end of the log',
    hooks: { visitor: (visitor) => new broken.ShortSightedVisitor(visitor) },
  },
  {
    name: 'torn-end-accepted',
    says: 'the epoch goes on over the torn end of a log',
    hooks: {
      recovered: (log, truth) =>
        log.report.findings.some(({ kind }) => kind === 'torn-end') ? goesOn(log, truth) : log,
    },
  },
  {
    name: 'power-cut-unnoticed',
    says: 'a power cut is taken for the death of the process',
    hooks: { recovered: goesOn },
  },
  {
    name: 'retention-too-eager',
    says: 'retention removes a segment that no snapshot covers',
    hooks: { kept: removeNeeded },
  },
  {
    name: 'retry-lost-after-full-disk',
    says: 'a write that the disk refused twice is not tried again',
    hooks: { threadClock: (clock) => new broken.LossyClock(clock, (delayMs) => retriesMs.has(delayMs)) },
  },
  {
    name: 'syncs-lie',
    says: 'syncs say that they succeeded and do nothing',
    hooks: { disk: (disk) => void (disk.liesAboutSyncs = true) },
  },
];

export function findPlant(name: string): Plant | null {
  return plants.find((plant) => plant.name === name) ?? null;
}
