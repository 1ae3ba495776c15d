import * as z from 'zod';
import { limits } from '../../../protocol/limits.ts';
import type {
  Quarantined,
  QuarantinedInDetail,
  QuarantineList,
  QuarantineRetry,
} from '../../../protocol/quarantine.ts';
import { roomParams } from './answers.ts';
import { type Checked, count, type Describes, named, unixMs } from './registry.ts';

// Messages that could not be understood: src/protocol/quarantine.ts.

export const messageParams = roomParams.extend({
  message: z.coerce.number().int().min(1).describe('Id of the message in the quarantine of the room'),
});

export const listQuery = z.object({
  before: z.coerce.number().int().min(1).optional().describe('Only messages older than that of this id'),
  limit: z.coerce.number().int().min(1).max(limits.quarantineRowsMax.value).default(100),
});

export const retryBody = named(
  'QuarantineRetryRequest',
  'Which messages are run again; all that are kept unless ids are given.',
  z.strictObject({ ids: z.array(z.int().min(1)).max(10_000).exactOptional() }),
);

const facts = {
  id: z.number(),
  at: unixMs,
  method: z.string(),
  msgId: z.string(),
  reason: z.string(),
  detail: z.string(),
  byteLength: count,
  kept: z.boolean(),
};

const quarantined = named('Quarantined', 'A message that could not be understood.', z.object(facts));

export const quarantineList = named(
  'QuarantineList',
  'The newest messages that were set aside, and how many there are by reason. dropped: had to make room. resolved: run again and understood.',
  z.object({
    messages: z.array(quarantined),
    reasons: z.record(z.string(), count),
    count,
    bytes: count,
    dropped: count,
    resolved: count,
  }),
);

export const quarantinedInDetail = named(
  'QuarantinedInDetail',
  'A message that was set aside, decoded as far as possible by this version: what would become of it now, its events, the fields that MEKS reads, and the bytes field by field.',
  z.object({
    ...facts,
    now: z.object({ outcome: z.string(), reason: z.string().nullable(), detail: z.string() }).nullable(),
    events: z.array(z.unknown()),
    fields: z.unknown(),
    wire: z.array(z.string()),
  }),
);

export const quarantineRetry = named(
  'QuarantineRetry',
  'What came of running messages again. tried = understood + duplicates + past + remaining.',
  z.object({ tried: count, understood: count, duplicates: count, past: count, remaining: count }),
);

/** Checked by the compiler, and used by nobody. */
export type QuarantineSchemasDescribe = Checked<
  [
    Describes<typeof quarantined, Quarantined>,
    Describes<typeof quarantineList, QuarantineList>,
    Describes<typeof quarantinedInDetail, QuarantinedInDetail>,
    Describes<typeof quarantineRetry, QuarantineRetry>,
  ]
>;
