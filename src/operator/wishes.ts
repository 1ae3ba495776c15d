import { unreachable } from '../base/assert.ts';
import { MeksError } from '../protocol/errors.ts';
import { unknownUser, type User } from '../protocol/events.ts';
import type { LimitName } from '../protocol/limits.ts';
import { operatorLimits } from '../protocol/operator-limits.ts';
import {
  goalProgress,
  type ListChange,
  type OperatorItems,
  type OperatorList,
  type OperatorRequest,
  type OperatorSet,
  type OperatorWish,
} from '../protocol/operator.ts';
import type { RoomView } from '../protocol/room-view.ts';

// From what an operator asks for to the change that does it: pure. Throws MeksError MEKS_OPERATOR_FULL where a list has
// no room for one more, MEKS_OPERATOR_SAME where nothing would change.

/** What is known of the room and its people. */
export interface OperatorContext {
  readonly view: RoomView;
  /** null = nobody of that id has been met. */
  userOf(userId: string): User | null;
  /** Diamonds on the session board; 0 = none. */
  diamondsOf(userId: string): number;
}

/** An item that is there now; null = none. */
export type ItemOf = (list: OperatorList, key: string) => OperatorItems[OperatorList] | null;

type Wish<List extends OperatorList> = Extract<OperatorWish, { readonly list: List }>;

export function changeOf(
  { set, by }: OperatorRequest,
  at: number,
  context: OperatorContext,
  itemOf: ItemOf,
  notes: number,
): OperatorSet {
  const key = keyOf(set);
  const before = itemOf(set.list, key);
  const now = itemWished(set, { by, at }, context);
  if (now === null && before === null) throw same(`there is no ${set.list} ${quoted(key)} to take away`);
  if (now !== null && before !== null && isSame(now, before)) throw same(`${set.list} ${quoted(key)} is so already`);
  if (now !== null && before === null) checkRoom(set.list, context.view, notes);
  // Key, list and items are of one kind: `itemWished` answers in the kind of the wish.
  return { list: set.list, key, now, before } as ListChange<typeof set.list> as OperatorSet;
}

function keyOf(set: OperatorWish): string {
  if ('user' in set) return set.user;
  return set.list === 'mute-gift' ? set.gift.id : set.key;
}

interface Stamp {
  readonly by: string;
  readonly at: number;
}

function itemWished(set: OperatorWish, stamp: Stamp, context: OperatorContext): OperatorItems[OperatorList] | null {
  switch (set.list) {
    case 'pin':
    case 'mute':
      return set.on ? { ...stamp, user: person(set.user, context) } : null;
    case 'thanked': {
      const diamonds = context.diamondsOf(set.user);
      return set.on ? { ...stamp, user: person(set.user, context), diamonds } : null;
    }
    case 'note': {
      const { text, regular } = set;
      return text === '' && !regular ? null : { ...stamp, user: person(set.user, context), text, regular };
    }
    case 'mute-gift':
      return set.on ? { ...stamp, gift: set.gift } : null;
    case 'goal':
      return goalWished(set, stamp, context.view);
    case 'rule':
      return set.rule === null ? null : { ...stamp, id: set.key, ...set.rule };
    default:
      return unreachable(set);
  }
}

/** A goal counts from now; one that is changed counts on from where it began. */
function goalWished(set: Wish<'goal'>, stamp: Stamp, view: RoomView): OperatorItems['goal'] | null {
  if (set.goal === null) return null;
  const before = view.operator.goals.find((goal) => goal.id === set.key);
  const counted = { ...stamp, id: set.key, ...set.goal, from: 0 };
  const goesOn = before !== undefined && before.measure === set.goal.measure;
  return { ...counted, from: goesOn ? before.from : goalProgress(view.session, counted) };
}

/** The person without the picture: what is shared is small. */
function person(userId: string, context: OperatorContext): User {
  return { ...(context.userOf(userId) ?? unknownUser(userId)), avatar: '' };
}

/** Who set it and when makes no difference. */
function isSame(a: object, b: object): boolean {
  const plain = (item: object): string => JSON.stringify({ ...item, by: '', at: 0 });
  return plain(a) === plain(b);
}

const limitOf = {
  pin: 'operatorPinsMax',
  thanked: null,
  note: 'operatorNotesMax',
  mute: 'operatorMutesMax',
  'mute-gift': 'operatorMutesMax',
  goal: 'operatorGoalsMax',
  rule: 'operatorRulesMax',
} as const satisfies Record<OperatorList, LimitName | null>;

/** Throws MEKS_OPERATOR_FULL where the list has no room for one more. `notes` there are in all. */
export function checkRoom(list: OperatorList, { operator }: RoomView, notes: number): void {
  const limit = limitOf[list];
  if (limit === null) return;
  const lengths = {
    pin: operator.pins.length,
    thanked: 0,
    note: notes,
    mute: operator.mutes.length,
    'mute-gift': operator.mutedGifts.length,
    goal: operator.goals.length,
    rule: operator.rules.length,
  };
  if (lengths[list] < operatorLimits[limit].value) return;
  const message = `${lengths[list]} of the list ${list} are as many as a room has (${limit}): take one away first`;
  throw new MeksError('MEKS_OPERATOR_FULL', message);
}

function same(why: string): MeksError {
  return new MeksError('MEKS_OPERATOR_SAME', `${why}: nothing would change`);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
