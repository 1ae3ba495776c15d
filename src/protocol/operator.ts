import { unreachable } from '../base/assert.ts';
import type { EventBase, User } from './events.ts';
import { operatorLimits } from './operator-limits.ts';
import type { RoomView } from './room-view.ts';

// What operators do together at a room's desks: pins, thanks, notes, mutes, goals, alert rules, and the alerts that
// come of them. Each change is an event of kind `operator` in the room's one stream, so that it is ordered, logged,
// seen by all desks at once and there again after a restart. None of it touches a total. Everything is a list of items
// by key; a change puts one item in the place of another and says what was there before, which is what an undo needs.
// Bounded by operatorLimits. The view has the notes of people who can be seen (on the board's first rows, or pinned);
// all of them are in the broker (src/operator).

/** Who set it, and when: Unix ms by the broker's clock. */
interface Stamp {
  readonly by: string;
  readonly at: number;
}

/** Stays on top of the board. */
export interface Pin extends Stamp {
  readonly user: User;
}

/** Was thanked when the session's diamonds were so many: what came since then is not thanked for yet. */
export interface Thanked extends Stamp {
  readonly user: User;
  readonly diamonds: number;
}

/** What operators know of a person, across sessions. */
export interface Note extends Stamp {
  readonly user: User;
  /** '' where only `regular` matters. */
  readonly text: string;
  /** A regular: alerts tell when they arrive, and when they are missing. */
  readonly regular: boolean;
}

/** Left out of feed and sounds, never of totals. */
export interface Mute extends Stamp {
  readonly user: User;
}

export interface MutedGift extends Stamp {
  readonly gift: { readonly id: string; readonly name: string };
}

export const goalMeasures = ['diamonds', 'gifts', 'gifters', 'follows', 'shares', 'likes'] as const;
export type GoalMeasure = (typeof goalMeasures)[number];

/** Progress is the measure of the session minus `from`. A new session counts from 0. */
export interface Goal extends Stamp {
  readonly id: string;
  readonly label: string;
  readonly measure: GoalMeasure;
  readonly target: number;
  readonly from: number;
}

export const ruleKinds = ['value', 'velocity', 'arrival', 'missing'] as const;
export type RuleKind = (typeof ruleKinds)[number];

export interface AlertRule extends Stamp {
  readonly id: string;
  readonly kind: RuleKind;
  /**
   * `value`: diamonds of one gift or streak. `velocity`: times the usual diamonds of a minute. `missing`: minutes after
   * the session's start. `arrival`: nothing, 0.
   */
  readonly threshold: number;
  /** Whether it is asked for during battles, outside of them, or always. */
  readonly scope: 'always' | 'battle' | 'outside';
  /** After an alert, this rule is quiet for so long; what it held back is counted in the next one. */
  readonly cooldownSec: number;
}

export interface Alert {
  readonly id: string;
  /** Id of the rule; '' = the broker itself. */
  readonly rule: string;
  /** `mismatch`: the broker's own check found sums that do not agree. */
  readonly kind: RuleKind | 'mismatch';
  readonly at: number;
  /** Who it is about; null = nobody. */
  readonly user: User | null;
  /**
   * `value`: diamonds. `velocity`: diamonds of the last minute. `arrival`: when last seen, Unix ms, 0 = never.
   * `missing`: how many. `mismatch`: how many sums.
   */
  readonly value: number;
  /** `velocity`: the usual diamonds of a minute; otherwise 0. */
  readonly usual: number;
  /** The gift's name, the note, the names of who is missing, the first sum that does not agree. */
  readonly text: string;
  /** Alerts of the same rule held back since the one before. */
  readonly held: number;
}

/** Items by the name of their list. */
export interface OperatorItems {
  readonly pin: Pin;
  readonly thanked: Thanked;
  readonly note: Note;
  readonly mute: Mute;
  readonly 'mute-gift': MutedGift;
  readonly goal: Goal;
  readonly rule: AlertRule;
}

export type OperatorList = keyof OperatorItems;

export const operatorLists = [
  'pin',
  'thanked',
  'note',
  'mute',
  'mute-gift',
  'goal',
  'rule',
] as const satisfies readonly OperatorList[];

/** One item takes the place of another; null = none. */
export interface ListChange<List extends OperatorList> {
  readonly list: List;
  /** User id, gift id, or the item's own id. */
  readonly key: string;
  readonly now: OperatorItems[List] | null;
  readonly before: OperatorItems[List] | null;
}

export type OperatorSet = { [List in OperatorList]: ListChange<List> }[OperatorList];

export type OperatorChange =
  | OperatorSet
  | { readonly list: 'alert'; readonly alert: Alert }
  /** Somebody with a note has come in sight. */
  | { readonly list: 'note-shown'; readonly note: Note };

export interface OperatorEvent extends EventBase {
  readonly kind: 'operator';
  /** '' = the broker itself. */
  readonly by: string;
  readonly change: OperatorChange;
  /** Id of the event that this one takes back. */
  readonly undoes?: string;
  /** Keys of items that had to go: a list was full. */
  readonly dropped?: readonly string[];
}

export interface OperatorView {
  pins: Pin[];
  thanked: Thanked[];
  notes: Note[];
  mutes: Mute[];
  mutedGifts: MutedGift[];
  goals: Goal[];
  rules: AlertRule[];
  /** Newest last. */
  alerts: Alert[];
}

export function emptyOperatorView(): OperatorView {
  return { pins: [], thanked: [], notes: [], mutes: [], mutedGifts: [], goals: [], rules: [], alerts: [] };
}

/** What an operator asks for: the item without its stamp, or null to take it away. */
export interface OperatorRequest {
  /** Chosen by who asks, and the id of the event: the same change sent twice is carried out once. */
  readonly id: string;
  readonly by: string;
  readonly set: OperatorWish;
}

/** Takes a change back: that with the id `undoes`, or the newest one of `by`. */
export interface OperatorUndoRequest {
  readonly id: string;
  readonly by: string;
  readonly undoes?: string;
}

/** A change is in the log. `seq` is its event; `again`: it had been carried out before. */
export interface OperatorAnswer {
  readonly id: string;
  readonly seq: number;
  readonly again: boolean;
}

/** Somebody with a note. */
export interface KnownPerson {
  readonly note: Note;
  /** Unix ms by upstream; 0 = not since the note was made. */
  readonly lastSeenAt: number;
}

export type OperatorWish =
  | { readonly list: 'pin' | 'mute'; readonly user: string; readonly on: boolean }
  /** `on`: thanked for everything so far. */
  | { readonly list: 'thanked'; readonly user: string; readonly on: boolean }
  /** Neither text nor regular: the note goes. */
  | { readonly list: 'note'; readonly user: string; readonly text: string; readonly regular: boolean }
  | { readonly list: 'mute-gift'; readonly gift: { readonly id: string; readonly name: string }; readonly on: boolean }
  | {
      readonly list: 'goal';
      readonly key: string;
      readonly goal: Pick<Goal, 'label' | 'measure' | 'target'> | null;
    }
  | {
      readonly list: 'rule';
      readonly key: string;
      readonly rule: Pick<AlertRule, 'kind' | 'threshold' | 'scope' | 'cooldownSec'> | null;
    };

/** A goal's progress: never below 0. */
export function goalProgress(session: RoomView['session'], goal: Goal): number {
  return Math.max(0, session[goal.measure] - goal.from);
}

/** Moves the operators' part of a view. Mutates, as applyEvent does. */
export function applyOperator(view: RoomView, event: OperatorEvent): void {
  // A view that was saved before there were operators has none.
  const operator = (view.operator ??= emptyOperatorView());
  const { change } = event;
  switch (change.list) {
    case 'pin':
      operator.pins = placed(operator.pins, userKey, change, operatorLimits.operatorPinsMax.value);
      break;
    case 'thanked':
      operator.thanked = placed(operator.thanked, userKey, change, operatorLimits.operatorThankedMax.value);
      break;
    case 'note':
      // One that is in the view already is kept true there, also when its person has left the rows.
      if (change.now === null || isShown(view, change.key) || operatorItem(operator, 'note', change.key) !== null)
        operator.notes = placed(operator.notes, userKey, change, operatorLimits.operatorNotesShownMax.value);
      break;
    case 'note-shown':
      showNote(operator, change.note);
      break;
    case 'mute':
      operator.mutes = placed(operator.mutes, userKey, change, operatorLimits.operatorMutesMax.value);
      break;
    case 'mute-gift':
      operator.mutedGifts = placed(operator.mutedGifts, giftKey, change, operatorLimits.operatorMutesMax.value);
      break;
    case 'goal':
      operator.goals = placed(operator.goals, ownKey, change, operatorLimits.operatorGoalsMax.value);
      break;
    case 'rule':
      operator.rules = placed(operator.rules, ownKey, change, operatorLimits.operatorRulesMax.value);
      break;
    case 'alert':
      operator.alerts = [...operator.alerts.slice(1 - operatorLimits.operatorAlertsShownMax.value), change.alert];
      break;
  }
}

/** What of the operators' state outlives a session: all but thanks, and notes of people who are not in sight. */
export function operatorAfterSession(operator: OperatorView): OperatorView {
  const pinned = new Set(operator.pins.map(userKey));
  return {
    ...operator,
    thanked: [],
    notes: operator.notes.filter((note) => pinned.has(userKey(note))),
    goals: operator.goals.map((goal) => ({ ...goal, from: 0 })),
  };
}

/** True for who can be seen: on the first rows of the board, or pinned. */
export function isShown(view: RoomView, userId: string): boolean {
  if (view.operator.pins.some((pin) => pin.user.id === userId)) return true;
  return view.board.some((row) => row.user.id === userId);
}

/** The item of `list` with this key as the view has it; null = none. Notes: those in sight. */
export function operatorItem(
  operator: OperatorView,
  list: OperatorList,
  key: string,
): OperatorItems[OperatorList] | null {
  switch (list) {
    case 'pin':
      return operator.pins.find((pin) => pin.user.id === key) ?? null;
    case 'thanked':
      return operator.thanked.find((thanked) => thanked.user.id === key) ?? null;
    case 'note':
      return operator.notes.find((note) => note.user.id === key) ?? null;
    case 'mute':
      return operator.mutes.find((mute) => mute.user.id === key) ?? null;
    case 'mute-gift':
      return operator.mutedGifts.find((muted) => muted.gift.id === key) ?? null;
    case 'goal':
      return operator.goals.find((goal) => goal.id === key) ?? null;
    case 'rule':
      return operator.rules.find((rule) => rule.id === key) ?? null;
    default:
      return unreachable(list);
  }
}

function userKey(item: { readonly user: User }): string {
  return item.user.id;
}

function giftKey(item: MutedGift): string {
  return item.gift.id;
}

function ownKey(item: { readonly id: string }): string {
  return item.id;
}

function showNote(operator: OperatorView, note: Note): void {
  const change = { key: note.user.id, now: note };
  operator.notes = placed(operator.notes, userKey, change, operatorLimits.operatorNotesShownMax.value);
}

/** `items` with `now` in the place of the one with that key, or at the end; the oldest beyond `max` are gone. */
function placed<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  change: { readonly key: string; readonly now: Item | null },
  max: number,
): Item[] {
  const { key, now } = change;
  const at = items.findIndex((item) => keyOf(item) === key);
  if (now === null) return items.filter((_, index) => index !== at);
  if (at >= 0) return items.map((item, index) => (index === at ? now : item));
  return [...items.slice(Math.max(0, items.length + 1 - max)), now];
}
