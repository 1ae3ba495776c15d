// Raw messages as upstream would send them, made with the project's own schema: for tests and benchmarks.

import { create, toBinary, type Message, type MessageInitShape, type UnknownField } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { WireType } from '@bufbuild/protobuf/wire';
import type { RawMessage } from '../../src/protocol/raw.ts';
import {
  type CommonSchema,
  GiftSchema,
  ImageSchema,
  TextSchema,
  UserSchema,
  WebcastGiftMessageSchema,
  type User,
} from '../../src/protocol/webcast/webcast_pb.ts';

/** The moment of all messages that say no other: Unix ms. */
export const messageTime = 1_780_000_000_000;

/** The creator's LIVE and user id of all messages that say no other. */
export const liveId = '7400000000000000001';
export const hostId = '6900000000000000001';

/** A raw message of `schema`, whose name is its method. Its id is that of `init.common`, or of `envelope`. */
export function rawOf<M extends Message>(
  schema: GenMessage<M>,
  init: MessageInitShape<GenMessage<M>>,
  envelope: Partial<RawMessage> = {},
): RawMessage {
  return rawBytes(schema.name, toBinary(schema, create(schema, init)), envelope);
}

export function rawBytes(method: string, payload: Uint8Array, envelope: Partial<RawMessage> = {}): RawMessage {
  return { method, payload, msgId: '', receivedAt: messageTime, history: false, ...envelope };
}

/** The part that every message has. */
export function commonOf(msgId: string, createTime = messageTime): MessageInitShape<typeof CommonSchema> {
  return { method: '', msgId, roomId: liveId, createTime: String(createTime) };
}

/** A viewer of that id, with a name of its own. */
export function viewer(id: string): MessageInitShape<typeof UserSchema> {
  return {
    id,
    nickname: `Viewer ${id}`,
    displayId: `viewer.${id}`,
    avatarThumb: { urlList: [`https://pictures.example/${id}.webp`, `https://pictures.example/${id}.jpeg`] },
  };
}

/** What a gift message says; everything else is filled in. */
export interface GiftFacts {
  readonly msgId: string;
  readonly userId?: string;
  readonly giftId?: string;
  readonly price?: number;
  readonly total?: number;
  /** Diamonds of this message by upstream's account; by default those of one gift, and none at an end. */
  readonly fan?: number;
  readonly end?: boolean;
  /** '0' = none. */
  readonly group?: string;
  readonly at?: number;
}

/** A gift message; `change` sets or overrides fields of the message itself. */
export function giftOf(
  facts: GiftFacts,
  change: MessageInitShape<typeof WebcastGiftMessageSchema> = {},
  envelope: Partial<RawMessage> = {},
): RawMessage {
  const { msgId, userId = '6900000000000000777', giftId = '5655', price = 1, total = 1, end = false } = facts;
  const { fan = end ? 0 : price, group = '1780000000500', at = messageTime } = facts;
  return rawOf(
    WebcastGiftMessageSchema,
    {
      common: commonOf(msgId, at),
      giftId,
      fanTicketCount: fan,
      groupCount: 1,
      repeatCount: total,
      comboCount: total,
      user: viewer(userId),
      repeatEnd: end ? 1 : 0,
      groupId: group,
      gift: { id: giftId, combo: true, type: group === '0' ? 4 : 1, diamondCount: price, name: `Gift ${giftId}` },
      sendType: end ? '0' : '4',
      monitorInfo: { anchorId: hostId, toUserId: hostId },
      ...change,
    } as MessageInitShape<typeof WebcastGiftMessageSchema>,
    envelope,
  );
}

/** An unknown field of `length` bytes: what real messages are full of and MEKS skips. */
function filling(no: number, length: number): UnknownField {
  const head: number[] = [];
  for (let rest = length; ; rest >>>= 7) {
    head.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return {
    no,
    wireType: WireType.LengthDelimited,
    data: Uint8Array.from([...head, ...new Uint8Array(length).fill(0x61)]),
  };
}

/**
 * A gift message of the size and make-up of a real one, about 5.5 KB: badges, pictures and texts that MEKS skips, four
 * long addresses of the sender's picture.
 */
export function realSizeGift(facts: GiftFacts): RawMessage {
  const person: MessageInitShape<typeof UserSchema> = viewer(facts.userId ?? '6900000000000000777');
  const address = `https://pictures.example/${'x'.repeat(150)}`;
  const user: User = create(UserSchema, person);
  user.avatarThumb = create(ImageSchema, { urlList: [address, address, address, address] });
  user.$unknown = [
    filling(22, 12),
    filling(23, 380),
    filling(24, 40),
    filling(46, 76),
    filling(64, 620),
    filling(64, 590),
  ];
  const gift = create(GiftSchema, {
    id: facts.giftId ?? '5655',
    combo: true,
    type: 1,
    diamondCount: facts.price ?? 1,
    name: 'Rose',
  });
  gift.$unknown = [
    filling(1, 480),
    filling(2, 10),
    filling(21, 480),
    filling(47, 330),
    filling(103, 2),
    filling(112, 90),
  ];
  const displayText = create(TextSchema, { key: 'webcast_gift', defaultPattern: '{0:user} sent {1:gift} {2:string}' });
  displayText.$unknown = [filling(3, 30), filling(4, 60), filling(4, 50)];
  const { createTime, ...common } = { createTime: String(facts.at ?? messageTime), ...commonOf(facts.msgId) };
  const raw = giftOf(facts, { user, gift, common: { ...common, createTime, describe: 'sent Rose', displayText } });
  const message = new Uint8Array([...raw.payload, ...topFilling]);
  return { ...raw, payload: message };
}

/** Top-level fields of a real gift that MEKS skips: tray texts, trackers, texts for host and sender. */
const topFilling = [
  filling(16, 32),
  filling(19, 290),
  filling(21, 300),
  filling(22, 500),
  filling(26, 160),
  filling(41, 70),
].flatMap((field) => tag(field.no).concat(Array.from(field.data)));

function tag(no: number): number[] {
  const value = (no << 3) | 2;
  return value > 127 ? [(value & 127) | 128, value >> 7] : [value];
}
