import assert from 'node:assert/strict';
import type { ActiveItem, BattleCockpit, BattleSide, BattleState } from '../../../src/protocol/battle-state.ts';
import type {
  BattleEvent,
  BattleItemEvent,
  BattleTaskEvent,
  GiftEvent,
  ScoreEvent,
} from '../../../src/protocol/events.ts';

// The part of the oracle that is about battles: which gifts count for which side, and the numbers of the cockpit, by
// the words of docs/BATTLES.md and with nothing of the ranking's own code. For tests.

/** User id of the room's host. */
export const hostId = '1';

const over: ReadonlySet<string> = new Set(['finished', 'cut-short', 'punish', 'settled']);
const underWay: ReadonlySet<string> = new Set(['open', 'running']);

function has(side: BattleSide, host: string): boolean {
  return [side.id, ...side.hosts.map(({ id }) => id)].includes(host);
}

/** Index of the side that a gift counts for, by when it was given and to whom; -1 = none. */
export function sideByHand(battle: BattleState | null, { at, receiver }: GiftEvent): number {
  if (battle === null || ['invited', 'declined'].includes(battle.phase)) return -1;
  const end = battle.endedAt || battle.dueAt;
  const within = at === 0 || end === 0 ? underWay.has(battle.phase) : at <= end + 500;
  if (!within || (at !== 0 && at < battle.startAt)) return -1;
  return battle.sides.findIndex((side) => has(side, receiver || hostId));
}

type BattleInput = BattleEvent | BattleTaskEvent | BattleItemEvent | ScoreEvent;

interface Result {
  readonly battleId: string;
  outcome: string;
  rival: string;
}

/** What was remembered of one battle. */
class Memory {
  newGifters = 0;
  multiplied = 0;
  likes = 0;
  effects = 0;
  readonly scoredAt = new Map<string, number>();
  /** Points of all sides whenever they were told, at least a second apart; begun anew when sides change. */
  samples: { readonly at: number; readonly points: readonly (number | null)[] }[] = [];
  sides = '';
}

export class BattleRecount {
  readonly #kinds = new Map<string, { readonly name: string; readonly price: number }>();
  #memories = new Map<string, Memory>();
  #results: Result[] = [];
  /** Battle and id of whom a message that ended the battle has named a winner. */
  readonly #winners = new Set<string>();

  beginSession(): void {
    this.#memories = new Map();
    this.#results = [];
  }

  /** A gift comes in. `isNew`: its gifter had nothing in this session. `side`: where it counts in `shown`. */
  gift(event: GiftEvent, isNew: boolean, shown: BattleState | null, side: number): void {
    const { id, name, price } = event.gift;
    if (price > 0) this.#kinds.set(id, { name, price });
    if (shown === null || side < 0 || event.diamonds === 0 || !has(shown.sides[side]!, hostId)) return;
    const memory = this.#memory(shown.battleId);
    if (isNew) memory.newGifters++;
    if (event.multiplier > 1) memory.multiplied += Math.round(event.diamonds * (event.multiplier - 1));
  }

  /** An event has moved the battle from `before` to `after`. */
  take(event: BattleInput, before: BattleState | null, after: BattleState): void {
    const at = event.kind === 'score' && event.scoredAt !== 0 ? event.scoredAt : event.at;
    const memory = this.#memory(after.battleId);
    for (const side of after.sides) this.#points(memory, event, before, after, side, at);
    if (event.kind === 'battle' && event.change === 'state' && over.has(event.phase)) {
      const winners = event.sides.filter(({ outcome }) => outcome === 'win');
      // All of them winners is how a result that was left out reads on the wire.
      if (winners.length < event.sides.length || winners.length === 1)
        for (const { id } of winners) this.#winners.add(`${event.battleId} ${id}`);
    }
    this.#result(after);
    const pace = this.#pace(memory, after);
    if (after.cockpit !== null) this.#cockpit(after.cockpit, memory, after, at, pace);
    else assert.ok(!after.sides.some((side) => has(side, hostId)) || ['invited', 'declined'].includes(after.phase));
  }

  /** What holds of a battle on display at any time: who has won was told by somebody. */
  check(battle: BattleState): void {
    for (const side of battle.sides) {
      if (side.outcome !== 'win') continue;
      const told = [side.id, ...side.hosts.map(({ id }) => id)].some((id) =>
        this.#winners.has(`${battle.battleId} ${id}`),
      );
      assert.ok(told, `nobody said that ${side.id} won ${battle.battleId}`);
      assert.ok(over.has(battle.phase), 'nobody has won before the end');
    }
  }

  #memory(battleId: string): Memory {
    const known = this.#memories.get(battleId) ?? new Memory();
    this.#memories.set(battleId, known);
    return known;
  }

  #points(
    memory: Memory,
    event: BattleInput,
    before: BattleState | null,
    after: BattleState,
    side: BattleSide,
    at: number,
  ): void {
    const known = before?.battleId === after.battleId ? before.sides.find(({ id }) => id === side.id) : undefined;
    const gained = (side.points ?? 0) - (known?.points ?? 0);
    if (gained <= 0) return;
    memory.scoredAt.set(side.id, at);
    if (event.kind !== 'score' || !has(side, hostId)) return;
    if (event.cause === 'like') memory.likes += gained;
    if (event.cause === 'effect') memory.effects += gained;
  }

  #result(after: BattleState): void {
    const own = after.sides.find((side) => has(side, hostId));
    if (own === undefined || !over.has(after.phase) || own.outcome === 'unknown') return;
    const rival = strongest(after)?.id ?? '';
    const known = this.#results.find(({ battleId }) => battleId === after.battleId);
    if (known === undefined) this.#results.push({ battleId: after.battleId, outcome: own.outcome, rival });
    else if (known.outcome !== own.outcome) Object.assign(known, { outcome: own.outcome, rival });
    if (this.#results.length > 64) this.#results.shift();
  }

  /** Points a minute by the side, and then the sample that this event makes. */
  #pace(memory: Memory, after: BattleState): (number | null)[] {
    const sides = after.sides.map(({ id }) => id).join(' ');
    if (memory.sides !== sides) memory.samples = [];
    memory.sides = sides;
    const first = memory.samples.find(({ at }) => at >= after.scoredAt - 60_000);
    const ms = first === undefined ? 0 : after.scoredAt - first.at;
    const pace = after.sides.map(({ points }, index) => {
      const then = first?.points[index] ?? null;
      return ms < 10_000 || points === null || then === null ? null : Math.round(((points - then) / ms) * 60_000);
    });
    const last = memory.samples.at(-1);
    if (after.scoredAt > 0 && (last === undefined || after.scoredAt >= last.at + 1_000))
      memory.samples.push({ at: after.scoredAt, points: after.sides.map(({ points }) => points) });
    return pace;
  }

  #cockpit(shown: BattleCockpit, memory: Memory, after: BattleState, at: number, pace: (number | null)[]): void {
    const own = after.sides.find((side) => has(side, hostId))!;
    const rival = strongest(after);
    const running = underWay.has(after.phase);
    const works = after.items.filter((item) => (item.endAt === 0 || item.endAt > at) && has(own, item.anchorId));
    const sure = Math.max(1, ...works.map((item) => times(item, { top2: 2, top3: 3 })));
    const lucky = { glove: 5, 'vault-glove': 5, potion: 1, wave: 1 };
    const best = Math.max(sure, ...works.map((item) => times(item, lucky)));
    const known = own.points !== null && rival !== null && rival.points !== null;
    const need = known && running ? least(own.points!, rival.points!, sure) : null;
    const { multiplied, likes, effects, newGifters } = memory;
    const moved = multiplied + likes + effects;
    const { closers, ...numbers } = shown;
    assert.deepEqual(numbers, {
      rival: rival === null ? -1 : after.sides.indexOf(rival),
      gap: known ? rival.points! - own.points! : null,
      need,
      needMin: known && running ? least(own.points!, rival.points!, best) : null,
      multiplier: sure,
      multiplierMax: best,
      pointsPerMinute: pace,
      scoredAt: after.sides.map(({ id }) => memory.scoredAt.get(id) ?? 0),
      newGifters,
      difference:
        own.points === null || own.diamonds === null
          ? null
          : {
              points: own.points,
              diamonds: own.diamonds,
              multiplied,
              likes,
              effects,
              other: own.points - own.diamonds - moved,
            },
      extensionSecMax: running ? Math.max(0, 30 - after.extraSec) : 0,
      safeLead: best * Math.max(0, ...[...this.#kinds.values()].map(({ price }) => price)),
      series: this.#series(rival?.id ?? ''),
    });
    this.#closers(closers, need);
  }

  #series(rival: string): BattleCockpit['series'] {
    const of = (results: readonly Result[]): Pick<BattleCockpit['series'], 'wins' | 'losses' | 'draws'> => ({
      wins: results.filter(({ outcome }) => outcome === 'win').length,
      losses: results.filter(({ outcome }) => outcome === 'lose').length,
      draws: results.filter(({ outcome }) => outcome === 'draw').length,
    });
    const since = this.#results.findLastIndex(({ outcome }) => outcome !== 'win');
    const versus = of(rival === '' ? [] : this.#results.filter((result) => result.rival === rival));
    return { ...of(this.#results), streak: this.#results.length - 1 - since, versus };
  }

  /** Each way covers what is needed, with gifts that were seen here; the cheapest single gift is never beaten by it. */
  #closers(closers: BattleCockpit['closers'], need: number | null): void {
    if (need === null || need === 0) {
      assert.deepEqual(closers, []);
      return;
    }
    let least = 0;
    for (const { diamonds, gifts } of closers) {
      for (const { id, name, price } of gifts) assert.deepEqual({ name, price }, this.#kinds.get(id));
      assert.equal(
        diamonds,
        gifts.reduce((sum, { price, count }) => sum + price * count, 0),
      );
      assert.ok(diamonds >= need && diamonds >= least, 'each covers what is needed, the cheapest first');
      least = diamonds;
    }
    const single = Math.min(...[...this.#kinds.values()].map(({ price }) => price).filter((price) => price >= need));
    if (Number.isFinite(single)) assert.ok(closers.length > 0 && closers[0]!.diamonds <= single);
    assert.ok(closers.length <= 3);
  }
}

/** The rival with the most points, the first among equals; null = none known. */
function strongest({ sides }: BattleState): BattleSide | null {
  const rivals = sides.filter((side) => !has(side, hostId));
  return rivals.toSorted((a, b) => (b.points ?? -1) - (a.points ?? -1))[0] ?? null;
}

function times(item: ActiveItem, multipliers: Readonly<Record<string, number>>): number {
  const least = multipliers[item.item];
  return least === undefined ? 1 : Math.max(item.multiplier, least);
}

/** The smallest number of diamonds that lead, found by trying. */
function least(own: number, rival: number, multiplier: number): number {
  let diamonds = 0;
  while (own + diamonds * multiplier <= rival) diamonds++;
  return diamonds;
}
