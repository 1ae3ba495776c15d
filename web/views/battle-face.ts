import type { ActiveItem, BattleCockpit, BattleSide, BattleState, GapCloser } from '../../src/protocol/battle-state.ts';
import type { BattleOutcome, Standing } from '../../src/protocol/events.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { countdown, exact, unknownText } from './format.ts';
import { cleanName, displayName } from './names.ts';

// A battle as words and numbers for a screen: pure, from the view and the broker’s clock. The cockpit’s numbers are
// the broker's (ranking); here they only become sentences. What nobody told is '—' or says so; never 0, never a win.

export type BattleMode = 'none' | 'coming' | 'running' | 'over';

export interface SideFace {
  readonly id: string;
  readonly name: string;
  /** Match points as TikTok tells them; null = not told. */
  readonly points: number | null;
  /** Diamonds as MEKS counted them, in all rooms that see them; null = this broker does not see that side's gifts. */
  readonly diamonds: number | null;
  /** Other rooms of this broker whose feeds they are from, in words; '' = this room's own feed alone. */
  readonly countedIn: string;
  /** True when diamonds are a part of the truth: the start or something since was missed. */
  readonly partial: boolean;
  readonly pointsPerMinute: number | null;
  readonly outcome: BattleOutcome;
  readonly winStreak: number | null;
  /** A mist hides this side's points from us: the last ones told may be old. One's own mist hides nothing here. */
  readonly misted: boolean;
  readonly top: readonly Standing[];
  /** Share of all points, 0 to 1; null while not all are known. */
  readonly share: number | null;
}

export interface ItemFace {
  readonly key: string;
  readonly label: string;
  /** Index into `sides`; -1 = not known whose. */
  readonly side: number;
  /** Milliseconds left; null = not known. */
  readonly leftMs: number | null;
}

export interface BattleFace {
  readonly mode: BattleMode;
  /** What it is: 'Battle', 'Victory lap', 'Last battle'… */
  readonly caption: string;
  /** Time left, or the result. */
  readonly clock: string;
  readonly leftMs: number | null;
  /** Own side first where it is known, then the strongest rival. */
  readonly sides: readonly SideFace[];
  /** Ahead, behind or level, in words; '' when there is nothing to say. */
  readonly gap: string;
  readonly lead: 'us' | 'them' | 'level' | 'unknown';
  /** What would change it. */
  readonly need: string;
  readonly closers: readonly string[];
  readonly items: readonly ItemFace[];
  readonly series: string;
  /** Why the own side's match points are not its diamonds, in words; '' where there is nothing to explain. */
  readonly difference: string;
}

const topMax = 3;
const tenthsBelowMs = 30_000;

const nothing: BattleFace = {
  mode: 'none',
  caption: 'No battle',
  clock: unknownText,
  leftMs: null,
  sides: [],
  gap: '',
  lead: 'unknown',
  need: '',
  closers: [],
  items: [],
  series: '',
  difference: '',
};

/** Before the broker has told anything: whether there is a battle is not known. */
export const unknownBattle: BattleFace = { ...nothing, caption: 'Whether there is a battle is not known yet' };

const itemLabels: Readonly<Record<ActiveItem['item'], string>> = {
  glove: 'Glove',
  mist: 'Mist',
  'extra-time': 'Extra time',
  potion: 'Potion',
  wave: 'Wave',
  top2: 'Booster',
  top3: 'Booster',
  'vault-glove': 'Vault glove',
  other: 'Power-up',
};

const outcomeWords: Readonly<Record<BattleOutcome, string>> = {
  win: 'Won',
  lose: 'Lost',
  draw: 'Draw',
  unknown: unknownText,
};

/** `serverTimeMs` is the broker's clock now; null = not known, and so is the time left. */
export function battleFace(view: RoomView, serverTimeMs: number | null): BattleFace {
  const battle = view.battle;
  if (battle === null || battle.phase === 'declined') return nothing;
  const mode = modeOf(battle);
  const order = orderOf(battle);
  const sides = order.map((index) => sideFace(view, battle, index, serverTimeMs));
  const running = mode === 'running';
  const leftMs = !running || battle.dueAt === 0 || serverTimeMs === null ? null : battle.dueAt - serverTimeMs;
  const open = running && (leftMs === null || leftMs > 0);
  const cockpit = battle.cockpit;
  const ownKnown = battle.own >= 0 && battle.own === order[0];
  return {
    mode,
    caption: captionOf(battle, leftMs),
    clock: clockOf(battle, mode, leftMs),
    leftMs,
    sides,
    ...gapOf(sides, ownKnown, mode),
    need: open && cockpit !== null ? needOf(cockpit) : '',
    closers: open && cockpit !== null ? cockpit.closers.map(closerText) : [],
    items: running ? itemFaces(battle, order, serverTimeMs) : [],
    series: cockpit === null ? '' : seriesOf(cockpit),
    difference: cockpit === null ? '' : differenceOf(cockpit),
  };
}

function modeOf(battle: BattleState): BattleMode {
  if (battle.phase === 'invited') return 'coming';
  return battle.phase === 'open' || battle.phase === 'running' ? 'running' : 'over';
}

/** Own side first, then the strongest rival, then the others as upstream has them. */
function orderOf(battle: BattleState): number[] {
  const own = battle.own >= 0 ? battle.own : 0;
  const rival = battle.cockpit?.rival ?? -1;
  const order = battle.sides.map((_, index) => index);
  const weight = (index: number): number => (index === own ? 0 : index === rival ? 1 : 2);
  return order.sort((a, b) => weight(a) - weight(b) || a - b);
}

function sideFace(view: RoomView, battle: BattleState, index: number, serverTimeMs: number | null): SideFace {
  const side = battle.sides[index]!;
  const all = battle.sides.map((other) => other.points);
  const sum = all.reduce<number>((total, points) => total + (points ?? 0), 0);
  const known = all.every((points) => points !== null) && sum > 0;
  const names = side.hosts.map(displayName).join(' & ');
  return {
    id: side.id,
    name: names === '' ? `Side ${index + 1}` : names,
    points: side.points,
    ...countedOf(battle, side),
    pointsPerMinute: modeOf(battle) === 'running' ? (battle.cockpit?.pointsPerMinute[index] ?? null) : null,
    outcome: side.outcome,
    winStreak: side.winStreak,
    misted:
      index !== battle.own &&
      battle.items.some((item) => item.item === 'mist' && item.anchorId === side.id && !isOver(item, serverTimeMs)),
    top: topOf(view, side, index),
    share: known ? side.points! / sum : null,
  };
}

/** What this room counted and what others told it, and whether all of it is all there was. */
function countedOf(battle: BattleState, side: BattleSide): Pick<SideFace, 'diamonds' | 'countedIn' | 'partial'> {
  const joined = side.joined ?? [];
  const elsewhere = joined.reduce((sum, other) => sum + other.diamonds, 0);
  const here = side.diamonds !== null;
  return {
    diamonds: here || joined.length > 0 ? (side.diamonds ?? 0) + elsewhere : null,
    countedIn: joined.map((other) => other.room).join(', '),
    partial: (here && !battle.complete) || joined.some((other) => !other.complete),
  };
}

/** The side's best gifters as this room counted them, or else as another room told. */
function topOf(view: RoomView, side: BattleSide, index: number): readonly Standing[] {
  const own = (view.battleBoards[index] ?? []).slice(0, topMax);
  if (own.length > 0) return own;
  const told = (side.joined ?? []).flatMap(({ top }) => top).sort((a, b) => b.diamonds - a.diamonds);
  return told.slice(0, topMax).map(({ user, diamonds }) => ({ user, diamonds, seq: 0 }));
}

function isOver(item: ActiveItem, serverTimeMs: number | null): boolean {
  return item.endAt !== 0 && serverTimeMs !== null && item.endAt <= serverTimeMs;
}

function captionOf(battle: BattleState, leftMs: number | null): string {
  switch (battle.phase) {
    case 'invited':
      return 'Battle invitation';
    case 'open':
    case 'running':
      if (leftMs !== null && leftMs <= 0) return 'Time is up, points still settle';
      return battle.extraSec > 0 ? `Battle · ${battle.extraSec} s extra` : 'Battle';
    case 'punish':
      return 'Victory lap';
    case 'cut-short':
      return 'Battle cut short';
    case 'finished':
      return 'Battle over';
    default:
      return 'Last battle';
  }
}

function clockOf(battle: BattleState, mode: BattleMode, leftMs: number | null): string {
  if (mode === 'over') return battle.own >= 0 ? outcomeWords[battle.sides[battle.own]?.outcome ?? 'unknown'] : 'Over';
  return leftMs === null ? unknownText : countdown(leftMs, tenthsBelowMs);
}

/** Who is ahead, from the points that are shown: the two largest numbers and the sentence can never disagree. */
function gapOf(sides: readonly SideFace[], ownKnown: boolean, mode: BattleMode): Pick<BattleFace, 'gap' | 'lead'> {
  const [us, them] = sides;
  if (us === undefined || them === undefined || us.points === null || them.points === null)
    return { gap: 'Points not told yet', lead: 'unknown' };
  const ahead = us.points - them.points;
  if (ahead === 0) return { gap: 'Level', lead: 'level' };
  const by = exact(Math.abs(ahead));
  if (!ownKnown) return { gap: `${(ahead > 0 ? us : them).name} leads by ${by}`, lead: ahead > 0 ? 'us' : 'them' };
  const lead = ahead > 0 ? 'us' : 'them';
  // The result is TikTok's to tell and stands above: here is only the difference.
  if (mode === 'over') return { gap: `by ${by}`, lead };
  return { gap: ahead > 0 ? `Ahead by ${by}` : `Behind by ${by}`, lead };
}

function needOf(cockpit: BattleCockpit): string {
  if (cockpit.need === null) return '';
  if (cockpit.need === 0) {
    if (cockpit.gap === null || cockpit.safeLead === 0) return '';
    return -cockpit.gap > cockpit.safeLead
      ? 'Safe from any one gift seen today'
      : `Not safe: one gift today was worth ${exact(cockpit.safeLead)}`;
  }
  const sure = `To lead: ${exact(cockpit.need)} diamonds${cockpit.multiplier > 1 ? ` at ×${cockpit.multiplier}` : ''}`;
  if (cockpit.multiplierMax <= cockpit.multiplier || cockpit.gap === null) return sure;
  return `${sure}, with luck ${exact(cockpit.needMin)} at ×${cockpit.multiplierMax}`;
}

/** `1 Lion`, or `4 Galaxy + 12 Rose`. */
function closerText(closer: GapCloser): string {
  return closer.gifts.map((gift) => `${exact(gift.count)} ${cleanName(gift.name) || 'gift'}`).join(' + ');
}

function itemFaces(battle: BattleState, order: readonly number[], serverTimeMs: number | null): ItemFace[] {
  const shown = battle.items.filter((item) => !isOver(item, serverTimeMs));
  return shown.map((item) => ({
    key: `${item.item} ${item.anchorId} ${item.userId} ${item.startAt}`,
    label: item.multiplier > 1 ? `${itemLabels[item.item]} ×${item.multiplier}` : itemLabels[item.item],
    side: order.findIndex((index) => battle.sides[index]!.id === item.anchorId),
    leftMs: item.endAt === 0 || serverTimeMs === null ? null : item.endAt - serverTimeMs,
  }));
}

function seriesOf({ series, newGifters }: BattleCockpit): string {
  const { wins, losses, draws, streak, versus } = series;
  const drawn = draws > 0 ? `, ${draws} drawn` : '';
  const inRow = streak > 1 ? `, ${streak} in a row` : '';
  const parts = [];
  if (wins + losses + draws > 0) parts.push(`Today ${wins} won, ${losses} lost${drawn}${inRow}`);
  // One meeting says no more than the result above it.
  if (versus.wins + versus.losses + versus.draws > 1) parts.push(`${versus.wins}–${versus.losses} against them`);
  if (newGifters > 0) parts.push(newGifters === 1 ? '1 new gifter' : `${exact(newGifters)} new gifters`);
  return parts.join(' · ');
}

const differenceWords = { multiplied: 'multipliers', likes: 'likes', effects: 'effects', other: 'else' } as const;

/** Why the own side's points are not its diamonds; '' where they are, or nobody knows. */
function differenceOf({ difference }: BattleCockpit): string {
  if (difference === null || difference.points === difference.diamonds) return '';
  const parts = Object.entries(differenceWords).flatMap(([cause, word]) => {
    const amount = difference[cause as keyof typeof differenceWords];
    return amount === 0 ? [] : [`${amount > 0 ? '+' : '−'}${exact(Math.abs(amount))} ${word}`];
  });
  return `Our points: ${exact(difference.diamonds)} diamonds ${parts.join(' ')}`;
}
