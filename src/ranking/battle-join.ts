import type { BattleState, JoinedDiamonds } from '../protocol/battle-state.ts';
import type { ScoreEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import { sideOfHost } from './battle-sides.ts';

// Two rooms of one broker in the same battle: each sees the gifts to its own host alone. What one counts reaches the
// other as an event (a `score` of basis 'diamonds' that says from which room it is), so that the other's view still
// follows from its events. Pure: from the battle before to the battle after.

/** Gifters told of a side by another room. */
export const joinedTopMax = 3;

/** The battle after another room's word; null where it is about no battle that is on display, or no side of it. */
export function joinDiamonds(before: BattleState | null, event: ScoreEvent): BattleState | null {
  const { from } = event;
  if (before === null || from === undefined || before.battleId !== event.battleId) return null;
  const sides = before.sides.slice();
  let known = false;
  for (const { id, value, top } of event.sides) {
    const index = sideOfHost(sides, id);
    if (index < 0) continue;
    known = true;
    const side = sides[index]!;
    const best = top.slice(0, joinedTopMax).map(({ user, diamonds }) => ({ user, diamonds: diamonds ?? 0 }));
    const told: JoinedDiamonds = { room: from.room, diamonds: value, complete: from.complete, top: best };
    const others = (side.joined ?? []).filter((other) => other.room !== from.room);
    if (others.length < limits.battleSidesMax.value) sides[index] = { ...side, joined: [...others, told] };
  }
  return known ? { ...before, sides } : null;
}
