import type { User } from '../../src/protocol/events.ts';
import type { Alert, AlertRule, Goal, Note, OperatorItems, OperatorSet } from '../../src/protocol/operator.ts';
import { operatorLimits } from '../../src/protocol/operator-limits.ts';
import { goalProgress, isShown } from '../../src/protocol/operator.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { age, compact, counted, exact, timeOfDay } from '../views/format.ts';
import { displayName } from '../views/names.ts';

// What operators share, as the shell shows it: pins with where they stand, whom to thank and for how much, goals with
// progress, alerts in words. Pure: from a view, a few times a second.

export interface PinFace {
  readonly user: User;
  readonly name: string;
  /** Rank on the session board; null = not among the rows that the page has. */
  readonly rank: number | null;
  readonly diamonds: number | null;
  readonly note: string;
}

export interface ThanksFace {
  readonly user: User;
  readonly name: string;
  readonly rank: number;
  /** Diamonds since they were thanked last. */
  readonly diamonds: number;
  /** They were thanked before, for less. */
  readonly again: boolean;
}

export interface GoalFace {
  readonly goal: Goal;
  readonly progress: number;
  /** From 0 to 1. */
  readonly share: number;
}

export interface OperatorFace {
  readonly pins: readonly PinFace[];
  /** Who gave most since they were thanked, most first. */
  readonly thanks: readonly ThanksFace[];
  /** Gifters in sight who are thanked for everything. */
  readonly thanked: number;
  readonly goals: readonly GoalFace[];
  readonly rules: readonly AlertRule[];
  readonly mutes: readonly User[];
  readonly mutedGifts: readonly { readonly id: string; readonly name: string }[];
  /** The newest alert that sums do not agree, whether they do by now or not; null = none is known. */
  readonly mismatch: Alert | null;
}

export const thanksRowsMax = 25;

export const nothingShared: OperatorFace = {
  pins: [],
  thanks: [],
  thanked: 0,
  goals: [],
  rules: [],
  mutes: [],
  mutedGifts: [],
  mismatch: null,
};

export function operatorFace(view: RoomView): OperatorFace {
  const { operator, board, session } = view;
  const thankedFor = new Map(operator.thanked.map((one) => [one.user.id, one.diamonds]));
  const waiting: ThanksFace[] = [];
  let thanked = 0;
  board.forEach(({ user, diamonds }, index) => {
    const before = thankedFor.get(user.id) ?? 0;
    if (before >= diamonds) thanked++;
    else {
      const name = displayName(user);
      waiting.push({ user, name, rank: index + 1, diamonds: diamonds - before, again: before > 0 });
    }
  });
  return {
    pins: operator.pins.map(({ user }) => pinFace(user, view)),
    thanks: waiting.toSorted((a, b) => b.diamonds - a.diamonds || a.rank - b.rank).slice(0, thanksRowsMax),
    thanked,
    goals: operator.goals.map((goal) => goalFace(goal, goalProgress(session, goal))),
    rules: operator.rules,
    mutes: operator.mutes.map(({ user }) => user),
    mutedGifts: operator.mutedGifts.map(({ gift }) => gift),
    mismatch: operator.alerts.findLast(({ kind }) => kind === 'mismatch') ?? null,
  };
}

function pinFace(user: User, { board, operator }: RoomView): PinFace {
  const index = board.findIndex((row) => row.user.id === user.id);
  const row = board[index];
  return {
    user: row?.user ?? user,
    name: displayName(row?.user ?? user),
    rank: row === undefined ? null : index + 1,
    diamonds: row?.diamonds ?? null,
    note: noteOf(operator.notes, user.id)?.text ?? '',
  };
}

function goalFace(goal: Goal, progress: number): GoalFace {
  return { goal, progress, share: Math.min(1, progress / goal.target) };
}

function noteOf(notes: readonly Note[], userId: string): Note | undefined {
  return notes.find((note) => note.user.id === userId);
}

/** It is known what note there is; null = that there is none. */
export interface NoteKnown {
  readonly kind: 'known';
  readonly note: Note | null;
}

/** One gifter, as their dialog shows them. */
export interface GifterFace {
  readonly user: User;
  readonly name: string;
  readonly rank: number | null;
  readonly diamonds: number | null;
  readonly pinned: boolean;
  readonly muted: boolean;
  /** Thanked for everything so far. */
  readonly thanked: boolean;
  /** null = the view does not have it: that is not to say that there is none. */
  readonly note: NoteKnown | null;
}

export function gifterFace(view: RoomView, user: User): GifterFace {
  const { operator } = view;
  const pin = pinFace(user, view);
  const thanked = operator.thanked.find((one) => one.user.id === user.id);
  return {
    user: pin.user,
    name: pin.name,
    rank: pin.rank,
    diamonds: pin.diamonds,
    pinned: operator.pins.some((one) => one.user.id === user.id),
    muted: operator.mutes.some((one) => one.user.id === user.id),
    thanked: thanked !== undefined && thanked.diamonds >= (pin.diamonds ?? 0),
    note: noteKnown(view, user.id),
  };
}

/** Of who is not in sight the view has no note; a view that is full has let go of some. */
function noteKnown(view: RoomView, userId: string): NoteKnown | null {
  const { notes } = view.operator;
  const note = noteOf(notes, userId) ?? null;
  const isWhole = notes.length < operatorLimits.operatorNotesShownMax.value && isShown(view, userId);
  return note !== null || isWhole ? { kind: 'known', note } : null;
}

/** Who wrote it, and when. */
export function noteStamp({ by, at }: Note): string {
  return `${by}, ${timeOfDay(at)}`;
}

const alertsMax = 3;

/**
 * The alerts on screen with one more, in their order: the newest few. What questions the numbers themselves gives way
 * to its like alone.
 */
export function withAlert(alerts: readonly Alert[], alert: Alert): Alert[] {
  const all = [...alerts, alert];
  const newest = (questions: boolean): Alert[] =>
    all.filter(({ kind }) => (kind === 'mismatch') === questions).slice(-alertsMax);
  const kept = new Set([...newest(true), ...newest(false)]);
  return all.filter((one) => kept.has(one));
}

/** An alert as a sentence. */
export function alertWords(alert: Alert): string {
  const name = alert.user === null ? '' : displayName(alert.user);
  const held = alert.held > 0 ? ` (${alert.held} more since the last)` : '';
  return `${sentenceOf(alert, name)}${held}`;
}

function sentenceOf({ kind, value, usual, text, at }: Alert, name: string): string {
  switch (kind) {
    case 'value':
      return `${name} sent ${counted(value, 'diamond')}${text === '' ? '' : `: ${text}`}.`;
    case 'velocity':
      return `${exact(value)} diamonds in a minute; usually ${compact(usual)}.`;
    case 'arrival': {
      const before =
        value === 0 ? 'for the first time since the note' : `last seen ${age(Math.max(0, at - value))} ago`;
      return `${name} is here, ${before}${text === '' ? '.' : `: ${text}`}`;
    }
    case 'missing':
      return value === 1 ? `${text} is not here yet.` : `${exact(value)} regulars are not here yet: ${text}.`;
    default:
      return `The broker’s own sums do not agree: ${text}. Do not rely on what is shown.`;
  }
}

/** What a rule is for, in words. */
export function ruleWords({ kind, threshold, scope }: AlertRule): string {
  const where = scope === 'always' ? '' : scope === 'battle' ? ', in battles' : ', outside of battles';
  switch (kind) {
    case 'value':
      return `A gift or streak of ${counted(threshold, 'diamond')}${where}`;
    case 'velocity':
      return `A minute of ${threshold} times the usual diamonds${where}`;
    case 'arrival':
      return `A regular arrives${where}`;
    default:
      return `Regulars who are missing after ${counted(threshold, 'minute')}${where}`;
  }
}

const lists = {
  pin: ['pinned', 'unpinned'],
  thanked: ['marked as thanked', 'no longer marked as thanked'],
  note: ['noted', 'no longer noted'],
  mute: ['muted here, not in totals', 'heard again'],
  'mute-gift': ['muted here, not in totals', 'shown again'],
  goal: ['set as a goal', 'no longer a goal'],
  rule: ['set as an alert', 'no longer an alert'],
} as const;

/** What a change did, as a sentence. */
export function changeWords(change: OperatorSet): string {
  const item = change.now ?? change.before;
  const [on, off] = lists[change.list];
  return `${item === null ? change.key : itemName(item)}: ${change.now === null ? off : on}.`;
}

function itemName(item: OperatorItems[keyof OperatorItems]): string {
  if ('user' in item) return displayName(item.user);
  if ('gift' in item) return item.gift.name === '' ? `Gift ${item.gift.id}` : item.gift.name;
  return 'label' in item ? item.label : ruleWords(item);
}
