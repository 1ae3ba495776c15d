import * as z from 'zod';
import { limits } from '../../../protocol/limits.ts';
import {
  goalMeasures,
  type OperatorEvent,
  type OperatorRequest,
  type OperatorView,
  ruleKinds,
} from '../../../protocol/operator.ts';
import { eventBase, user } from './battle.ts';
import { byWhom, chosenId, userId } from './corrections.ts';
import { count, type Checked, type Describes, id, named, unixMs } from './registry.ts';

// What operators share, on the wire, and what they ask for: src/protocol/operator.ts, where the meaning of the fields
// is told.

const stamp = { by: z.string(), at: unixMs };
const scope = z.enum(['always', 'battle', 'outside']);

const pin = z.object({ ...stamp, user });
const thanked = z.object({ ...stamp, user, diamonds: count });
export const note = z.object({ ...stamp, user, text: z.string(), regular: z.boolean() });
const mutedGift = z.object({ ...stamp, gift: z.object({ id, name: z.string() }) });
const goal = z.object({
  ...stamp,
  id: z.string(),
  label: z.string(),
  measure: z.enum(goalMeasures),
  target: count,
  from: count,
});
const rule = z.object({
  ...stamp,
  id: z.string(),
  kind: z.enum(ruleKinds),
  threshold: count,
  scope,
  cooldownSec: count,
});
const alert = z.object({
  id: z.string(),
  rule: z.string(),
  kind: z.enum([...ruleKinds, 'mismatch']),
  at: unixMs,
  user: user.nullable(),
  value: count,
  usual: count,
  text: z.string(),
  held: count,
});

const changeOf = <List extends string, Item extends z.ZodType>(list: List, item: Item) =>
  z.object({ list: z.literal(list), key: z.string(), now: item.nullable(), before: item.nullable() });

export const operatorEvent = z.object({
  ...eventBase,
  kind: z.literal('operator'),
  by: z.string(),
  change: z.union([
    changeOf('pin', pin),
    changeOf('thanked', thanked),
    changeOf('note', note),
    changeOf('mute', pin),
    changeOf('mute-gift', mutedGift),
    changeOf('goal', goal),
    changeOf('rule', rule),
    z.object({ list: z.literal('alert'), alert }),
    z.object({ list: z.literal('note-shown'), note }),
  ]),
  undoes: z.string().exactOptional(),
  dropped: z.array(z.string()).exactOptional(),
});

export const operatorView = named(
  'OperatorView',
  'What the operators of a room share at their desks. None of it touches a total.',
  z.object({
    pins: z.array(pin),
    thanked: z.array(thanked),
    notes: z.array(note),
    mutes: z.array(pin),
    mutedGifts: z.array(mutedGift),
    goals: z.array(goal),
    rules: z.array(rule),
    alerts: z.array(alert),
  }),
);

const ownKey = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'choose a key of letters, digits, "-" or "_"');
const on = z.boolean().describe('false takes it away');
const noteText = z.string().trim().max(limits.operatorNoteCharsMax.value);

const wish = z.union([
  z.object({ list: z.enum(['pin', 'mute']), user: userId, on }),
  z.object({ list: z.literal('thanked'), user: userId, on }),
  z.object({ list: z.literal('note'), user: userId, text: noteText, regular: z.boolean() }),
  z.object({
    list: z.literal('mute-gift'),
    gift: z.object({ id: z.string().min(1).max(64), name: z.string().max(100) }),
    on,
  }),
  z.object({
    list: z.literal('goal'),
    key: ownKey,
    goal: z
      .object({
        label: z.string().trim().min(1).max(60),
        measure: z.enum(goalMeasures),
        target: z.int().min(1).max(1_000_000_000),
      })
      .nullable(),
  }),
  z.object({
    list: z.literal('rule'),
    key: ownKey,
    rule: z
      .object({
        kind: z.enum(ruleKinds),
        threshold: z.number().min(0).max(1_000_000_000),
        scope,
        cooldownSec: z.int().min(0).max(3_600),
      })
      .nullable(),
  }),
]);

export const operatorRequest = named(
  'OperatorRequest',
  'One change of what operators share. `on` false, or null, takes the item away.',
  z.object({ id: chosenId, by: byWhom, set: wish }),
);

export const operatorUndoRequest = named(
  'OperatorUndoRequest',
  'Takes a change back: that with the id `undoes`, or the newest one of `by`.',
  z.object({ id: chosenId, by: byWhom, undoes: z.string().min(1).max(200).exactOptional() }),
);

export const operatorAnswer = named(
  'OperatorAnswer',
  'The change is in the log. `seq` is its event; `again`: it had been carried out before.',
  z.object({ id: z.string(), seq: count, again: z.boolean() }),
);

export const notesQuery = z.object({
  user: userId.or(z.literal('')).default('').describe('Id of the one user whose note is wanted'),
  offset: z.coerce.number().int().min(0).max(limits.operatorNotesMax.value).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const knownPerson = z.object({
  note,
  lastSeenAt: unixMs.describe('Unix ms by upstream; 0 = not since the note was made'),
});
export const noteList = named(
  'Notes',
  'Every note on people of this room, the newest first.',
  z.object({ notes: z.array(knownPerson), total: count }),
);

/** Checked by the compiler, and used by nobody. */
export type OperatorSchemasDescribe = Checked<
  [
    Describes<typeof operatorEvent, OperatorEvent>,
    Describes<typeof operatorView, OperatorView>,
    Describes<typeof operatorRequest, OperatorRequest>,
  ]
>;
