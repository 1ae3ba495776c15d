import type { DescMessage, Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import * as webcast from '../protocol/webcast/webcast_pb.ts';
import { battleItem, battleTask } from './battle-parts.ts';
import { battle, punishFinish } from './battle.ts';
import { gift } from './gift.ts';
import { LeanDecoder } from './lean-decoder.ts';
import { enterRoom } from './live.ts';
import { rankText, rankUpdate, viewers } from './ranks.ts';
import { barrage, control, envelope, goal, hourlyRankReward, liveIntro, question, subscription } from './room.ts';
import { armies, fanTickets } from './scores.ts';
import { chat, like, member, social } from './social.ts';
import type { Handled, Turn } from './turn.ts';
import { notedFieldsMax, Shape } from './wire-check.ts';

// The table from method to what is done with it, and the methods that MEKS knows and has no use for.

/** A message that has been read. All of them but one have the common part. */
export type WireMessage = Message & { common?: webcast.Common };

export interface Handling {
  readonly schema: DescMessage;
  /** The message that checked bytes are. Throws where they are none. */
  readonly decode: (payload: Uint8Array) => WireMessage;
  readonly shape: Shape;
  /** 1 for each top-level field known in 2026, whether MEKS reads it or not. */
  readonly known: Uint8Array;
  /** Top-level fields that such a message always had. */
  readonly expected: readonly number[];
  readonly handle: (message: WireMessage, turn: Turn) => Handled;
  /**
   * Where the id comes from: the message's own; that and its bytes, for one that keeps an id for weeks; or the
   * arrival.
   */
  readonly identity: 'own' | 'own-and-bytes' | 'arrival';
  /** True where the message belongs to the room's own LIVE for certain: its room id says which one that is. */
  readonly ofTheRoom: boolean;
  /** True where the message only adds to what there is: then it does no harm late (RawMessage.late). */
  readonly addsOnly: boolean;
}

interface Facts {
  /** Field numbers known in 2026, such as `1-6,20`. */
  readonly known: string;
  readonly expected: readonly number[];
  readonly identity?: Handling['identity'];
  readonly ofTheRoom?: true;
  readonly addsOnly?: true;
}

const handlings = new Map<string, Handling>();

function on<M extends Message>(
  method: string,
  schema: GenMessage<M>,
  handle: (message: M, turn: Turn) => Handled,
  facts: Facts,
): void {
  const decoder = new LeanDecoder(schema);
  handlings.set(method, {
    schema,
    // It has the fields of the schema, which is all that handlers look at.
    decode: (payload) => decoder.decode(payload) as WireMessage,
    shape: new Shape(schema),
    known: readKnown(facts.known),
    expected: facts.expected,
    // The schema beside it is what decodes the message that it is given.
    handle: handle as unknown as Handling['handle'],
    identity: facts.identity ?? 'own',
    ofTheRoom: facts.ofTheRoom ?? false,
    addsOnly: facts.addsOnly ?? false,
  });
}

/** `1-6,20` as a table by field number. */
function readKnown(ranges: string): Uint8Array {
  const known = new Uint8Array(notedFieldsMax);
  for (const range of ranges.split(',')) {
    const [first, last = first] = range.split('-').map(Number);
    known.fill(1, first, last! + 1);
  }
  return known;
}

on('WebcastGiftMessage', webcast.WebcastGiftMessageSchema, gift, {
  known: '1-56,100',
  expected: [1, 2, 5, 7, 15],
  ofTheRoom: true,
  addsOnly: true,
});
on('WebcastLinkMicBattle', webcast.WebcastLinkMicBattleSchema, battle, {
  known: '1-6,8-30',
  expected: [1, 2, 3, 4],
});
on('WebcastLinkMicArmies', webcast.WebcastLinkMicArmiesSchema, armies, { known: '1-21', expected: [1, 2, 6] });
on('WebcastLinkMicBattlePunishFinish', webcast.WebcastLinkMicBattlePunishFinishSchema, punishFinish, {
  known: '1-7',
  expected: [1, 5],
});
on('WebcastLinkmicBattleTaskMessage', webcast.WebcastLinkmicBattleTaskMessageSchema, battleTask, {
  known: '1-6,20',
  expected: [1],
});
on('WebcastLinkMicBattleItemCard', webcast.WebcastLinkMicBattleItemCardSchema, battleItem, {
  known: '1-16',
  expected: [1, 2, 3],
});
on('WebcastLinkMicFanTicketMethod', webcast.WebcastLinkMicFanTicketMethodSchema, fanTickets, {
  known: '1-2',
  expected: [1, 2],
});
on('WebcastRankUpdateMessage', webcast.WebcastRankUpdateMessageSchema, rankUpdate, { known: '1-11', expected: [1, 2] });
on('WebcastRankTextMessage', webcast.WebcastRankTextMessageSchema, rankText, { known: '1-12', expected: [1, 7] });
on('WebcastRoomUserSeqMessage', webcast.WebcastRoomUserSeqMessageSchema, viewers, {
  known: '1-8',
  expected: [1],
  ofTheRoom: true,
});
on('WebcastLikeMessage', webcast.WebcastLikeMessageSchema, like, {
  known: '1-12',
  expected: [1, 2, 5],
  ofTheRoom: true,
  addsOnly: true,
});
on('WebcastSocialMessage', webcast.WebcastSocialMessageSchema, social, {
  known: '1-15',
  expected: [1, 2],
  ofTheRoom: true,
  addsOnly: true,
});
on('WebcastMemberMessage', webcast.WebcastMemberMessageSchema, member, {
  known: '1-35',
  expected: [1, 2],
  ofTheRoom: true,
  addsOnly: true,
});
on('WebcastChatMessage', webcast.WebcastChatMessageSchema, chat, {
  known: '1-7,9-29',
  expected: [1, 2],
  ofTheRoom: true,
  addsOnly: true,
});
on('WebcastControlMessage', webcast.WebcastControlMessageSchema, control, { known: '1-9', expected: [1, 2] });
on('WebcastEnvelopeMessage', webcast.WebcastEnvelopeMessageSchema, envelope, { known: '1-4', expected: [1, 2, 3] });
on('WebcastGoalUpdateMessage', webcast.WebcastGoalUpdateMessageSchema, goal, {
  known: '1-7,9-12,15-17',
  expected: [1, 3],
});
on('WebcastQuestionNewMessage', webcast.WebcastQuestionNewMessageSchema, question, { known: '1-2', expected: [1, 2] });
on('WebcastSubNotifyMessage', webcast.WebcastSubNotifyMessageSchema, subscription, {
  known: '1-15',
  expected: [1, 2],
});
on('WebcastBarrageMessage', webcast.WebcastBarrageMessageSchema, barrage, {
  known: '1-24,50,100-106',
  expected: [1, 3],
});
on('WebcastHourlyRankRewardMessage', webcast.WebcastHourlyRankRewardMessageSchema, hourlyRankReward, {
  known: '1-2',
  expected: [1, 2],
});
on('WebcastLiveIntroMessage', webcast.WebcastLiveIntroMessageSchema, liveIntro, {
  known: '1-8',
  expected: [1],
  identity: 'own-and-bytes',
});
on('WebcastImEnterRoomMessage', webcast.WebcastImEnterRoomMessageSchema, enterRoom, {
  known: '1-10',
  expected: [1],
  identity: 'arrival',
});

/** What is done with messages of a method; undefined = MEKS does not read them. */
export function handlingOf(method: string): Handling | undefined {
  return handlings.get(method);
}

/** Every method that MEKS reads. */
export const methodsRead: readonly string[] = [...handlings.keys()];
