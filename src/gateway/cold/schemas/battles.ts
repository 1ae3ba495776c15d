import * as z from 'zod';
import type { BattleDescription } from '../../rooms.ts';
import { battleState, user } from './battle.ts';
import { count, type Checked, type Describes, id, named, unixMs } from './registry.ts';

// Battles as all rooms of a broker know them together.

export const battleParams = z.object({ battle: z.string().min(1).max(40).describe('Id of the battle') });

const { phase, form } = battleState.shape;
const { points, outcome, winStreak } = battleState.shape.sides.element.shape;

export const battleDescription = named(
  'Battle',
  'One battle as all rooms of this broker know it. diamonds null = no room of it sees the gifts to that side.',
  z.object({
    battleId: id,
    phase,
    form,
    startAt: unixMs,
    durationSec: count,
    extraSec: count,
    dueAt: unixMs,
    endedAt: unixMs,
    final: z.boolean(),
    scoredAt: unixMs,
    sides: z.array(
      z.object({
        id,
        hosts: z.array(user),
        points,
        outcome,
        winStreak,
        diamonds: count.nullable(),
        countedBy: z.array(z.object({ room: z.string(), diamonds: count, complete: z.boolean() })),
        mvps: z.array(z.object({ user, diamonds: count })),
      }),
    ),
    rooms: z.array(
      z.object({ room: z.string(), handle: z.string(), phase, complete: z.boolean(), hostId: z.string() }),
    ),
  }),
);

export const battleList = named(
  'BattleList',
  'Battles, newest first.',
  z.object({ battles: z.array(battleDescription) }),
);

/** Checked by the compiler, and used by nobody. */
export type DescribedBattles = Checked<[Describes<typeof battleDescription, BattleDescription>]>;
