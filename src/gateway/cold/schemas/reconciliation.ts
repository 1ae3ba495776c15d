import * as z from 'zod';
import type { Reconciliation, ReconciliationCause } from '../../../protocol/reconciliation.ts';
import type { RoomReconciliation } from '../../rooms.ts';
import { count, type Checked, type Describes, id, named, unixMs } from './registry.ts';

// How far what was counted is from upstream's own totals: src/protocol/reconciliation.ts.

const causes = { joinedLate: count, gap: count, unknownGift: count, multiGuest: count, unknown: count };

export const reconciliation = named(
  'Reconciliation',
  'Diamonds of host and guests: upstream = counted + joinedLate + gap + unknownGift + multiGuest + unknown.',
  z.object({ counted: count, upstream: count, ...causes }),
);

const causeNames = [
  'joinedLate',
  'gap',
  'unknownGift',
  'multiGuest',
  'unknown',
] as const satisfies ReconciliationCause[];

const userApart = z.array(
  z.object({ userId: id, upstream: count, own: count, drift: count, cause: z.enum(causeNames).nullable() }),
);

export const roomReconciliation = named(
  'RoomReconciliation',
  "Held against upstream: its totals per host, its top viewers (the session) and its best of the own battle side. cause null = not apart, unknown = several could be it, or none. total null = it has told no total; text '' = nothing is apart.",
  z.object({
    total: reconciliation.nullable(),
    text: z.string(),
    hosts: z.array(z.object({ hostId: id, upstream: count, own: count, drift: count, ...causes, at: unixMs })),
    viewers: userApart,
    army: userApart,
  }),
);

/** Checked by the compiler, and used by nobody. */
export type ReconciliationSchemasDescribe = Checked<
  [Describes<typeof reconciliation, Reconciliation>, Describes<typeof roomReconciliation, RoomReconciliation>]
>;
