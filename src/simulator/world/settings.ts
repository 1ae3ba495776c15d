import type { Random } from '../../base/random.ts';
import type { SyncPolicy } from '../../journal/journal.ts';
import { type FaultName, faultNames } from './faults.ts';

// What a seed decides about its world before anything happens: sizes far smaller than in the house, so that every bound
// is met within minutes, and which faults there are, how often.

export interface WorldRequest {
  readonly seed: number;
  /** Simulated hours, the calm at the end not counted. */
  readonly hours: number;
  /** Only these; null = those that the seed draws. */
  readonly faults: readonly FaultName[] | null;
  /** At most; null = as many as the seed draws. */
  readonly roomsMax: number | null;
  readonly dashboardsMax: number | null;
}

/** How a room is configured. A reload draws another one. */
export interface RoomSettings {
  readonly sync: SyncPolicy;
  readonly ringRecordsMax: number;
  readonly queueMax: number;
  readonly segmentBytesMax: number;
  readonly snapshotEveryEvents: number;
  readonly retentionBytesMax: number;
}

export interface WorldSettings {
  readonly request: WorldRequest;
  readonly durationMs: number;
  readonly rooms: number;
  readonly dashboardsPerRoom: number;
  readonly people: number;
  /** Messages a second outside of bursts. */
  readonly tricklePerSec: number;
  readonly idsMax: number;
  /** Time from ringing the journal's thread to its writing. */
  readonly journalLatencyMs: number;
  /** The caller writes the log by itself. Only where no fault makes the disk refuse. */
  readonly inlineJournal: boolean;
  /** Mean time between two of a kind, in milliseconds. */
  readonly faults: ReadonlyMap<FaultName, number>;
}

/** Faults that make the disk refuse or wait: the inline journal is not made for them. */
const diskFaults: readonly FaultName[] = [
  'disk-full',
  'disk-failing',
  'disk-stalls',
  'disk-slow',
  'journal-thread-deaths',
];

export function drawSettings(request: WorldRequest, random: Random): WorldSettings {
  const faults = new Map<FaultName, number>();
  // Every draw is made whatever was asked for, so that leaving one fault out does not change the rest.
  for (const name of faultNames) {
    const drawn = random.chance(0.45);
    const everyMs = 1_000 * (15 + random.exponential(90));
    if (request.faults === null ? drawn : request.faults.includes(name)) faults.set(name, everyMs);
  }
  const rooms = 1 + random.int(3);
  const dashboardsPerRoom = 1 + random.int(4);
  const inline = random.chance(0.15);
  return {
    request,
    durationMs: request.hours * 3_600_000,
    rooms: Math.min(rooms, request.roomsMax ?? rooms),
    dashboardsPerRoom: Math.min(dashboardsPerRoom, request.dashboardsMax ?? dashboardsPerRoom),
    people: 3 + random.int(40),
    tricklePerSec: 0.15 + random.next() * 0.6,
    idsMax: 40 + random.int(120),
    journalLatencyMs: 1 + random.int(12),
    inlineJournal: inline && !diskFaults.some((name) => faults.has(name)),
    faults,
  };
}

export function drawRoomSettings(random: Random): RoomSettings {
  const policy = random.int(4);
  const sync: SyncPolicy =
    policy === 0 ? { kind: 'os' } : policy === 1 ? { kind: 'always' } : { kind: 'interval', ms: 10 + random.int(90) };
  return {
    sync,
    ringRecordsMax: 2 ** (4 + random.int(4)),
    queueMax: 20 + random.int(150),
    segmentBytesMax: 8_192 * (1 + random.int(6)),
    snapshotEveryEvents: 30 + random.int(250),
    retentionBytesMax: random.chance(0.6) ? 24_576 + random.int(200_000) : Number.POSITIVE_INFINITY,
  };
}
