import type { ActiveItem, BattleState } from '../protocol/battle-state.ts';
import type { BattleEvent, BattleItemEvent, BattlePhase, BattleTaskEvent, ScoreEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import { isUnderWay } from '../protocol/room-view.ts';
import {
  hostInSides,
  losesCount,
  mergeSides,
  ownFirst,
  scoreSides,
  sideOfHost,
  type OwnRoom,
  type PointsRule,
} from './battle-sides.ts';
import { isHeardFrom } from './heard.ts';

// The state machine of a battle (PK). Pure: from the state before and one event to the state after. Numbers that come
// from boards (diamonds) and from looking ahead (cockpit) are filled in by the ranking.
//
// What upstream's messages are like, as measured on recordings, and what follows:
// - Any message may be the first one seen of a battle, and frames may arrive out of order: every phase has an answer to
//   every signal, and no signal leads back.
// - A new battle id ends the battle before; what still arrives of an old one changes nothing.
// - The end of victory lap or punishment may come twice. Points are told by several clocks: last writer wins.
// - A result that is absent is no result, least of all a win.

export type Phase = BattleState['phase'];
export type BattleInput = BattleEvent | BattleTaskEvent | BattleItemEvent | ScoreEvent;
/** What an event means to the machine: a phase that upstream tells of, or a sign that a battle is going on. */
export type Signal = BattlePhase | 'activity';

export interface BattleContext {
  readonly room: OwnRoom;
  /** Ids of battles that were displaced by a newer one in this session. */
  readonly ended: readonly string[];
  /** Unix ms since when nothing was missed; 0 = not known. */
  readonly heardSince: number;
}

type Row = Readonly<Record<Signal, Phase>>;

/** Phase after a signal, for every phase before it; `none` = the signal is the first that is seen of the battle. */
export const transitions: Readonly<Record<Phase | 'none', Row>> = {
  none: {
    invited: 'invited',
    declined: 'declined',
    open: 'open',
    activity: 'running',
    finished: 'finished',
    'cut-short': 'cut-short',
    punish: 'punish',
    settled: 'settled',
  },
  invited: {
    invited: 'invited',
    declined: 'declined',
    open: 'open',
    activity: 'running',
    finished: 'finished',
    'cut-short': 'cut-short',
    punish: 'punish',
    settled: 'settled',
  },
  // Whoever declined may be asked again under the same id.
  declined: {
    invited: 'invited',
    declined: 'declined',
    open: 'open',
    activity: 'running',
    finished: 'finished',
    'cut-short': 'cut-short',
    punish: 'punish',
    settled: 'settled',
  },
  open: {
    invited: 'open',
    declined: 'open',
    open: 'open',
    activity: 'running',
    finished: 'finished',
    'cut-short': 'cut-short',
    punish: 'punish',
    settled: 'settled',
  },
  running: {
    invited: 'running',
    declined: 'running',
    open: 'running',
    activity: 'running',
    finished: 'finished',
    'cut-short': 'cut-short',
    punish: 'punish',
    settled: 'settled',
  },
  // The first end that was told is how it ended.
  finished: {
    invited: 'finished',
    declined: 'finished',
    open: 'finished',
    activity: 'finished',
    finished: 'finished',
    'cut-short': 'finished',
    punish: 'punish',
    settled: 'settled',
  },
  'cut-short': {
    invited: 'cut-short',
    declined: 'cut-short',
    open: 'cut-short',
    activity: 'cut-short',
    finished: 'cut-short',
    'cut-short': 'cut-short',
    punish: 'punish',
    settled: 'settled',
  },
  punish: {
    invited: 'punish',
    declined: 'punish',
    open: 'punish',
    activity: 'punish',
    finished: 'punish',
    'cut-short': 'punish',
    punish: 'punish',
    settled: 'settled',
  },
  settled: {
    invited: 'settled',
    declined: 'settled',
    open: 'settled',
    activity: 'settled',
    finished: 'settled',
    'cut-short': 'settled',
    punish: 'settled',
    settled: 'settled',
  },
};

export function signalOf(event: BattleInput): Signal {
  return event.kind === 'battle' && event.change === 'state' ? event.phase : 'activity';
}

/** The battle after `event`. The same object as before where the event changes nothing: stale, or about no battle. */
export function stepBattle(before: BattleState | null, event: BattleInput, context: BattleContext): BattleState | null {
  if (event.kind === 'score' && event.basis !== 'points') return before;
  const battleId = battleIdOf(before, event);
  if (battleId === '') return before;
  const same = before !== null && before.battleId === battleId;
  if (before !== null && !same && !displaces(before, event, context.ended)) return before;
  const known = same ? before : unknownBattle(battleId);
  const from = same ? before.phase : 'none';
  const after: BattleState = { ...known, phase: transitions[from][signalOf(event)] };
  takeIn(after, event, known);
  // Whoever sees a battle open, and not in the middle, sees all of its gifts, unless it began before anybody listened.
  if (after.phase === 'open' && from !== 'open')
    after.complete = isHeardFrom(after.startAt === 0 ? event.at : after.startAt, context.heardSince);
  settle(after, event, context.room);
  if (losesCount(known.sides, after.sides)) after.complete = false;
  // Until the own side was known, nobody's gifts were counted.
  if (isUnderWay(known) && known.own < 0 && after.own === 0) after.complete = false;
  return after;
}

/** '' = of no battle. Speed challenges did not name their battle in 2023: it is the one that is on. */
function battleIdOf(current: BattleState | null, event: BattleInput): string {
  if (event.battleId !== '' || event.kind === 'score' || event.change === 'state') return event.battleId;
  return current !== null && isUnderWay(current) ? current.battleId : '';
}

/**
 * True when an event of another battle ends the one on display. Neither an invitation while a battle or its victory lap
 * is on, nor anything about a battle that was displaced or is known to be older. An event whose time is not known
 * displaces only what is over, and an end only when it says that its battle is the newer one.
 */
function displaces(current: BattleState, event: BattleInput, ended: readonly string[]): boolean {
  if (ended.includes(event.battleId)) return false;
  const signal = signalOf(event);
  if (signal === 'invited' || signal === 'declined') {
    return current.phase === 'invited' || current.phase === 'declined' || current.phase === 'settled';
  }
  const time = timeOf(event);
  if (isOver(signal)) return time > current.startAt;
  if (time === 0) return signal === 'open' || !isUnderWay(current);
  return time >= current.startAt && (signal === 'open' || time > current.scoredAt);
}

/** When an event shows its battle to have been on; 0 = not said. An end shows it by its start alone. */
function timeOf(event: BattleInput): number {
  if (event.kind === 'score') return event.scoredAt === 0 ? event.at : event.scoredAt;
  if (event.change === 'task') return event.at;
  if (event.change === 'state' && isOver(event.phase)) return event.startAt;
  return event.startAt === 0 ? event.at : event.startAt;
}

function unknownBattle(battleId: string): BattleState {
  return {
    battleId,
    phase: 'invited',
    form: 'unknown',
    startAt: 0,
    durationSec: 0,
    extraSec: 0,
    dueAt: 0,
    endedAt: 0,
    complete: false,
    final: false,
    scoredAt: 0,
    sides: [],
    own: -1,
    items: [],
    task: null,
    cockpit: null,
  };
}

/** What the message tells beside the phase. */
function takeIn(after: BattleState, event: BattleInput, known: BattleState): void {
  if (event.kind === 'score') takeScore(after, event);
  else if (event.change === 'state') takeState(after, event, known);
  else if (event.change === 'item') takeItem(after, event);
  else after.task = { step: event.step, progress: event.progress, result: event.result };
}

function takeState(after: BattleState, event: BattleEvent, known: BattleState): void {
  if (event.form !== 'unknown') after.form = event.form;
  if (event.startAt !== 0) after.startAt = event.startAt;
  if (event.durationSec !== 0) after.durationSec = event.durationSec;
  after.extraSec = Math.max(after.extraSec, event.extraSec);
  const ends = isOver(event.phase);
  // The first message that ends the battle has its final points, whatever was told before.
  const rule: PointsRule = ends && !known.final ? 'replace' : 'raise';
  after.sides = mergeSides(after.sides, event.sides, rule, ends);
  if (ends && event.sides.some((side) => side.points !== null)) after.final = true;
  if (event.endAt !== 0 && ends) after.endedAt = event.endAt;
}

function takeScore(after: BattleState, event: ScoreEvent): void {
  const { scoredAt, startAt = 0, durationSec = 0, extraSec = 0, form = 'unknown' } = event;
  // A battle that was joined in the middle has it from its scores; what its own messages have said stands.
  if (after.startAt === 0) after.startAt = startAt;
  if (after.durationSec === 0) after.durationSec = durationSec;
  if (after.form === 'unknown') after.form = form;
  after.extraSec = Math.max(after.extraSec, extraSec);
  let rule: PointsRule = 'raise';
  if (!after.final && scoredAt > after.scoredAt) rule = 'replace';
  else if (scoredAt !== 0 && scoredAt < after.scoredAt) rule = 'ignore';
  after.sides = scoreSides(after.sides, event.sides, rule);
  after.scoredAt = Math.max(after.scoredAt, scoredAt);
}

function takeItem(after: BattleState, event: BattleItemEvent): void {
  const startAt = event.startAt === 0 ? event.at : event.startAt;
  const endAt = startAt === 0 || event.durationSec === 0 ? 0 : startAt + event.durationSec * 1_000;
  const { item, anchorId, userId, multiplier } = event;
  const items: ActiveItem[] = [];
  // Extra time works to the end of the battle: it is kept, and adds up.
  for (const other of after.items) if (isActive(other, event.at) || other.item === 'extra-time') items.push(other);
  items.push({ item, anchorId, userId, startAt, endAt, multiplier });
  if (items.length > limits.battleItemsMax.value) items.shift();
  after.items = items;
  if (item !== 'extra-time') return;
  let extraSec = 0;
  for (const other of items) {
    if (other.item === 'extra-time' && other.endAt !== 0) extraSec += (other.endAt - other.startAt) / 1_000;
  }
  after.extraSec = Math.max(after.extraSec, extraSec);
}

/** True while an item works at `at` (0 = time not said: whatever has no end in the past by then). */
export function isActive(item: ActiveItem, at: number): boolean {
  return item.endAt === 0 || item.endAt > at;
}

export function isOver(phase: Phase | Signal): boolean {
  return phase === 'finished' || phase === 'cut-short' || phase === 'punish' || phase === 'settled';
}

/** What follows from the rest: when it is due and over, and which side is ours. */
function settle(after: BattleState, event: BattleInput, room: OwnRoom): void {
  after.dueAt =
    after.startAt === 0 || after.durationSec === 0 ? 0 : after.startAt + (after.durationSec + after.extraSec) * 1_000;
  if (isOver(after.phase) && after.endedAt === 0) after.endedAt = endOf(after, event);
  const told = event.kind === 'battle' && event.change === 'state' ? hostInSides(event.sides, room) : '';
  const own = sideOfHost(after.sides, room.hostId === '' ? told : room.hostId);
  after.sides = ownFirst(after.sides, own);
  after.own = own < 0 ? -1 : 0;
  // Diamonds are counted from where we know which gifts are ours to count.
  if (own < 0 || after.sides[0]!.diamonds !== null) return;
  after.sides = after.sides.map((side, index) => (index === 0 ? { ...side, diamonds: 0 } : side));
}

/**
 * When a battle that is over ended, where no message has said it: when it was due, but never later than the news of it.
 */
function endOf(battle: BattleState, event: BattleInput): number {
  if (battle.dueAt === 0) return event.at;
  return event.at === 0 ? battle.dueAt : Math.min(battle.dueAt, event.at);
}

/**
 * A gift's time is when its message was made, up to 447 ms after it was sent (measured): so much later it still counts.
 */
const giftLagMs = 500;

/**
 * True when a gift of that time belongs to the battle, however late it arrives: not before the start, not after the
 * end. A gift without a time belongs to the battle that is on. Unknown start or end: whatever arrives while the battle
 * is on.
 */
export function isGiftOf(battle: BattleState, at: number): boolean {
  if (battle.phase === 'invited' || battle.phase === 'declined') return false;
  if (at === 0) return isUnderWay(battle);
  if (at < battle.startAt) return false;
  const end = battle.endedAt === 0 ? battle.dueAt : battle.endedAt;
  return end === 0 ? isUnderWay(battle) : at <= end + giftLagMs;
}
