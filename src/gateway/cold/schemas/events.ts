import * as z from 'zod';
import type { MeksEvent } from '../../../protocol/events.ts';
import { battleEvent, battleItemEvent, battleTaskEvent, eventBase, scoreEvent, user } from './battle.ts';
import { correctionEvent } from './corrections.ts';
import { reconciliation } from './reconciliation.ts';
import { operatorEvent } from './operator.ts';
import { count, type Checked, type Describes, id } from './registry.ts';

// Events on the wire: src/protocol/events.ts, where the meaning of the fields is told.

const giftEvent = z.object({
  ...eventBase,
  kind: z.literal('gift'),
  user,
  gift: z.object({ id, name: z.string(), price: count, type: count }),
  count,
  diamonds: count,
  streak: z.object({ group: z.string(), total: count, open: z.boolean(), joined: z.boolean() }).nullable(),
  receiver: id,
  multiplier: count,
  standing: z.object({ diamonds: count, rank: count, gifters: count }).nullable(),
  battle: z.object({ battleId: id, side: count, sideDiamonds: count, diamonds: count, rank: count }).nullable(),
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
const rankEvent = z.object({
  ...eventBase,
  kind: z.literal('rank'),
  list: z.union([z.enum(rankLists), z.templateLiteral(['other-', z.int()])]),
  rank: count,
  score: count.nullable(),
  countdownSec: count,
  userId: id,
  before: count,
});

export const topViewers = z.array(z.object({ user, score: count, rank: count }));

const viewersEvent = z.object({
  ...eventBase,
  kind: z.literal('viewers'),
  current: count,
  total: count,
  top: topViewers,
});
const likeEvent = z.object({ ...eventBase, kind: z.literal('like'), user, count, total: count });
const followEvent = z.object({ ...eventBase, kind: z.literal('follow'), user, followers: count });
const shareEvent = z.object({ ...eventBase, kind: z.literal('share'), user });
const joinEvent = z.object({ ...eventBase, kind: z.literal('join'), user, viewers: count });
const chatEvent = z.object({ ...eventBase, kind: z.literal('chat'), user, text: z.string(), language: z.string() });

const roomTopics = [
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
  'reconciliation',
  'time',
] as const;
const roomEvent = z.object({
  ...eventBase,
  kind: z.literal('room'),
  topic: z.enum(roomTopics),
  user: user.nullable(),
  text: z.string(),
  value: count,
  target: count,
  reconciliation: reconciliation.exactOptional(),
  liveId: id.exactOptional(),
});

const gapEvent = z.object({
  ...eventBase,
  kind: z.literal('gap'),
  reason: z.enum(['upstream-lost', 'overload', 'recovery', 'silence', 'fault']),
  lengthMs: count,
  missed: count,
});

/** Schema of each event's own fields, and the name and sentence under which the documents show its frame. */
export const eventSchemas = {
  Gift: { schema: giftEvent, text: 'A gift, or one step of a streak: count and diamonds are what this event adds.' },
  BattleChanged: { schema: battleEvent, text: 'A battle (PK) changed state.' },
  BattleTask: { schema: battleTaskEvent, text: 'A speed challenge inside a battle.' },
  BattleItem: { schema: battleItemEvent, text: 'A power-up was played.' },
  Score: { schema: scoreEvent, text: "Upstream's own running totals: match points, or diamonds per host." },
  Rank: { schema: rankEvent, text: "The room's place in one of TikTok's lists, or a viewer's move among top viewers." },
  Viewers: { schema: viewersEvent, text: 'How many watch.' },
  Like: { schema: likeEvent, text: 'Likes. Totals may go backwards upstream: show the highest.' },
  Follow: { schema: followEvent, text: 'Somebody follows the host.' },
  Share: { schema: shareEvent, text: 'Somebody shared the LIVE.' },
  Join: { schema: joinEvent, text: 'Somebody joined.' },
  Chat: { schema: chatEvent, text: 'A chat message.' },
  Room: { schema: roomEvent, text: 'What happens to the room: live, paused, ended, goals, envelopes, notices.' },
  Correction: { schema: correctionEvent, text: "An operator's correction, as a compensating fact." },
  Operator: {
    schema: operatorEvent,
    text: 'What operators share changed: a pin, thanks, a note, a mute, a goal, a rule; or an alert came of a rule.',
  },
  Gap: { schema: gapEvent, text: 'Something may be missing between the event before this and the one after it.' },
} as const;

type EventSchema = (typeof eventSchemas)[keyof typeof eventSchemas]['schema'];

/** Checked by the compiler, and used by nobody. */
export type EventSchemasDescribe = Checked<[Describes<z.ZodUnion<readonly EventSchema[]>, MeksEvent>]>;
