import { gunzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { wireType, WireReader } from '../../base/wire-reader.ts';
import { limits } from '../../protocol/limits.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import {
  HeartBeatMessageSchema,
  WebcastImEnterRoomMessageSchema,
  WebcastPushFrameSchema,
} from '../../protocol/webcast/webcast_pb.ts';
import { Inflater } from './inflate.ts';

// Bytes of the Webcast socket to frames, and back. What comes in is decoded by hand: it is the hot path, and hostile,
// and a walk over the tags stops at a limit before anything has been built. Inflating is synchronous on purpose: done
// in the thread pool, small frames overtake large ones.

export type InboundFrame =
  | {
      readonly kind: 'messages';
      readonly messages: readonly RawMessage[];
      readonly logId: string;
      readonly needAck: boolean;
      /** What an acknowledgement carries back; '' = nothing to send. */
      readonly internalExt: string;
      /** When upstream made it, by its clock, Unix ms; 0 = not said. */
      readonly sentAt: number;
    }
  | { readonly kind: 'entered' }
  | { readonly kind: 'heartbeat' }
  /** A type that this protocol does not name: legal, and ignored. */
  | { readonly kind: 'other'; readonly type: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** What is inside of a `msg` frame, and of the answer to a signed connect. */
export interface FetchResult {
  readonly messages: RawMessage[];
  needAck: boolean;
  internalExt: string;
  /** Unix ms; 0 = not said. */
  sentAt: number;
}

class LimitError extends Error {}

/** All frames of the process are read by these, one at a time. */
const reader = new WireReader();
const inflater = new Inflater();
const noBytes: Uint8Array = new Uint8Array(0);
const fetchTypes = ['msg'];

/** Reads one WebSocket message. Never throws. `receivedAt` is the wall clock, Unix ms. */
export function readFrame(bytes: Uint8Array, receivedAt: number): InboundFrame {
  try {
    const { type, logId, payload } = readPushFrame(bytes);
    switch (type) {
      case 'msg': {
        const { messages, needAck, internalExt, sentAt } = readFetchResult(inflate(payload), receivedAt, false);
        return { kind: 'messages', messages, logId, needAck, internalExt, sentAt };
      }
      case 'im_enter_room_resp':
        return { kind: 'entered' };
      case 'hb':
        return { kind: 'heartbeat' };
      default:
        return { kind: 'other', type };
    }
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    reader.release();
  }
}

interface PushFrame {
  type: string;
  logId: string;
  payload: Uint8Array;
}

function readPushFrame(bytes: Uint8Array): PushFrame {
  const frame: PushFrame = { type: '', logId: '0', payload: noBytes };
  reader.reset(bytes);
  while (reader.next()) {
    const { field, wire } = reader;
    if (field === 2 && wire === wireType.varint) frame.logId = reader.int64();
    else if (field === 7 && wire === wireType.lengthed) frame.type = reader.textOf(fetchTypes);
    else if (field === 8 && wire === wireType.lengthed) frame.payload = reader.view();
    else reader.skip();
  }
  return frame;
}

/**
 * The messages of ProtoMessageFetchResult. `history`: all of them are backlog, whatever they say. Throws when
 * malformed.
 */
export function readFetchResult(bytes: Uint8Array, receivedAt: number, history: boolean): FetchResult {
  const result: FetchResult = { messages: [], needAck: false, internalExt: '', sentAt: 0 };
  reader.reset(bytes);
  while (reader.next()) {
    const { field, wire } = reader;
    if (field === 1 && wire === wireType.lengthed) {
      if (result.messages.length === limits.webcastFrameMessagesMax.value) {
        throw new LimitError(`more than ${limits.webcastFrameMessagesMax.value} messages in one frame`);
      }
      result.messages.push(readMessage(receivedAt, history));
    } else if (field === 4 && wire === wireType.varint) result.sentAt = Number(reader.int64());
    else if (field === 5 && wire === wireType.lengthed) result.internalExt = reader.text();
    else if (field === 9 && wire === wireType.varint) result.needAck = reader.bool();
    else reader.skip();
  }
  return result;
}

/** The message at hand of the result at hand. */
function readMessage(receivedAt: number, history: boolean): RawMessage {
  const outer = reader.enter();
  let method = '';
  let payload = noBytes;
  let msgId = '';
  let isHistory = history;
  while (reader.next()) {
    const { field, wire } = reader;
    if (field === 1 && wire === wireType.lengthed) method = reader.textOf(frequentMethods);
    else if (field === 2 && wire === wireType.lengthed) payload = reader.view();
    else if (field === 3 && wire === wireType.varint) msgId = reader.int64();
    else if (field === 6 && wire === wireType.varint) isHistory = reader.bool() || history;
    else reader.skip();
  }
  reader.leave(outer);
  return { method, payload, msgId: msgId === '0' ? '' : msgId, receivedAt, history: isHistory };
}

/** Names that nearly all messages have: not made anew for each. */
const frequentMethods = [
  'WebcastGiftMessage',
  'WebcastLikeMessage',
  'WebcastChatMessage',
  'WebcastMemberMessage',
  'WebcastRoomUserSeqMessage',
  'WebcastSocialMessage',
  'WebcastLinkMicArmies',
];

/** Gzip is known by its first bytes: frames say `compress_type` in a header, but not always. */
function inflate(payload: Uint8Array): Uint8Array {
  if (payload[0] !== 0x1f || payload[1] !== 0x8b) return payload;
  return (
    inflater.gunzip(payload) ?? gunzipSync(payload, { maxOutputLength: limits.webcastFrameInflatedBytesMax.value })
  );
}

export interface EnterRoom {
  readonly roomId: string;
  readonly cursor: string;
  /** Random decimal. */
  readonly enterId: string;
}

/** The first frame of a client: without it nothing comes. */
export function enterRoomFrame({ roomId, cursor, enterId }: EnterRoom): Uint8Array {
  const enter = create(WebcastImEnterRoomMessageSchema, {
    roomId,
    liveId: '12',
    identity: 'audience',
    cursor,
    enterUniqueId: enterId,
    accountType: '0',
  });
  return frame('im_enter_room', '0', toBinary(WebcastImEnterRoomMessageSchema, enter));
}

export function heartbeatFrame(roomId: string, count: number): Uint8Array {
  const beat = create(HeartBeatMessageSchema, { roomId, sendPacketSeqId: String(count) });
  return frame('hb', '0', toBinary(HeartBeatMessageSchema, beat));
}

/** What stands between the log id and the length of the payload in an acknowledgement: fields 6 and 7, tag of 8. */
const ackMiddle = Buffer.from('\x32\x02pb\x3a\x03ack\x42', 'latin1');
/** Longest texts are a few hundred bytes; what is longer is written the common way. */
const ackExtBytesMax = 16_383;
/** Tag and varint of the log id, and the varint of the payload's length. */
const ackNumbersBytesMax = 1 + 10 + 2;

/**
 * Says that the frame with this `logId` has arrived: carries its internalExt back. One goes out for each frame that
 * came in, so it is written by hand.
 */
export function ackFrame(logId: string, internalExt: string): Uint8Array {
  const extBytes = Buffer.byteLength(internalExt);
  if (extBytes === 0 || extBytes > ackExtBytesMax || !isPositive(logId))
    return frame('ack', logId, Buffer.from(internalExt));
  const bytes = Buffer.allocUnsafe(ackNumbersBytesMax + ackMiddle.length + extBytes);
  let end = logId === '0' ? 0 : writeLogId(bytes, logId);
  end += ackMiddle.copy(bytes, end);
  if (extBytes > 127) bytes[end++] = (extBytes & 127) | 128;
  bytes[end++] = extBytes > 127 ? extBytes >> 7 : extBytes;
  end += bytes.write(internalExt, end);
  return bytes.subarray(0, end);
}

/** A number that a varint of 63 bits holds. */
function isPositive(decimal: string): boolean {
  return decimal.length < 19 && decimal.charCodeAt(0) !== 45;
}

/**
 * Writes field 2 to the beginning of `bytes`; returns where it ends. The number is held in two parts of 28 and 36 bits.
 */
function writeLogId(bytes: Buffer, decimal: string): number {
  let low = 0;
  let high = 0;
  for (let index = 0; index < decimal.length; index++) {
    low = low * 10 + decimal.charCodeAt(index) - 48;
    const carry = Math.floor(low / 0x1000_0000);
    low -= carry * 0x1000_0000;
    high = high * 10 + carry;
  }
  bytes[0] = 0x10;
  let end = 1;
  const parts = high > 0 || low >= 0x20_0000 ? 4 : low >= 0x4000 ? 3 : low >= 0x80 ? 2 : 1;
  for (let part = 0; part < parts; part++) {
    bytes[end++] = (low & 127) | 128;
    low >>= 7;
  }
  while (high > 0) {
    const rest = Math.floor(high / 128);
    bytes[end++] = (high - rest * 128) | 128;
    high = rest;
  }
  bytes[end - 1]! &= 127;
  return end;
}

function frame(payloadType: string, logId: string, payload: Uint8Array): Uint8Array {
  const push = create(WebcastPushFrameSchema, {
    payloadType,
    logId,
    payloadEncoding: 'pb',
    payload: new Uint8Array(payload),
  });
  return toBinary(WebcastPushFrameSchema, push);
}
