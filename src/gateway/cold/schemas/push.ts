import * as z from 'zod';
import type { PushAccount } from '../../../protocol/push.ts';
import { type Checked, count, type Describes, named } from './registry.ts';

// Pushes over HTTP: src/protocol/push.ts.

const account = z.object({
  taken: count,
  understood: count,
  duplicates: count,
  ignored: count,
  quarantined: count,
  unknown: count,
});

export const pushed = named(
  'Pushed',
  'What became of a push. taken = understood + duplicates + ignored + quarantined + unknown; all of it is in the log.',
  account.extend({
    malformed: z.array(z.object({ item: count, reason: z.string() })),
    malformedCount: count,
  }),
);

/** Checked by the compiler, and used by nobody. */
export type PushSchemasDescribe = Checked<[Describes<typeof account, PushAccount>]>;
