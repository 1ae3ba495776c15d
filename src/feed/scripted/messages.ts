import type { Random } from '../../base/random.ts';
import type { CatalogueGift } from './gifts.ts';
import { displayText, giftPiece, textPiece, userPiece } from './envelope.ts';
import type { Draft, Envelopes } from './envelope.ts';
import { hex } from './people.ts';
import type { Person } from './people.ts';
import { empty, Fields } from './wire.ts';

// The messages of a room outside of battles, as bytes. Numbers are those of the Webcast schema, v3 (2026).

export interface GiftMessage {
  readonly at: number;
  readonly sender: Person;
  readonly host: Person;
  /** Who gets it: null = the host. */
  readonly guest: Person | null;
  readonly gift: CatalogueGift;
  /** The sender's clock at the first of the streak; '0' = comes alone. */
  readonly group: string;
  /** Running total of the streak, this message included. */
  readonly total: number;
  /** What this message adds; 0 on the end mark. */
  readonly adds: number;
  readonly end: boolean;
  /** Multiplies match points, not diamonds; 1 = nothing does. */
  readonly multiplier: number;
  /** Diamonds of the room after it. */
  readonly roomDiamonds: number;
}

export function giftMessage(envelopes: Envelopes, random: Random, message: GiftMessage): Draft {
  const { at, sender, gift, guest, host, total } = message;
  const pieces = [userPiece(sender.user), giftPiece(gift.id, gift.name), textPiece(`x${total}`)];
  const text = displayText('webcast_aweme_gift_send_messageNew', '{0:user} sent {1:gift} × {2:string}', pieces);
  const describe = `${sender.name} sent ${total} ${gift.name}`;
  const draft = envelopes.begin('WebcastGiftMessage', at, { text, describe });
  const body = draft.body
    .int(2, gift.id)
    .int(3, message.adds * gift.price)
    .int(4, 1)
    .int(5, total)
    .int(6, total);
  body.part(7, sender.user);
  if (guest !== null) body.part(8, guest.user);
  body
    .int(9, message.end ? 1 : 0)
    .id(11, message.group)
    .int(13, message.roomDiamonds);
  body
    .part(14, new Fields().int(2, 1).int(3, 3).bytes())
    .part(15, gift.gift)
    .text(16, `20260501${hex(random, 26)}`);
  const sendType = message.end ? 0 : message.group !== '0' && total > 1 ? 4 : 1;
  body.int(17, sendType).part(19, empty);
  const receiver = (guest ?? host).id;
  const monitor = new Fields()
    .id(1, host.id)
    .int(6, at + 1)
    .id(8, receiver)
    .int(9, at - 180)
    .text(10, 'android')
    .text(11, '0');
  body.part(23, monitor.bytes()).part(32, new Fields().int(1, 1).int(4, 1).bytes());
  if (message.multiplier > 1) body.part(33, matchInfo(message.multiplier));
  if (guest !== null) body.text(45, guest.id).id(46, guest.id).text(47, guest.name);
  return draft.done();
}

/** multiplierType: 1 critical strike, 2 and 3 boosters. */
function matchInfo(multiplier: number): Uint8Array {
  const type = multiplier === 5 ? 1 : multiplier;
  return new Fields()
    .int(1, type === 1 ? 1 : 0)
    .int(2, 1)
    .int(3, type)
    .int(4, multiplier)
    .bytes();
}

export function likeMessage(envelopes: Envelopes, at: number, user: Person, count: number, total: number): Draft {
  const text = displayText('pm_mt_msg_viewer', '{0:user} liked the LIVE', [userPiece(user.user)]);
  const draft = envelopes.begin('WebcastLikeMessage', at, { text, describe: '' });
  draft.body.int(2, count).int(3, total).part(5, user.user);
  draft.body.part(8, new Fields().id(1, user.id).part(2, text).bytes()).int(9, 1);
  draft.body.part(10, new Fields().int(2, 1).int(3, 500).bytes());
  return draft.done();
}

export function chatMessage(envelopes: Envelopes, at: number, user: Person, line: readonly [string, string]): Draft {
  const draft = envelopes.begin('WebcastChatMessage', at);
  const body = draft.body
    .part(2, user.user)
    .text(3, line[0])
    .text(14, line[1])
    .part(18, new Fields().int(4, 1).bytes());
  for (const label of ['rank_base_score', 'recency', 'quality', 'safety', 'language']) {
    body.part(19, new Fields().text(1, `comment_${label}_v2`).int(2, at).bytes());
  }
  return draft.done();
}

export function joinMessage(envelopes: Envelopes, at: number, user: Person, viewers: number): Draft {
  const text = displayText('live_room_enter_toast', '{0:user} joined', [userPiece(user.user)]);
  const draft = envelopes.begin('WebcastMemberMessage', at, { text, describe: '' });
  draft.body.part(2, user.user).int(3, viewers).int(10, 1).part(18, text).text(19, 'homepage_hot').text(20, 'draw');
  return draft.done();
}

/** `action` 1 = follow, with the host's followers after it; 3 = share. */
export function socialMessage(envelopes: Envelopes, at: number, user: Person, action: 1 | 3, followers: number): Draft {
  const key = action === 1 ? 'pm_main_follow_message_viewer_2' : 'pm_mt_guidance_share';
  const pattern = action === 1 ? '{0:user} followed the host' : '{0:user} shared the LIVE';
  const text = displayText(key, pattern, [userPiece(user.user)]);
  const draft = envelopes.begin('WebcastSocialMessage', at, { text, describe: '' });
  draft.body
    .part(2, user.user)
    .int(3, action === 3 ? 1 : 0)
    .int(4, action);
  if (action === 1) draft.body.int(6, followers);
  else draft.body.int(8, 1);
  return draft.done();
}

export interface ViewersMessage {
  readonly current: number;
  readonly total: number;
  readonly top: readonly { readonly person: Person; readonly diamonds: number }[];
}

export function viewersMessage(envelopes: Envelopes, at: number, viewers: ViewersMessage): Draft {
  const draft = envelopes.begin('WebcastRoomUserSeqMessage', at);
  for (const [index, { person, diamonds }] of viewers.top.entries()) {
    draft.body.part(
      2,
      new Fields()
        .int(1, diamonds)
        .part(2, person.userPlain)
        .int(3, index + 1)
        .bytes(),
    );
  }
  draft.body
    .int(3, viewers.current)
    .text(4, `${Math.round(viewers.current / 100) / 10}K`)
    .int(6, viewers.current);
  draft.body.int(7, viewers.total);
  return draft.done();
}

/** The host's place in one of the platform's lists; sent again and again unchanged. */
export function rankMessage(
  envelopes: Envelopes,
  at: number,
  list: { type: number; rank: number; countdownSec: number; score: number },
): Draft {
  const draft = envelopes.begin('WebcastRankUpdateMessage', at);
  const content = displayText('pm_mt_daily_ranking', 'Daily ranking', []);
  const update = new Fields()
    .int(1, list.type)
    .int(2, list.rank)
    .part(3, content)
    .int(6, list.countdownSec)
    .part(7, empty);
  update
    .int(8, list.type)
    .int(9, list.type)
    .int(10, 290_100)
    .int(11, list.rank > 0 ? 1 : 0)
    .int(15, list.score);
  draft.body.part(2, update.bytes()).int(3, 1).int(5, 10);
  return draft.done();
}

/** A viewer moved among the room's top viewers. Places from 1; 0 before = was not among them. */
export function rankTextMessage(
  envelopes: Envelopes,
  at: number,
  person: Person,
  before: number,
  after: number,
): Draft {
  const pieces = [userPiece(person.user), textPiece(String(after))];
  const text = displayText('pm_mt_rank_become_top', '{0:user} just became No. {1:string} viewer!', pieces);
  const draft = envelopes.begin('WebcastRankTextMessage', at, { text, describe: '' });
  draft.body
    .int(2, 1)
    .int(3, before)
    .int(4, after)
    .part(5, displayText('pm_mt_rank_become_top', 'No. {1:string}', []))
    .part(6, text);
  draft.body.id(7, person.id);
  return draft.done();
}

/** Running diamonds per host and guest: the figure to reconcile with. */
export function fanTicketMessage(
  envelopes: Envelopes,
  at: number,
  tickets: readonly { id: string; diamonds: number; points: number }[],
  battleId: string,
): Draft {
  const draft = envelopes.begin('WebcastLinkMicFanTicketMethod', at);
  const notice = new Fields();
  let total = 0;
  for (const { id, diamonds, points } of tickets) {
    notice.part(1, new Fields().id(1, id).int(2, diamonds).int(3, points).bytes());
    total += diamonds;
  }
  notice.int(2, total).id(3, battleId).int(4, at).text(5, 'https://picture.invalid/ticket/fan_ticket_icon_v3.png');
  draft.body.part(2, notice.bytes());
  return draft.done();
}
