import * as z from 'zod';
import type { DriftReport } from '../../../protocol/drift.ts';
import { type Checked, count, type Describes, named, unixMs } from './registry.ts';

// Signs that upstream has changed: src/protocol/drift.ts.

const seen = { count, firstSeenAt: unixMs, lastSeenAt: unixMs };

export const driftReport = named(
  'DriftReport',
  'What shows that upstream has changed since this version was written: methods never heard of, fields that are new, missing or mistyped, and alarms where events are being lost to it.',
  z.object({
    methods: z.array(z.object({ ...seen, method: z.string() })),
    fields: z.array(
      z.object({ ...seen, method: z.string(), path: z.string(), change: z.enum(['new', 'missing', 'mistyped']) }),
    ),
    alarms: z.array(
      z.object({
        kind: z.enum(['method-unknown', 'method-changed', 'price-mismatch']),
        method: z.string(),
        concerns: z.string(),
        detail: z.string(),
        at: unixMs,
        lastSeenAt: unixMs,
        count,
        open: z.boolean(),
      }),
    ),
  }),
);

/** Checked by the compiler, and used by nobody. */
export type DriftSchemasDescribe = Checked<[Describes<typeof driftReport, DriftReport>]>;
