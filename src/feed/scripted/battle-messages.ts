import type { Draft, Envelopes } from './envelope.ts';
import type { Person } from './people.ts';
import { Fields, image } from './wire.ts';

// The messages of a battle, as bytes. Numbers are those of the Webcast schema, v3 (2026).

export interface BattleAnchor {
  readonly person: Person;
  readonly roomId: string;
  readonly points: number;
  readonly diamonds: number;
  readonly winStreak: number;
  /** Largest contributors, the first three are sent. */
  readonly top: readonly { readonly person: Person; readonly points: number; readonly diamonds: number }[];
}

export interface BattleFacts {
  readonly battleId: string;
  readonly channelId: string;
  readonly startAt: number;
  readonly durationSec: number;
  readonly extraSec: number;
  /** 0 = not ended. */
  readonly endAt: number;
  /** 1 started, 2 finished, 3 punish started, 4 punish finished. */
  readonly status: number;
  readonly own: BattleAnchor;
  readonly rival: BattleAnchor;
}

/** `action`: 1 invite, 4 open, 5 finish, 6 cut short. Results and armies are told from the finish on. */
export function battleMessage(envelopes: Envelopes, at: number, action: 1 | 4 | 5 | 6, battle: BattleFacts): Draft {
  const draft = envelopes.begin('WebcastLinkMicBattle', at);
  const body = draft.body.id(2, battle.battleId).part(3, settings(battle)).int(4, action);
  const anchors = [battle.own, battle.rival];
  if (action >= 5) {
    for (const anchor of anchors)
      body.part(5, entry(anchor.person.id, result(anchor, anchor === battle.own ? battle.rival : battle.own)));
    for (const anchor of anchors) body.part(9, entry(anchor.person.id, armiesOf(anchor)));
  }
  for (const anchor of anchors)
    body.part(10, entry(anchor.person.id, new Fields().part(1, anchorUser(anchor)).bytes()));
  for (const { person, winStreak } of anchors) {
    const icon = `webcast://battle/combo?icon=${encodeURIComponent('https://picture.invalid/battle/combo_icon.png')}&rule=win_streak_v2`;
    const combo = new Fields().id(1, person.id).int(3, winStreak).int(5, 1).text(6, icon);
    body.part(13, entry(person.id, combo.bytes()));
  }
  body.id(16, battle.own.person.id);
  return draft.done();
}

/** `result` WIN is 0 and so is not written, as upstream. */
function result(anchor: BattleAnchor, other: BattleAnchor): Uint8Array {
  const outcome = anchor.points > other.points ? 0 : anchor.points < other.points ? 1 : 2;
  return new Fields().id(1, anchor.person.id).int(2, outcome).int(3, anchor.points).int(4, anchor.diamonds).bytes();
}

export interface ArmiesCause {
  /** Upstream's clock of this total. */
  readonly scoredAt: number;
  /** '0' = nobody in particular. */
  readonly userId: string;
  /** 0 = likes moved it, or nothing did. */
  readonly giftId: number;
  readonly giftCount: number;
  /** 1 score, 2 end, 4 keep-alive, 5 effect. */
  readonly reason: number;
  readonly critical: boolean;
}

export function armiesMessage(envelopes: Envelopes, at: number, battle: BattleFacts, cause: ArmiesCause): Draft {
  const draft = envelopes.begin('WebcastLinkMicArmies', at);
  const body = draft.body.id(2, battle.battleId);
  for (const anchor of [battle.own, battle.rival]) body.part(3, entry(anchor.person.id, armiesOf(anchor)));
  body
    .id(4, battle.channelId)
    .int(5, cause.scoredAt - 90)
    .int(6, cause.scoredAt)
    .int(7, cause.reason)
    .id(8, cause.userId);
  body
    .int(9, cause.giftId)
    .int(10, cause.giftCount)
    .int(12, battle.own.diamonds)
    .int(15, cause.critical ? 1 : 0);
  body.text(17, `20260501${battle.channelId}`).part(18, settings(battle));
  return draft.done();
}

/** `reason` 0 = time up, 1 = cut short. */
export function punishFinishMessage(envelopes: Envelopes, at: number, battle: BattleFacts, reason: 0 | 1): Draft {
  const draft = envelopes.begin('WebcastLinkMicBattlePunishFinish', at);
  draft.body
    .id(2, battle.channelId)
    .id(3, reason === 1 ? battle.own.person.id : '0')
    .int(4, reason);
  draft.body.id(5, battle.battleId).part(6, settings(battle));
  return draft.done();
}

export type TaskStep =
  | { readonly kind: 'start' }
  | { readonly kind: 'update'; readonly progress: number; readonly userId: string }
  | { readonly kind: 'settle'; readonly succeeded: boolean };

export function taskMessage(envelopes: Envelopes, at: number, battleId: string, step: TaskStep): Draft {
  const draft = envelopes.begin('WebcastLinkmicBattleTaskMessage', at);
  switch (step.kind) {
    case 'start':
      draft.body.part(3, new Fields().bytes());
      break;
    case 'update':
      draft.body.int(2, 1).part(4, new Fields().int(1, step.progress).id(2, step.userId).bytes());
      break;
    case 'settle':
      draft.body.int(2, 2).part(5, new Fields().int(1, step.succeeded ? 0 : 1).bytes());
      break;
  }
  draft.body.id(20, battleId);
  return draft.done();
}

export interface Card {
  readonly item: 'glove' | 'mist' | 'extra-time' | 'top2' | 'top3';
  readonly sender: Person;
  readonly anchorId: string;
  /** Seconds that it works; of extra time, what it adds. */
  readonly seconds: number;
}

/** msgType, and the number of the content that belongs to it. */
const cards = { glove: [2, 5], mist: [3, 6], 'extra-time': [5, 8], top2: [10, 13], top3: [11, 14] } as const;

export function itemCardMessage(envelopes: Envelopes, at: number, battleId: string, card: Card): Draft {
  const [type, content] = cards[card.item];
  const sender = new Fields().part(1, battleUser(card.sender, ''));
  const picture = image([`https://picture.invalid/battle/card_${card.item}_v2.png`], `battle/card_${card.item}_v2.png`);
  const info = new Fields()
    .text(1, `pm_mt_card_${card.item}`)
    .part(2, picture)
    .int(3, Math.floor(at / 1_000))
    .part(4, sender.bytes());
  if (card.item !== 'extra-time') info.int(5, card.seconds);
  if (card.item === 'glove') info.int(6, 20).int(7, 40).int(8, 5);
  if (card.item === 'extra-time') info.int(9, card.seconds);
  const inner = card.item === 'top2' || card.item === 'top3' ? new Fields().part(1, info.bytes()) : info;
  const draft = envelopes.begin('WebcastLinkMicBattleItemCard', at);
  const use = new Fields().part(1, inner.bytes()).id(2, card.anchorId);
  draft.body.id(2, battleId).int(3, type).part(content, use.bytes());
  return draft.done();
}

/** BattleSetting, with the pictures of its theme that make up most of its bytes. */
function settings(battle: BattleFacts): Uint8Array {
  const pictures = ['a', 'b'].map(
    (mirror) => `https://picture.invalid/battle/${mirror}/match_theme_classic_v3_background.png`,
  );
  const theme = image(pictures, 'battle/match_theme_classic_v3', '#3B2E5A');
  const look = new Fields().text(2, 'pm_mt_match_gift_theme_classic_limited_time').part(3, theme);
  const fields = new Fields()
    .id(1, battle.battleId)
    .int(2, battle.startAt)
    .int(3, battle.durationSec)
    .id(4, battle.channelId);
  fields.int(5, battle.status).part(7, look.bytes()).int(8, 1).int(9, battle.extraSec).int(10, battle.endAt);
  return fields.bytes();
}

function armiesOf(anchor: BattleAnchor): Uint8Array {
  const fields = new Fields();
  for (const { person, points, diamonds } of anchor.top.slice(0, 3)) {
    const army = new Fields()
      .id(1, person.id)
      .int(2, points)
      .text(3, person.name)
      .part(4, person.avatar)
      .int(5, diamonds);
    fields.part(1, army.text(6, person.id).bytes());
  }
  return fields.int(2, anchor.points).text(3, anchor.person.id).bytes();
}

function anchorUser(anchor: BattleAnchor): Uint8Array {
  return battleUser(anchor.person, anchor.roomId);
}

function battleUser(person: Person, roomId: string): Uint8Array {
  return new Fields()
    .id(1, person.id)
    .text(2, person.name)
    .part(3, person.avatar)
    .text(4, person.handle)
    .id(5, roomId)
    .bytes();
}

/** An entry of a map whose key is an id: key 1, value 2. */
function entry(key: string, value: Uint8Array): Uint8Array {
  return new Fields().id(1, key).part(2, value).bytes();
}
