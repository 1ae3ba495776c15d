import * as z from 'zod';
import type { CorrectionEvent, CorrectionRequest, LedgerEntry } from '../../../protocol/corrections.ts';
import { limits } from '../../../protocol/limits.ts';
import { eventBase, standing, user } from './battle.ts';
import { count, type Checked, type Describes, id, named, unixMs } from './registry.ts';

// Corrections on the wire, and what operators ask for: src/protocol/corrections.ts, where the meaning of the fields is
// told.

const side = z.object({ battleId: id, sideId: id });
const gift = z.object({ id, seq: count });
const action = z.enum(['add', 'move', 'merge', 'void', 'attribute', 'undo']);

const effect = named(
  'CorrectionEffect',
  "What a correction did, board by board. '' = nobody: out of nothing, or gone.",
  z.object({
    from: id,
    to: id,
    session: count,
    day: count,
    week: count,
    allTime: count,
    receivers: z.array(z.object({ receiver: id, diamonds: count })),
    sides: z.array(z.object({ battleId: id, sideId: id, taken: count, given: count })),
  }),
);

export const correctionEvent = z.object({
  ...eventBase,
  kind: z.literal('correction'),
  action,
  user,
  target: user.nullable(),
  diamonds: count,
  reason: z.string(),
  by: z.string(),
  board: z.array(standing).nullable(),
  sessionDiamonds: count,
  side: side.exactOptional(),
  fromSide: side.exactOptional(),
  receiver: id.exactOptional(),
  gift: gift.exactOptional(),
  undoes: z.string().exactOptional(),
  applied: count.exactOptional(),
  gifters: count.exactOptional(),
  battle: z
    .object({
      battleId: id,
      sides: z.array(z.object({ side: count, diamonds: count, board: z.array(standing) })),
    })
    .nullable()
    .exactOptional(),
  effect: effect.nullable().exactOptional(),
});

export const ledgerEntry = named(
  'LedgerEntry',
  'A correction as the ledger lists it. `open`: it can be undone now.',
  z.object({
    id: z.string(),
    seq: count,
    at: unixMs,
    action,
    user,
    target: user.nullable(),
    diamonds: count,
    applied: count,
    reason: z.string(),
    by: z.string(),
    side: side.nullable(),
    fromSide: side.nullable(),
    gift: gift.nullable(),
    undoes: z.string().nullable(),
    undoneBy: z.string().nullable(),
    open: z.boolean(),
  }),
);

export const ledgerList = named(
  'Ledger',
  'The newest corrections of a room, newest first. All of them are in the history.',
  z.object({ corrections: z.array(ledgerEntry) }),
);

/** Chosen by whoever asks: the same one twice is carried out once. */
export const chosenId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, 'choose an id of 8 to 64 letters, digits, "-" or "_", another one for each change');
/** Who asks, as others will read it. */
export const byWhom = z.string().trim().min(1).max(60);
export const userId = z.string().regex(/^[0-9A-Za-z_.-]{1,64}$/, 'name people by user id, not by handle');
const reason = z.string().trim().min(1).max(300);
const diamonds = z.int().min(1).max(limits.giftDiamondsMax.value);
const sideName = z.object({ battleId: z.string().min(1).max(64), sideId: z.string().min(1).max(64) });
const asked = { id: chosenId, reason, by: byWhom };
const place = { side: sideName.exactOptional(), receiver: userId.exactOptional() };
const giftId = z.string().min(1).max(200);

export const correctionRequest = named(
  'CorrectionRequest',
  'A correction that an operator asks for. People are named by user id, gifts by the id of their event.',
  z.discriminatedUnion('action', [
    z.object({ ...asked, action: z.enum(['add', 'void']), user: userId, diamonds, ...place }),
    z.object({ ...asked, action: z.literal('move'), user: userId, target: userId, diamonds, ...place }),
    z.object({ ...asked, action: z.literal('merge'), user: userId, target: userId }),
    z.object({ ...asked, action: z.literal('void-gift'), gift: giftId }),
    z.object({ ...asked, action: z.literal('attribute'), gift: giftId, to: sideName.nullable() }),
    z.object({ ...asked, action: z.literal('undo'), undoes: z.string().min(1).max(200) }),
  ]),
);

export const correctionAnswer = named(
  'CorrectionAnswer',
  'The correction is in the log. `again`: it had been carried out before.',
  z.object({ correction: ledgerEntry, again: z.boolean() }),
);

/** The correction to undo is in the address. */
export const undoRequest = named(
  'UndoRequest',
  'Why a correction is undone, and by whom.',
  z.object({ id: chosenId, reason, by: byWhom }),
);

/** Checked by the compiler, and used by nobody. */
export type CorrectionSchemasDescribe = Checked<
  [
    Describes<typeof correctionEvent, CorrectionEvent>,
    Describes<typeof correctionRequest, CorrectionRequest>,
    Describes<typeof ledgerEntry, LedgerEntry>,
  ]
>;
