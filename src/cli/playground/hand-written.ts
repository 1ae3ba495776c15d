import { z } from 'zod';
import type { EventKind, MeksEvent } from '../../protocol/events.ts';

// Events as people write them into a file to try something: only what matters, the rest has a default. A user may be
// just a handle, a gift just a name. What is written must be right, though: unknown keys and wrong types are refused.

const id = z.string().regex(/^[0-9A-Za-z_.-]{1,64}$/, 'an id has 1 to 64 letters, digits, "_", "." or "-"');
const count = z.int().min(0);
const ms = count.default(0);
const text = z.string().max(2000).default('');

const user = z.union(
  [
    id.transform((handle) => ({ id: handle, handle, name: handle, avatar: '' })),
    z.strictObject({ id, handle: text, name: text, avatar: text }),
  ],
  'give a handle in quotes, or {"id","handle","name","avatar"}',
);
const nobody = { id: '0', handle: '', name: '', avatar: '' };

const base = { id: id.default(''), at: ms, late: z.literal(true).exactOptional() };
const noState = { state: z.null().default(null) };

const giftInfo = z.union(
  [
    z.string().transform((name) => ({ id: name.toLowerCase(), name, price: 1, type: 1 })),
    z.strictObject({ id: id.default('0'), name: text, price: count.default(1), type: count.default(1) }),
  ],
  'give a name in quotes, or {"id","name","price","type"}',
);
const streak = z.strictObject({
  group: id,
  total: count,
  open: z.boolean().default(true),
  joined: z.boolean().default(false),
});
const gift = z
  .strictObject({
    kind: z.literal('gift'),
    ...base,
    user,
    gift: giftInfo,
    count: count.default(1),
    diamonds: count.optional(),
    streak: streak.nullable().default(null),
    receiver: text,
    multiplier: z.number().min(0).default(1),
    standing: z.null().default(null),
    battle: z.null().default(null),
  })
  .transform((event) => ({ ...event, diamonds: event.diamonds ?? event.count * event.gift.price }));

const form = z.enum(['duel', 'team', 'individual', 'one-vs-many', 'unknown']);
const side = z.strictObject({
  id,
  hosts: z.array(user).default([]),
  rooms: z.array(id).default([]),
  points: count.nullable().default(null),
  outcome: z.enum(['win', 'lose', 'draw', 'unknown']).default('unknown'),
  winStreak: count.nullable().default(null),
});
const battleBase = { kind: z.literal('battle'), ...base, battleId: id, ...noState };
const battle = z.discriminatedUnion('change', [
  z.strictObject({
    ...battleBase,
    change: z.literal('state'),
    phase: z.enum(['invited', 'declined', 'open', 'finished', 'cut-short', 'punish', 'settled']),
    form: form.default('duel'),
    startAt: ms,
    durationSec: count.default(300),
    extraSec: count.default(0),
    endAt: ms,
    sides: z.array(side).default([]),
  }),
  z.strictObject({
    ...battleBase,
    change: z.literal('task'),
    step: z.enum(['start', 'progress', 'settled', 'reward']),
    progress: count.default(0),
    result: z.enum(['succeeded', 'failed', 'unknown']).default('unknown'),
    userId: text,
  }),
  z.strictObject({
    ...battleBase,
    change: z.literal('item'),
    item: z.enum(['glove', 'mist', 'extra-time', 'potion', 'wave', 'top2', 'top3', 'vault-glove', 'other']),
    userId: text,
    anchorId: text,
    startAt: ms,
    durationSec: count.default(30),
    multiplier: z.number().min(0).default(1),
  }),
]);

const contributor = z.strictObject({ user, points: count, diamonds: count.nullable().default(null) });
const score = z.strictObject({
  kind: z.literal('score'),
  ...base,
  basis: z.enum(['points', 'diamonds']).default('points'),
  battleId: text,
  scoredAt: ms,
  startAt: count.exactOptional(),
  durationSec: count.exactOptional(),
  extraSec: count.exactOptional(),
  form: form.exactOptional(),
  sides: z.array(z.strictObject({ id, value: count, top: z.array(contributor).default([]) })),
  from: z.strictObject({ room: text, complete: z.boolean() }).exactOptional(),
  cause: z.enum(['gift', 'like', 'effect', 'end', 'other']).default('gift'),
  ...noState,
});

const rankLists = [
  'hourly',
  'hourly-star',
  'daily',
  'weekly',
  'weekly-rising',
  'weekly-rookie',
  'daily-rookie',
  'league',
  'game',
  'daily-game',
  'hall-of-fame',
  'first-gift',
  'team',
  'class',
  'viewer',
  'other',
] as const;
const rank = z.strictObject({
  kind: z.literal('rank'),
  ...base,
  list: z.union([z.enum(rankLists), z.templateLiteral(['other-', z.int()])]),
  rank: count,
  score: count.nullable().default(null),
  countdownSec: count.default(0),
  userId: text,
  before: count.default(0),
});

const topics = [
  'live',
  'paused',
  'resumed',
  'ended',
  'suspended',
  'goal',
  'envelope',
  'subscription',
  'question',
  'notice',
] as const;

const sideName = z.strictObject({ battleId: id, sideId: id });

/** One schema a kind. The compiler asks for those that are missing. */
const schemas = {
  gift,
  battle,
  score,
  rank,
  viewers: z.strictObject({
    kind: z.literal('viewers'),
    ...base,
    current: count,
    total: count.default(0),
    top: z.array(z.strictObject({ user, score: count, rank: count })).default([]),
  }),
  like: z.strictObject({ kind: z.literal('like'), ...base, user, count: count.default(1), total: count.default(0) }),
  follow: z.strictObject({ kind: z.literal('follow'), ...base, user, followers: count.default(0) }),
  share: z.strictObject({ kind: z.literal('share'), ...base, user }),
  join: z.strictObject({ kind: z.literal('join'), ...base, user, viewers: count.default(0) }),
  chat: z.strictObject({ kind: z.literal('chat'), ...base, user, text: z.string().max(2000), language: text }),
  room: z.strictObject({
    kind: z.literal('room'),
    ...base,
    topic: z.enum(topics),
    user: user.nullable().default(null),
    text,
    value: count.default(0),
    target: count.default(0),
    liveId: id.exactOptional(),
  }),
  correction: z.strictObject({
    kind: z.literal('correction'),
    ...base,
    action: z.enum(['add', 'move', 'merge', 'void', 'attribute', 'undo']),
    user: user.default(nobody),
    target: user.nullable().default(null),
    diamonds: z.int(),
    reason: text,
    by: text,
    board: z.null().default(null),
    sessionDiamonds: z.literal(0).default(0),
    side: sideName.exactOptional(),
    fromSide: sideName.exactOptional(),
    receiver: id.exactOptional(),
    gift: z.strictObject({ id, seq: count }).exactOptional(),
    undoes: id.exactOptional(),
  }),
  operator: z.strictObject({
    kind: z.literal('operator'),
    ...base,
    by: text,
    undoes: id.exactOptional(),
    dropped: z.array(id).exactOptional(),
    change: z.strictObject({
      list: z.literal('mute-gift'),
      key: id,
      now: z.strictObject({ gift: z.strictObject({ id, name: text }), by: text, at: ms }).nullable(),
      before: z.null().default(null),
    }),
  }),
  gap: z.strictObject({
    kind: z.literal('gap'),
    ...base,
    reason: z.enum(['upstream-lost', 'overload', 'recovery', 'silence', 'fault']),
    lengthMs: ms,
    missed: count.default(0),
  }),
} satisfies { readonly [Kind in EventKind]: z.ZodType<EventOf<Kind>> };

type EventOf<Kind extends EventKind> = Extract<MeksEvent, { kind: Kind }>;

/** What nobody writes: the broker or its ranking fills it in, or there are plainer ways to try it. */
interface NotWritten {
  gift: 'standing' | 'battle';
  battle: 'state';
  score: 'state';
  room: 'topic' | 'reconciliation';
  correction: 'board' | 'sessionDiamonds' | 'applied' | 'gifters' | 'battle' | 'effect';
  operator: 'change';
}

/** `Type` with every field there and none read-only, deep: what two of them say of each field can be compared. */
type Whole<Type> = Type extends object ? { -readonly [Key in keyof Type]-?: Whole<Type[Key]> } : Type;
type Within<One, Other> = [Whole<One>] extends [Whole<Other>] ? true : false;
type Same<One, Other> = Within<One, Other> extends true ? Within<Other, One> : false;
type FieldsOf<Type> = Type extends unknown ? keyof Type : never;
type ValueOf<Type, Field> = Type extends unknown ? (Field extends keyof Type ? Type[Field] : never) : never;

/** Fields of `Event` that are missing in `Written`, or cannot have every value there. */
type Beyond<Event, Written> = {
  [Field in FieldsOf<Event>]: Same<ValueOf<Event, Field>, ValueOf<Written, Field>> extends true ? never : Field;
}[FieldsOf<Event>];

type All<Kinds extends { readonly [Kind in EventKind]: true }> = Kinds;

/**
 * Checked by the compiler, and used by nobody: it does not compile once an event has a field or a value that can
 * neither be written nor stands among what nobody writes.
 */
export type HandWrittenIsWhole = All<{
  [Kind in EventKind]: Same<
    Beyond<EventOf<Kind>, z.output<(typeof schemas)[Kind]>>,
    Kind extends keyof NotWritten ? NotWritten[Kind] : never
  >;
}>;

export type HandWritten =
  | { readonly kind: 'event'; readonly event: MeksEvent }
  | { readonly kind: 'malformed'; readonly reason: string };

/** The event that `value` (with a `kind`) means, or what is wrong with it, naming the place. */
export function parseHandWritten(value: Record<string, unknown>): HandWritten {
  const { kind } = value;
  if (!isEventKind(kind)) {
    return { kind: 'malformed', reason: `kind ${JSON.stringify(kind)}: use one of ${Object.keys(schemas).join(', ')}` };
  }
  const parsed = schemas[kind].safeParse(value);
  if (parsed.success) return { kind: 'event', event: parsed.data };
  const issues = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.path.join('.') || kind} has no ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`
      : `${issue.path.join('.') || kind}: ${issue.message}`,
  );
  return { kind: 'malformed', reason: issues.join('; ') };
}

function isEventKind(kind: unknown): kind is EventKind {
  return typeof kind === 'string' && Object.hasOwn(schemas, kind);
}
