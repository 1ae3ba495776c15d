import * as z from 'zod';
import { type DiskDescription, diskStates, retentionStates } from '../../../protocol/disk.ts';
import { type Checked, count, type Describes, named, unixMs } from './registry.ts';

// How a room's log and the disk below it are doing: src/protocol/disk.ts.

export const diskDescription = named(
  'DiskDescription',
  'How a room’s log and its disk are doing. waiting: events that are not written, and so not shown. unsynced: written events that a power cut could still cost; null = not known. refuses: nothing more is taken in.',
  z.object({
    state: z.enum(diskStates),
    since: unixMs,
    refuses: z.boolean(),
    waiting: count,
    unsynced: count.nullable(),
    retention: z.object({
      state: z.enum(retentionStates),
      since: unixMs,
      bytes: count.nullable(),
      bytesMax: count.nullable(),
      detail: z.string(),
    }),
  }),
);

/** Checked by the compiler, and used by nobody. */
export type DiskSchemasDescribe = Checked<[Describes<typeof diskDescription, DiskDescription>]>;
