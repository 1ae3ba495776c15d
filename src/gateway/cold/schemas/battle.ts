import * as z from 'zod';
import type { BattleState } from '../../../protocol/battle-state.ts';
import type {
  BattleEvent,
  BattleItemEvent,
  BattleTaskEvent,
  ScoreEvent,
  Standing,
  User,
} from '../../../protocol/events.ts';
import { count, type Checked, type Describes, id, named, unixMs } from './registry.ts';

// Battles on the wire: src/protocol/battle-state.ts and the events that carry one. What fields mean is told there.

export const user = named(
  'User',
  'A person: viewer, gifter, host or guest. Key on id; handle and name change.',
  z.object({ id, handle: z.string(), name: z.string(), avatar: z.string() }),
);

export const standing = named(
  'Standing',
  'A row of a board. seq is the event that brought the gifter to this total: the earlier one stands higher among equals.',
  z.object({ user, diamonds: count, seq: count }),
);

/** What every event has. */
export const eventBase = { id: z.string(), at: unixMs, late: z.literal(true).exactOptional() };

const form = z.enum(['duel', 'team', 'individual', 'one-vs-many', 'unknown']);
const phase = z.enum(['invited', 'declined', 'open', 'finished', 'cut-short', 'punish', 'settled']);
const outcome = z.enum(['win', 'lose', 'draw', 'unknown']);
const taskStep = z.enum(['start', 'progress', 'settled', 'reward']);
const taskResult = z.enum(['succeeded', 'failed', 'unknown']);
const item = z.enum(['glove', 'mist', 'extra-time', 'potion', 'wave', 'top2', 'top3', 'vault-glove', 'other']);

const cockpit = named(
  'BattleCockpit',
  "The numbers of the last half minute, from the own side's point of view. null = not known.",
  z.object({
    rival: count,
    gap: count.nullable(),
    need: count.nullable(),
    needMin: count.nullable(),
    multiplier: count,
    multiplierMax: count,
    closers: z.array(
      z.object({
        diamonds: count,
        gifts: z.array(z.object({ id, name: z.string(), price: count, count })),
      }),
    ),
    pointsPerMinute: z.array(count.nullable()),
    scoredAt: z.array(unixMs),
    newGifters: count,
    difference: z
      .object({
        points: count,
        diamonds: count,
        multiplied: count,
        likes: count,
        effects: count,
        other: count,
      })
      .nullable(),
    extensionSecMax: count,
    safeLead: count,
    series: z.object({
      wins: count,
      losses: count,
      draws: count,
      streak: count,
      versus: z.object({ wins: count, losses: count, draws: count }),
    }),
  }),
);

const joinedDiamonds = named(
  'JoinedDiamonds',
  "What another room of this broker counted for a side, from that room's own feed.",
  z.object({
    room: z.string(),
    diamonds: count,
    complete: z.boolean(),
    top: z.array(z.object({ user, diamonds: count })),
  }),
);

export const battleState = named(
  'BattleState',
  'A battle as every dashboard shows it. Match points and diamonds are different numbers; null = not told.',
  z.object({
    battleId: id,
    phase: z.enum([...phase.options, 'running']),
    form,
    startAt: unixMs,
    durationSec: count,
    extraSec: count,
    dueAt: unixMs,
    endedAt: unixMs,
    complete: z.boolean(),
    final: z.boolean(),
    scoredAt: unixMs,
    sides: z.array(
      z.object({
        id,
        hosts: z.array(user),
        points: count.nullable(),
        diamonds: count.nullable(),
        joined: z.exactOptional(z.array(joinedDiamonds)),
        outcome,
        winStreak: count.nullable(),
      }),
    ),
    own: count,
    items: z.array(z.object({ item, anchorId: id, userId: id, startAt: unixMs, endAt: unixMs, multiplier: count })),
    task: z.object({ step: taskStep, progress: count, result: taskResult }).nullable(),
    cockpit: cockpit.nullable(),
  }),
);

const state = battleState.nullable();
const base = { ...eventBase, kind: z.literal('battle'), battleId: id };

export const battleEvent = z.object({
  ...base,
  change: z.literal('state'),
  phase,
  form,
  startAt: unixMs,
  durationSec: count,
  extraSec: count,
  endAt: unixMs,
  sides: z.array(
    z.object({
      id,
      hosts: z.array(user),
      rooms: z.array(id),
      points: count.nullable(),
      outcome,
      winStreak: count.nullable(),
    }),
  ),
  state,
});

export const battleTaskEvent = z.object({
  ...base,
  change: z.literal('task'),
  step: taskStep,
  progress: count,
  result: taskResult,
  userId: id,
  state,
});

export const battleItemEvent = z.object({
  ...base,
  change: z.literal('item'),
  item,
  userId: id,
  anchorId: id,
  startAt: unixMs,
  durationSec: count,
  multiplier: count,
  state,
});

export const scoreEvent = z.object({
  ...eventBase,
  kind: z.literal('score'),
  basis: z.enum(['points', 'diamonds']),
  battleId: id,
  scoredAt: unixMs,
  startAt: unixMs.exactOptional(),
  durationSec: count.exactOptional(),
  extraSec: count.exactOptional(),
  form: form.exactOptional(),
  sides: z.array(
    z.object({ id, value: count, top: z.array(z.object({ user, points: count, diamonds: count.nullable() })) }),
  ),
  from: z.object({ room: z.string(), complete: z.boolean() }).exactOptional(),
  cause: z.enum(['gift', 'like', 'effect', 'end', 'other']),
  state,
});

/** Checked by the compiler, and used by nobody. */
export type BattleSchemasDescribe = Checked<
  [
    Describes<typeof user, User>,
    Describes<typeof standing, Standing>,
    Describes<typeof battleState, BattleState>,
    Describes<typeof battleEvent, BattleEvent>,
    Describes<typeof battleTaskEvent, BattleTaskEvent>,
    Describes<typeof battleItemEvent, BattleItemEvent>,
    Describes<typeof scoreEvent, ScoreEvent>,
  ]
>;
