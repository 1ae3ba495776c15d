import type { Clock, Timer } from '../base/clock.ts';
import type { BattleDescription } from '../gateway/gateway.ts';
import type { BattleState, JoinedDiamonds } from '../protocol/battle-state.ts';
import type { ScoreEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import type { Ranking } from '../ranking/ranking.ts';
import { describeBattle, type BattleWitness } from './battle-description.ts';

// Battles across the rooms of one broker, by their id: what two rooms know of the same battle is one battle. Each room
// sees the gifts to its own host; what it counts is told to the others as an event, at most once each battleJoinMs, so
// that their views stay what follows from their events. Owns one timer and no state: who was told what is in the views.
// Bounded by the battles that rooms hold: the one on display and the one before it.

/** A room, as battles need it. */
export interface BattleRoom {
  readonly id: string;
  readonly handle: string;
  readonly ranking: Ranking;
  /** Whether a turn may begin. */
  admits(): boolean;
  /** Publishes `event` in a turn of its own. */
  tell(event: ScoreEvent): void;
}

export class Battles {
  readonly #clock: Clock;
  readonly #rooms: () => Iterable<BattleRoom>;
  readonly #onTimer = (): void => this.#join();
  #timer: Timer | null = null;

  constructor(clock: Clock, rooms: () => Iterable<BattleRoom>) {
    this.#clock = clock;
    this.#rooms = rooms;
  }

  /** A turn of a room is over: if it has a battle, others may have to be told soon. */
  noticed(room: BattleRoom): void {
    if (this.#timer !== null || room.ranking.view.battle === null) return;
    this.#timer = this.#clock.after(limits.battleJoinMs.value, this.#onTimer);
  }

  stop(): void {
    this.#timer?.cancel();
    // No turn after it begins a timer again.
    this.#timer = { cancel: () => {} };
  }

  /** All battles that rooms hold, newest first. */
  list(): BattleDescription[] {
    return [...this.#byId()]
      .map(([battleId, witnesses]) => describeBattle(battleId, witnesses))
      .sort((a, b) => b.startAt - a.startAt || (a.battleId < b.battleId ? -1 : 1));
  }

  /** Who holds which battle: on display or, behind it, the one before. */
  #byId(): Map<string, BattleWitness[]> {
    const byId = new Map<string, BattleWitness[]>();
    for (const room of this.#rooms()) {
      const { view, formerBattle } = room.ranking;
      for (const battle of [view.battle, formerBattle]) {
        if (battle === null) continue;
        const witnesses = byId.get(battle.battleId);
        if (witnesses === undefined) byId.set(battle.battleId, [{ room, battle }]);
        else witnesses.push({ room, battle });
      }
    }
    return byId;
  }

  /** Tells every room in which a battle is on display what the others counted, where it does not show that yet. */
  #join(): void {
    this.#timer = null;
    for (const witnesses of this.#byId().values()) {
      if (witnesses.length < 2) continue;
      const tellers = witnesses.filter((witness, index) => {
        // One creator's LIVE may come in by two rooms: the first of them tells, so that its gifts count once.
        const { hostId } = witness.room.ranking;
        return witnesses.findIndex(({ room }) => room.ranking.hostId === hostId) === index;
      });
      for (const receiver of witnesses) {
        if (receiver.room.ranking.view.battle !== receiver.battle) continue;
        const { hostId } = receiver.room.ranking;
        for (const other of tellers) if (other.room.ranking.hostId !== hostId) this.#tell(receiver, other);
      }
    }
  }

  #tell({ room, battle }: BattleWitness, { room: other, battle: seen }: BattleWitness): void {
    const { hostId } = other.ranking;
    const own = seen.own < 0 ? undefined : seen.sides[seen.own];
    if (own === undefined || own.diamonds === null || hostId === '') return;
    const { diamonds } = own;
    const shown = joinedOf(battle, hostId, other.id);
    if (shown === null || (shown?.diamonds === diamonds && shown.complete === seen.complete)) return;
    // The log takes nothing now: the next turn of this room looks again.
    if (!room.admits()) return;
    const board = other.ranking.board({ kind: 'side', side: seen.own, battleId: seen.battleId });
    const top = (board?.top(3) ?? []).map((row) => ({ user: row.user, points: 0, diamonds: row.diamonds }));
    const at = this.#clock.wallMs();
    room.tell({
      kind: 'score',
      id: `join-${other.id}-${seen.battleId}-${other.ranking.seq}`,
      at,
      basis: 'diamonds',
      battleId: seen.battleId,
      scoredAt: at,
      sides: [{ id: hostId, value: diamonds, top }],
      from: { room: other.id, complete: seen.complete },
      cause: 'other',
      state: null,
    });
  }
}

/**
 * What `battle` shows of a room's count for its host's side: undefined = nothing yet, null = it has no such side.
 */
function joinedOf(battle: BattleState, hostId: string, room: string): JoinedDiamonds | null | undefined {
  const side = battle.sides.find(({ id, hosts }) => id === hostId || hosts.some((host) => host.id === hostId));
  return side === undefined ? null : side.joined?.find((other) => other.room === room);
}
