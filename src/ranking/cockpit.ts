import type { ActiveItem, BattleCockpit, BattleSeries, BattleState } from '../protocol/battle-state.ts';
import { limits } from '../protocol/limits.ts';
import { isUnderWay } from '../protocol/room-view.ts';
import { isActive, isOver } from './battle.ts';
import type { TallyReading } from './battle-tally.ts';
import type { GiftCatalogue } from './gift-catalogue.ts';

// The numbers that decide the last half minute of a battle: pure, from the state and what the room has seen.
// Certain and possible are kept apart: a booster multiplies every gift, a glove only by chance (up to 30 %).

/** Time Maker: up to ten seconds, at most three in a match. */
const extensionSecTotal = 30;
/** What a glove makes of a gift when it strikes, where the item does not say. */
const gloveMultiplier = 5;

export interface CockpitInput {
  /** Time by upstream's clock; 0 = not known. */
  readonly at: number;
  readonly gifts: GiftCatalogue;
  readonly reading: TallyReading;
  readonly series: BattleSeries;
}

/** null where the own side is not known, and before the battle has begun. */
export function cockpitOf(state: BattleState, input: CockpitInput): BattleCockpit | null {
  if (state.own < 0 || state.phase === 'invited' || state.phase === 'declined') return null;
  const rival = rivalOf(state);
  const own = state.sides[state.own]!.points;
  const rivalPoints = rival < 0 ? null : state.sides[rival]!.points;
  const gap = own === null || rivalPoints === null ? null : rivalPoints - own;
  const multiplier = bestOf(state, input.at, certainMultiplier);
  const multiplierMax = Math.max(multiplier, bestOf(state, input.at, possibleMultiplier));
  const running = isUnderWay(state);
  // To draw is not to lead: one point more than the rival.
  const needAt = (times: number): number | null =>
    gap === null || !running ? null : Math.max(0, Math.ceil((gap + 1) / times));
  const need = needAt(multiplier);
  return {
    rival,
    gap,
    need,
    needMin: needAt(multiplierMax),
    multiplier,
    multiplierMax,
    closers: need === null ? [] : input.gifts.closers(need),
    pointsPerMinute: input.reading.pointsPerMinute,
    scoredAt: input.reading.scoredAt,
    newGifters: input.reading.newGifters,
    difference: input.reading.difference,
    extensionSecMax: running ? Math.max(0, extensionSecTotal - state.extraSec) : 0,
    safeLead: input.gifts.priceMax * multiplierMax,
    series: input.series,
  };
}

/** The rival with the most points: one that has none told stands below all others. */
function rivalOf(state: BattleState): number {
  let rival = -1;
  for (let index = 0; index < state.sides.length; index++) {
    if (index === state.own) continue;
    if (rival < 0 || (state.sides[index]!.points ?? -1) > (state.sides[rival]!.points ?? -1)) rival = index;
  }
  return rival;
}

/** The best of the own side's items that work now; multipliers do not stack. */
function bestOf(state: BattleState, at: number, multiplierOf: (item: ActiveItem) => number): number {
  const own = state.sides[state.own]!;
  let best = 1;
  for (const item of state.items) {
    const ours = item.anchorId === own.id || own.hosts.some((host) => host.id === item.anchorId);
    if (ours && isActive(item, at)) best = Math.max(best, multiplierOf(item));
  }
  return best;
}

function certainMultiplier(item: ActiveItem): number {
  if (item.item === 'top2') return Math.max(item.multiplier, 2);
  return item.item === 'top3' ? Math.max(item.multiplier, 3) : 1;
}

function possibleMultiplier(item: ActiveItem): number {
  if (item.item === 'glove' || item.item === 'vault-glove') return Math.max(item.multiplier, gloveMultiplier);
  return item.item === 'potion' || item.item === 'wave' ? Math.max(item.multiplier, 1) : 1;
}

export interface BattleResult {
  readonly battleId: string;
  readonly outcome: 'win' | 'lose' | 'draw';
  /** Id of the rival's side; '' = not known. */
  readonly rival: string;
}

/** Own results with that of a battle whose end is known; its last word counts. */
export function resultsAfter(results: readonly BattleResult[], battle: BattleState): readonly BattleResult[] {
  const outcome = battle.own < 0 || !isOver(battle.phase) ? 'unknown' : battle.sides[battle.own]!.outcome;
  const known = results.find((result) => result.battleId === battle.battleId);
  if (outcome === 'unknown' || known?.outcome === outcome) return results;
  const result = { battleId: battle.battleId, outcome, rival: rivalId(battle) };
  if (known !== undefined) return results.map((other) => (other === known ? result : other));
  return [...results.slice(1 - limits.battlesRememberedMax.value), result];
}

/** Own results in a row, oldest first, as a series; `battle` is the one at hand. */
export function seriesOf(results: readonly BattleResult[], battle: BattleState): BattleSeries {
  const rival = rivalId(battle);
  const all = { wins: 0, losses: 0, draws: 0 };
  const versus = { wins: 0, losses: 0, draws: 0 };
  let streak = 0;
  for (const result of results) {
    const sum = result.outcome === 'win' ? 'wins' : result.outcome === 'lose' ? 'losses' : 'draws';
    streak = result.outcome === 'win' ? streak + 1 : 0;
    all[sum]++;
    if (rival !== '' && result.rival === rival) versus[sum]++;
  }
  return { ...all, streak, versus };
}

function rivalId(battle: BattleState): string {
  const rival = rivalOf(battle);
  return rival < 0 ? '' : battle.sides[rival]!.id;
}
