// How the log of a room and the disk below it are doing, as whoever asks is told: `/readyz`, `/v1/rooms`, the desk.

/**
 * `none`: no log is kept. `behind`: something has waited for the disk for a quarter of a second or more. `disk-full`,
 * `disk-failed`: writes are refused, and repeated; under `always` also for good, once a sync has failed. `sync-failed`:
 * written as ever, but nothing more is called durable.
 */
export const diskStates = ['none', 'ok', 'behind', 'disk-full', 'disk-failed', 'sync-failed'] as const;
export type DiskState = (typeof diskStates)[number];

/**
 * What retention does with what is old. `unknown`: it has not looked yet. `within`: the log is smaller than its quota.
 * `at-quota`: the oldest events go for their size. `no-snapshot`, `history`, `open-segment`: more has to stay than was
 * allowed, and why. `failed`: it cannot do its work.
 */
export const retentionStates = [
  'unknown',
  'within',
  'at-quota',
  'no-snapshot',
  'history',
  'open-segment',
  'failed',
] as const;
export type RetentionState = (typeof retentionStates)[number];

export interface RetentionStatus {
  readonly state: RetentionState;
  /** Of the room's log and snapshots; null = not known. */
  readonly bytes: number | null;
  /** What they may take; null = as much as there is. */
  readonly bytesMax: number | null;
  /** For people: what failed; '' otherwise. */
  readonly detail: string;
}

export interface DiskDescription {
  readonly state: DiskState;
  /** Since when, Unix ms, to within a second. */
  readonly since: number;
  /** Nothing more is taken in for now: what comes is made to wait, or is lost and told as a gap. */
  readonly refuses: boolean;
  /** Events that nobody has been shown, since they are not written. */
  readonly waiting: number;
  /** Written events that a power cut could still cost; null = this life has not made sure of any. */
  readonly unsynced: number | null;
  readonly retention: RetentionStatus & {
    /** Since when it is in that state, Unix ms. */
    readonly since: number;
  };
}

/**
 * Whether what comes in is written, and so shown. A slow disk, a failed sync and a full quota are told, and stop
 * nobody.
 */
export function isWriting({ state, refuses }: Pick<DiskDescription, 'state' | 'refuses'>): boolean {
  return !refuses && state !== 'disk-full' && state !== 'disk-failed';
}
