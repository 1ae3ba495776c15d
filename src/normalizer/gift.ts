import { limits } from '../protocol/limits.ts';
import type { GiftEvent, GiftInfo, User } from '../protocol/events.ts';
import { repeatEnded } from '../protocol/webcast/values.ts';
import type { WebcastGiftMessage } from '../protocol/webcast/webcast_pb.ts';
import type { NormalizerCounter } from './counters.ts';
import { knownGift } from './known.ts';
import { readId, readName, readUser } from './read.ts';
import { advance, streakKey, uncounted, type Streak } from './streaks.ts';
import type { Handled, Turn } from './turn.ts';

// Gifts. What one adds to the board is count x price. Gifts of a streak come as running totals (see streaks.ts), gifts
// without a group are whole by themselves. `fanTicketCount`, the diamonds of the message by upstream's own account,
// says how much of a running total is new where the messages before it were not seen; where it does not agree with
// what is counted, the cause has a counter (`alarm…`). Source: 137 real gifts of 2023, two streams of 2026.

/** Boosters and strikes multiply match points by 2 to 5. */
const multiplierMax = 100;

export function gift(message: WebcastGiftMessage, turn: Turn): Handled {
  const user = readUser(message.user);
  if (user === null) return turn.quarantine('user-missing', 'gift without its sender');
  const giftId = readGiftId(message);
  if (giftId === '') return turn.quarantine('gift-missing', 'gift without its id');
  const total = message.repeatCount !== 0 ? message.repeatCount : message.comboCount;
  if (total < 0 || total > limits.giftCountMax.value)
    return turn.quarantine('count-absurd', `repeatCount ${total} of gift ${giftId}`);
  const price = message.gift?.diamondCount ?? 0;
  if (price < 0 || price > limits.giftPriceMax.value)
    return turn.quarantine('price-absurd', `diamondCount ${price} of gift ${giftId}`);
  const anchorId = readId(message.monitorInfo?.anchorId ?? '');
  if (anchorId !== '') turn.memory.hostId = anchorId;
  const group = readId(message.groupId);
  if (group === '') return wholeGift(message, turn, user, giftId, total);
  return streakGift(message, turn, user, giftId, group, total);
}

/** A gift without a group: each message counts once, whatever its end mark says (2026 sets it, 2023 did not). */
function wholeGift(message: WebcastGiftMessage, turn: Turn, user: User, giftId: string, total: number): Handled {
  const fan = message.fanTicketCount;
  const listed = message.gift?.diamondCount ?? 0;
  let count = total;
  if (count === 0 && fan > 0 && listed > 0) count = Math.floor(fan / listed);
  if (count === 0) return turn.quarantine('count-missing', `gift ${giftId} does not say how many`);
  const price = priceOf(listed, fan, count);
  if (count * price > limits.giftDiamondsMax.value) return absurdValue(turn, giftId, count, price);
  if (price === 0) turn.counters.add('alarmPriceUnknown');
  else if (fan <= 0) turn.counters.add('alarmFanTicketMissing');
  else if (fan !== count * price) turn.counters.add('alarmPriceMismatch');
  turn.out.push({
    kind: 'gift',
    id: turn.nextId(),
    at: turn.at,
    user,
    gift: readGift(message, turn, giftId, price, undefined),
    count,
    diamonds: count * price,
    streak: null,
    receiver: readReceiver(message, turn),
    multiplier: readMultiplier(message),
    standing: null,
    battle: null,
  });
  turn.counters.add('giftsCounted', count);
  turn.counters.add('diamondsCounted', count * price);
  return 'events';
}

/** A tick or the end mark of a streak. */
function streakGift(
  message: WebcastGiftMessage,
  turn: Turn,
  user: User,
  giftId: string,
  group: string,
  told: number,
): Handled {
  const { streaks } = turn.memory;
  const key = streakKey(user.id, giftId, group);
  const known = streaks.find(key);
  const end = message.repeatEnd === repeatEnded;
  if (told === 0 && !end) return turn.quarantine('count-missing', `tick of gift ${giftId} without its total`);
  const total = told === 0 && known !== undefined ? known.highest : told;
  const fan = message.fanTicketCount;
  const listed = message.gift?.diamondCount ?? 0;
  const price = listed > 0 ? listed : priceInStreak(known, fan, total);
  const guessed = listed === 0 && (known === undefined ? total > 1 : known.priceGuessed && total !== known.highest + 1);
  const added = addedBy(fan, price, total, end);
  const count = uncounted(known, total, added);
  if (count * price > limits.giftDiamondsMax.value) return absurdValue(turn, giftId, count, price);
  const alarm = price === 0 && count > 0 ? 'alarmPriceUnknown' : alarmOf(known, total, added, fan, price, end);
  if (alarm !== null) turn.counters.add(alarm);

  const gift = readGift(message, turn, giftId, price, known?.gift);
  const receiver = readReceiver(message, turn);
  if (known === undefined) makeRoom(turn);
  const streak = known ?? streaks.begin({ key, user, gift, group, receiver, at: turn.at }, total, turn.nowMs);
  const wasOpen = streak.open;
  advance(streak, total, added);
  streak.user = user;
  streak.gift = gift;
  streak.priceGuessed = guessed;
  streak.receiver = receiver;
  if (turn.at > streak.at) streak.at = turn.at;
  if (end) {
    streak.ended = true;
    streaks.settle(streak, turn.nowMs);
  } else if (wasOpen || count > 0) streaks.touch(streak, turn.nowMs);
  // An overtaken tick, or a second end: everything that it says is known.
  if (count === 0 && !(end && wasOpen)) return 'duplicate';
  turn.out.push(streakEvent(streak, turn.nextId(), turn.at, count, readMultiplier(message)));
  turn.counters.add('giftsCounted', count);
  turn.counters.add('diamondsCounted', count * price);
  return 'events';
}

function absurdValue(turn: Turn, giftId: string, count: number, price: number): Handled {
  return turn.quarantine('value-absurd', `${count} of gift ${giftId} at ${price} diamonds`);
}

/** Price of one: as listed, or else what the message's own diamonds make of `count`. 0 = not known. */
function priceOf(listed: number, fan: number, count: number): number {
  if (listed > 0 || fan <= 0 || count <= 0) return listed;
  return fan % count === 0 ? fan / count : 0;
}

/**
 * Price of one in a streak whose message lists none. Of a first tick in the middle nobody can say how many gifts its
 * diamonds were, so it counts as one, and what follows may only bring that price down.
 */
function priceInStreak(known: Streak | undefined, fan: number, total: number): number {
  if (known === undefined) return priceOf(0, fan, Math.min(total, 1));
  const { price } = known.gift;
  const step = total - known.highest;
  if (price === 0) return priceOf(0, fan, step);
  return known.priceGuessed && fan > 0 && step > 0 ? Math.min(price, priceOf(0, fan, step) || fan) : price;
}

/**
 * How many of the running total the message itself adds. A tick adds one at least; an end mark adds nothing unless it
 * says so. Its own diamonds say it exactly in all but broken messages.
 */
function addedBy(fan: number, price: number, total: number, end: boolean): number {
  const told = fan > 0 && price > 0 ? Math.floor(fan / price) : 0;
  return Math.min(Math.max(told, end ? 0 : 1), total);
}

/** Why the message's own diamonds are not what is counted of it, by the counter of that cause; null = they agree. */
function alarmOf(
  known: Streak | undefined,
  total: number,
  added: number,
  fan: number,
  price: number,
  end: boolean,
): NormalizerCounter | null {
  if (known === undefined) {
    if (end && fan <= 0) return 'alarmEndWithoutStart';
    if (fan <= 0) return 'alarmFanTicketMissing';
    if (fan !== added * price) return 'alarmPriceMismatch';
    return total > added ? 'alarmJoined' : null;
  }
  const step = total - known.highest;
  if (step < 0 || (step === 0 && !end)) return 'alarmOutOfOrder';
  if (end && fan <= 0) return step > 0 ? 'alarmMissedTicks' : null;
  if (fan <= 0) return 'alarmFanTicketMissing';
  if (fan === step * price) return null;
  return fan < step * price && fan % price === 0 ? 'alarmMissedTicks' : 'alarmPriceMismatch';
}

/** The event of a streak at its present total; `count` 0 = it only ends. */
export function streakEvent(streak: Streak, id: string, at: number, count: number, multiplier: number): GiftEvent {
  return {
    kind: 'gift',
    id,
    at,
    user: streak.user,
    gift: streak.gift,
    count,
    diamonds: count * streak.gift.price,
    streak: { group: streak.group, total: streak.highest, open: streak.open, joined: streak.floor > 0 },
    receiver: streak.receiver,
    multiplier,
    standing: null,
    battle: null,
  };
}

const settledPrefix = 'settle-';

/** Whether an event of that id settled a streak without an end mark. */
export function isSettledId(id: string): boolean {
  return id.startsWith(settledPrefix);
}

/**
 * The event that settles a streak without an end mark. Its id depends on the streak alone: a restart makes the same.
 */
export function settledEvent(streak: Streak): GiftEvent {
  const counted = streak.highest - streak.floor;
  const id = `${settledPrefix}${streak.group}-${streak.user.id}-${streak.gift.id}-${streak.highest}-${counted}`;
  return streakEvent(streak, id, streak.at, 0, 1);
}

/** At the bound of streaks an open one may have to be settled early. */
function makeRoom(turn: Turn): void {
  const settled = turn.memory.streaks.makeRoom();
  if (settled === null) return;
  turn.out.push(settledEvent(settled));
  turn.counters.add('streaksSettled');
}

function readGiftId(message: WebcastGiftMessage): string {
  const id = readId(message.giftId);
  return id === '' && message.gift !== undefined ? readId(message.gift.id) : id;
}

function readGift(
  message: WebcastGiftMessage,
  turn: Turn,
  id: string,
  price: number,
  known: GiftInfo | undefined,
): GiftInfo {
  const { gift } = message;
  if (gift === undefined) return knownGift(id, known?.name ?? '', price, known?.type ?? 0);
  return knownGift(id, readName(gift.name), price, turn.number(gift.type));
}

/** Who got it: '' = the room's host. */
function readReceiver(message: WebcastGiftMessage, turn: Turn): string {
  let id = message.toUser === undefined ? '' : readId(message.toUser.id);
  if (id === '' && message.monitorInfo !== undefined) id = readId(message.monitorInfo.toUserId);
  if (id === '') id = readId(message.toMemberIdInt);
  return id === turn.memory.hostId ? '' : id;
}

function readMultiplier(message: WebcastGiftMessage): number {
  if (message.matchInfo === undefined) return 1;
  const value = Number(message.matchInfo.multiplierValue);
  return value >= 1 && value <= multiplierMax ? value : 1;
}
