import { battleAction, battleResult, battleStatus, controlAction } from '../../protocol/webcast/values.ts';
import { Wire } from './wire.ts';

// What a simulated LIVE says, as Webcast bytes with just the fields that MEKS reads. Field numbers: webcast.proto.

export interface Person {
  readonly id: number;
  readonly name: string;
}

/** What every message begins with. */
export interface Heading {
  readonly msgId: number;
  readonly liveId: number;
  /** Unix ms. */
  readonly at: number;
}

export interface GiftFacts {
  readonly sender: Person;
  readonly giftId: number;
  readonly price: number;
  /** Running total of its streak, or how many where there is none. */
  readonly total: number;
  /** 0 = no streak: the message is a whole gift. */
  readonly group: number;
  /** Only ends the streak. */
  readonly end: boolean;
  /** How many of `total` this message adds by its own account. */
  readonly added: number;
  readonly hostId: number;
}

export interface BattleFacts {
  readonly battleId: number;
  readonly hostId: number;
  readonly rivalId: number;
  readonly startAt: number;
  readonly durationSec: number;
  readonly points: readonly [number, number];
}

function begin(method: string, { msgId, liveId, at }: Heading): Wire {
  const common = new Wire().text(1, method).int(2, msgId).int(3, liveId).int(4, at).bytes();
  return new Wire().part(1, common);
}

function user({ id, name }: Person): Uint8Array {
  return new Wire().int(1, id).text(3, name).text(38, `viewer.${id}`).bytes();
}

export function giftBytes(heading: Heading, facts: GiftFacts): Uint8Array {
  const { sender, giftId, price, total, group, end, added, hostId } = facts;
  const person = user(sender);
  const type = group === 0 ? 4 : 1;
  const gift = new Wire().int(5, giftId).int(10, 1).int(11, type).int(12, price).text(16, `Gift ${giftId}`).bytes();
  const monitor = new Wire().int(1, hostId).int(8, hostId).bytes();
  const message = begin('WebcastGiftMessage', heading).int(2, giftId);
  message
    .int(3, added * price)
    .int(4, 1)
    .int(5, total)
    .int(6, total)
    .part(7, person)
    .int(9, end ? 1 : 0);
  return message.int(11, group).part(15, gift).part(23, monitor).bytes();
}

export function chatBytes(heading: Heading, person: Person, text: string): Uint8Array {
  const by = user(person);
  return begin('WebcastChatMessage', heading).part(2, by).text(3, text).text(14, 'en').bytes();
}

export function likeBytes(heading: Heading, person: Person, count: number, total: number): Uint8Array {
  const by = user(person);
  return begin('WebcastLikeMessage', heading).int(2, count).int(3, total).part(5, by).bytes();
}

/** A follow (1) or share (3). */
export function socialBytes(heading: Heading, person: Person, action: number): Uint8Array {
  const by = user(person);
  return begin('WebcastSocialMessage', heading).part(2, by).int(4, action).int(6, 100).bytes();
}

export function joinBytes(heading: Heading, person: Person, viewers: number): Uint8Array {
  const by = user(person);
  return begin('WebcastMemberMessage', heading).part(2, by).int(3, viewers).int(10, 1).bytes();
}

export function viewersBytes(heading: Heading, current: number, total: number): Uint8Array {
  return begin('WebcastRoomUserSeqMessage', heading).int(3, current).int(7, total).bytes();
}

/** The LIVE is over. */
export function endedBytes(heading: Heading): Uint8Array {
  return begin('WebcastControlMessage', heading).int(2, controlAction.ended).bytes();
}

function settings(facts: BattleFacts, status: number): Uint8Array {
  const { battleId, startAt, durationSec } = facts;
  return new Wire().int(1, battleId).int(2, startAt).int(3, durationSec).int(5, status).int(8, 1).bytes();
}

function anchor(id: number, roomId: number): Uint8Array {
  const person = new Wire().int(1, id).text(2, `Host ${id}`).text(4, `host.${id}`).int(5, roomId).bytes();
  const value = new Wire().part(1, person).bytes();
  return new Wire().int(1, id).part(2, value).bytes();
}

export function battleOpenBytes(heading: Heading, facts: BattleFacts): Uint8Array {
  const { battleId, hostId, rivalId } = facts;
  const how = settings(facts, battleStatus.started);
  const own = anchor(hostId, heading.liveId);
  const rival = anchor(rivalId, heading.liveId + 1);
  const message = begin('WebcastLinkMicBattle', heading).int(2, battleId).part(3, how);
  return message.int(4, battleAction.open).part(10, own).part(10, rival).bytes();
}

function resultOf(id: number, result: number, points: number): Uint8Array {
  const value = new Wire().int(1, id).present(2, result).int(3, points).bytes();
  return new Wire().int(1, id).part(2, value).bytes();
}

export function battleFinishBytes(heading: Heading, facts: BattleFacts): Uint8Array {
  const { battleId, hostId, rivalId, points } = facts;
  const [own, rival] = points;
  const outcome = (a: number, b: number): number =>
    a > b ? battleResult.win : a < b ? battleResult.lose : battleResult.draw;
  const how = settings(facts, battleStatus.started);
  const results = [resultOf(hostId, outcome(own, rival), own), resultOf(rivalId, outcome(rival, own), rival)];
  const people = [anchor(hostId, heading.liveId), anchor(rivalId, heading.liveId + 1)];
  const message = begin('WebcastLinkMicBattle', heading).int(2, battleId).part(3, how).int(4, battleAction.finish);
  return message.part(5, results[0]!).part(5, results[1]!).part(10, people[0]!).part(10, people[1]!).bytes();
}

export function pointsBytes(heading: Heading, facts: BattleFacts): Uint8Array {
  const { battleId, hostId, rivalId, points } = facts;
  const side = (id: number, score: number): Uint8Array => {
    const value = new Wire().int(2, score).bytes();
    return new Wire().int(1, id).part(2, value).bytes();
  };
  const own = side(hostId, points[0]);
  const rival = side(rivalId, points[1]);
  const message = begin('WebcastLinkMicArmies', heading).int(2, battleId).part(3, own).part(3, rival);
  return message.int(6, heading.at).int(7, 1).int(9, 5655).bytes();
}

/** Victory lap over. */
export function punishFinishBytes(heading: Heading, facts: BattleFacts): Uint8Array {
  const how = settings(facts, battleStatus.punishFinished);
  const { battleId } = facts;
  return begin('WebcastLinkMicBattlePunishFinish', heading).int(5, battleId).part(6, how).bytes();
}
