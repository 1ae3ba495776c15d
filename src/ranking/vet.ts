import { assert } from '../base/assert.ts';
import type { BattleState } from '../protocol/battle-state.ts';
import type { CorrectionAction } from '../protocol/corrections.ts';
import type { MeksEvent, User } from '../protocol/events.ts';
import { encodeEventFrame } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import { operatorLists } from '../protocol/operator.ts';
import { type BattleInput, transitions } from './battle.ts';
import { userCharsMax } from './roster.ts';

// Looks at an event before the ranking touches anything. Types say what an event is like, but it comes from code that
// reads what upstream sent: a number that is none, or a user without an id, would otherwise be found half way through a
// turn. Throws AssertionError: an event that fails here is a bug of whoever made it, and nothing has changed.

export function vet(event: MeksEvent): void {
  number(event.at);
  switch (event.kind) {
    case 'gift':
      user(event.user);
      text(event.id);
      amount(event.count);
      assert(event.count > 0 || event.diamonds === 0, 'what adds no gift adds no diamonds');
      amount(event.diamonds);
      amount(event.gift.price);
      text(event.gift.id);
      text(event.gift.name);
      text(event.receiver);
      break;
    case 'battle':
      battle(event);
      break;
    case 'score':
      text(event.battleId);
      for (const time of [event.scoredAt, event.startAt, event.durationSec, event.extraSec]) number(time ?? 0);
      text(event.form ?? '');
      if (event.from !== undefined) text(event.from.room);
      for (const side of event.sides) {
        text(side.id);
        number(side.value);
        for (const { user: best, diamonds } of side.top) {
          text(best.id);
          if (diamonds !== null) number(diamonds);
        }
      }
      break;
    case 'correction':
      correction(event);
      break;
    default:
      vetPlain(event);
  }
}

/** The same for how large `event` is with the battle that follows from it: what the log cannot take changes nothing. */
export function vetSize(seq: number, event: BattleInput, state: BattleState | null): void {
  const bytes = Buffer.byteLength(encodeEventFrame(seq, { ...event, state }));
  assert(bytes <= limits.eventBytesMax.value, `event-too-large: ${bytes} bytes with the state of its battle`);
}

type PlainEvent = Exclude<MeksEvent, { kind: 'gift' | 'battle' | 'score' | 'correction' }>;

/** Events that touch no board: only what the view would carry on. */
function vetPlain(event: PlainEvent): void {
  switch (event.kind) {
    case 'rank':
      number(event.rank);
      text(event.list);
      text(event.userId);
      if (event.score !== null) number(event.score);
      break;
    case 'viewers':
      number(event.current);
      number(event.total);
      assert(Array.isArray(event.top), 'top viewers are a list');
      break;
    case 'like':
      number(event.total);
      break;
    case 'room':
      text(event.text);
      number(event.value);
      number(event.target);
      if (event.liveId !== undefined) text(event.liveId);
      break;
    case 'operator':
      operatorEvent(event);
      break;
    case 'gap':
      number(event.lengthMs);
      number(event.missed);
      break;
    case 'follow':
    case 'share':
    case 'join':
    case 'chat':
      break;
    default:
      unknownKind(event);
  }
}

function battle(event: Extract<MeksEvent, { kind: 'battle' }>): void {
  text(event.battleId);
  switch (event.change) {
    case 'state':
      assert(event.phase in transitions.none, 'a phase is one of those known');
      text(event.form);
      for (const time of [event.startAt, event.durationSec, event.extraSec, event.endAt]) number(time);
      sides(event.sides);
      break;
    case 'item':
      for (const value of [event.startAt, event.durationSec, event.multiplier]) number(value);
      for (const value of [event.item, event.anchorId, event.userId]) text(value);
      break;
    case 'task':
      number(event.progress);
      text(event.step);
      text(event.result);
      break;
    default:
      unknownKind(event);
  }
}

/** Operators' items are made by src/operator, which looks at each; what matters here is that the view can take them. */
function operatorEvent({ change }: Extract<MeksEvent, { kind: 'operator' }>): void {
  if (change.list === 'alert') assert(typeof change.alert === 'object', 'an alert is an object');
  else if (change.list === 'note-shown') user(change.note.user);
  else {
    assert(lists.has(change.list), 'a list is one of those known');
    text(change.key);
    assert(typeof change.now === 'object', 'an item is an object, or null');
  }
}

const lists: ReadonlySet<string> = new Set(operatorLists);

function unknownKind(event: never): never {
  throw new TypeError(`an event of unknown kind: ${JSON.stringify(event)}`);
}

const actions: ReadonlySet<string> = new Set<CorrectionAction>(['add', 'move', 'merge', 'void', 'attribute', 'undo']);

function correction(event: Extract<MeksEvent, { kind: 'correction' }>): void {
  user(event.user);
  if (event.target !== null) user(event.target);
  // The ledger knows "nobody" by the empty id.
  assert(event.user.id !== '' && event.target?.id !== '', 'whom a correction concerns has an id');
  const between = event.action === 'move' || event.action === 'merge';
  assert(!between || event.target !== null, 'a move or merge names who receives');
  amount(event.diamonds);
  assert(actions.has(event.action), 'an action is one of those known');
  text(event.id);
  text(event.reason);
  text(event.by);
  if (event.receiver !== undefined) text(event.receiver);
  if (event.undoes !== undefined) text(event.undoes);
  if (event.gift !== undefined) {
    text(event.gift.id);
    amount(event.gift.seq);
  }
  for (const side of [event.side, event.fromSide]) {
    if (side === undefined) continue;
    text(side.battleId);
    text(side.sideId);
  }
}

function sides(list: Extract<MeksEvent, { kind: 'battle'; change: 'state' }>['sides']): void {
  for (const side of list) {
    text(side.id);
    for (const host of side.hosts) user(host);
    for (const room of side.rooms) text(room);
    text(side.outcome);
    if (side.points !== null) number(side.points);
    if (side.winStreak !== null) number(side.winStreak);
  }
}

function user(value: User): void {
  text(value.id);
  text(value.handle);
  text(value.name);
  text(value.avatar);
  const chars = value.id.length + value.handle.length + value.name.length + value.avatar.length;
  assert(chars <= userCharsMax, 'a profile has at most userCharsMax characters');
}

function text(value: unknown): void {
  assert(typeof value === 'string', 'a text is a string');
}

function number(value: unknown): void {
  assert(Number.isFinite(value), 'a number is finite');
}

/** Diamonds and counts. */
function amount(value: number): void {
  assert(Number.isSafeInteger(value), 'an amount is a whole number');
  assert(value >= 0, 'an amount is not negative');
}
