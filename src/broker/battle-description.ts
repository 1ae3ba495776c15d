import { assert } from '../base/assert.ts';
import type { BattleDescription } from '../gateway/gateway.ts';
import type { BattleState } from '../protocol/battle-state.ts';
import type { BattleRoom } from './battles.ts';

// One battle as all rooms of the broker know it: points and result by whoever was told last, diamonds by whoever counts
// the gifts to that host. Made when it is asked for.

/** A room that holds a battle, and the battle as it knows it. */
export interface BattleWitness {
  readonly room: BattleRoom;
  readonly battle: Readonly<BattleState>;
}

/** Gifters named for each side. */
const mvpsMax = 3;

export function describeBattle(battleId: string, witnesses: readonly BattleWitness[]): BattleDescription {
  const { battle } = latest(witnesses);
  const sides = battle.sides.map(({ id, hosts, points, outcome, winStreak }) => {
    const ids = hosts.map((host) => host.id);
    const counts = onceEach(witnesses.flatMap((witness) => countOf(witness, id, ids)));
    const mvps = counts.flatMap(({ top }) => top).sort((a, b) => b.diamonds - a.diamonds);
    return {
      id,
      hosts,
      points,
      outcome,
      winStreak,
      diamonds: counts.length === 0 ? null : counts.reduce((sum, count) => sum + count.diamonds, 0),
      countedBy: counts.map(({ room, diamonds, complete }) => ({ room, diamonds, complete })),
      mvps: mvps.slice(0, mvpsMax),
    };
  });
  const { phase, form, startAt, durationSec, extraSec, dueAt, endedAt, final, scoredAt } = battle;
  return {
    battleId,
    phase,
    form,
    startAt,
    durationSec,
    extraSec,
    dueAt,
    endedAt,
    final,
    scoredAt,
    sides,
    rooms: witnesses.map(({ room, battle: known }) => ({
      room: room.id,
      handle: room.handle,
      phase: known.phase,
      complete: known.complete,
      hostId: room.ranking.hostId,
    })),
  };
}

const order: readonly BattleState['phase'][] = [
  'invited',
  'declined',
  'open',
  'running',
  'finished',
  'cut-short',
  'punish',
  'settled',
];

/** Whoever knows how it ended; among equals whoever has the newest points. */
function latest(witnesses: readonly BattleWitness[]): BattleWitness {
  assert(witnesses.length > 0, 'a battle is known to somebody');
  return witnesses.reduce((best, other) => {
    const further = order.indexOf(other.battle.phase) - order.indexOf(best.battle.phase);
    return further > 0 || (further === 0 && other.battle.scoredAt > best.battle.scoredAt) ? other : best;
  });
}

interface Count {
  readonly room: string;
  readonly hostId: string;
  readonly diamonds: number;
  readonly complete: boolean;
  readonly top: BattleDescription['sides'][number]['mvps'];
}

/** One creator's LIVE may come in by two rooms: of each host's gifts the count that knows most is the one. */
function onceEach(counts: readonly Count[]): Count[] {
  const byHost = new Map<string, Count>();
  for (const count of counts) {
    const known = byHost.get(count.hostId);
    const knowsMore = known === undefined || count.complete > known.complete;
    if (knowsMore || (count.complete === known.complete && count.diamonds > known.diamonds))
      byHost.set(count.hostId, count);
  }
  return [...byHost.values()];
}

/** What a room counted for a side: only if it is its own host's. */
function countOf({ room, battle }: BattleWitness, sideId: string, hosts: readonly string[]): Count[] {
  const { hostId } = room.ranking;
  const own = battle.own < 0 ? undefined : battle.sides[battle.own];
  if (own === undefined || own.diamonds === null || (hostId !== sideId && !hosts.includes(hostId))) return [];
  const board = room.ranking.board({ kind: 'side', side: battle.own, battleId: battle.battleId });
  const top = (board?.top(mvpsMax) ?? []).map(({ user, diamonds }) => ({ user, diamonds }));
  return [{ room: room.id, hostId, diamonds: own.diamonds, complete: battle.complete, top }];
}
