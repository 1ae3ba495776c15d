import { gunzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { limits } from '../../protocol/limits.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import {
  HeartBeatMessageSchema,
  WebcastImEnterRoomMessageSchema,
  WebcastPushFrameSchema,
} from '../../protocol/webcast/webcast_pb.ts';

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
}

class LimitError extends Error {}

/** Reads one WebSocket message. Never throws. `receivedAt` is the wall clock, Unix ms. */
export function readFrame(bytes: Uint8Array, receivedAt: number): InboundFrame {
  try {
    const { type, logId, payload } = readPushFrame(bytes);
    switch (type) {
      case 'msg': {
        const { messages, needAck, internalExt } = readFetchResult(inflate(payload), receivedAt, false);
        return { kind: 'messages', messages, logId, needAck, internalExt };
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
  }
}

function readPushFrame(bytes: Uint8Array): { type: string; logId: string; payload: Uint8Array } {
  const frame = { type: '', logId: '0', payload: new Uint8Array(0) };
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 2 && wire === WireType.Varint) frame.logId = String(reader.int64());
    else if (field === 7 && wire === WireType.LengthDelimited) frame.type = reader.string();
    else if (field === 8 && wire === WireType.LengthDelimited)
      frame.payload = reader.bytes() as Uint8Array<ArrayBuffer>;
    else reader.skip(wire, field);
  }
  return frame;
}

/**
 * The messages of ProtoMessageFetchResult. `history`: all of them are backlog, whatever they say. Throws when
 * malformed.
 */
export function readFetchResult(bytes: Uint8Array, receivedAt: number, history: boolean): FetchResult {
  const result: FetchResult = { messages: [], needAck: false, internalExt: '' };
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === WireType.LengthDelimited) {
      if (result.messages.length === limits.webcastFrameMessagesMax.value) {
        throw new LimitError(`more than ${limits.webcastFrameMessagesMax.value} messages in one frame`);
      }
      result.messages.push(readMessage(reader, receivedAt, history));
    } else if (field === 5 && wire === WireType.LengthDelimited) result.internalExt = reader.string();
    else if (field === 9 && wire === WireType.Varint) result.needAck = reader.bool();
    else reader.skip(wire, field);
  }
  return result;
}

function readMessage(reader: BinaryReader, receivedAt: number, history: boolean): RawMessage {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError('a message longer than its frame');
  let method = '';
  let payload: Uint8Array = new Uint8Array(0);
  let msgId = '';
  let isHistory = history;
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === WireType.LengthDelimited) method = reader.string();
    else if (field === 2 && wire === WireType.LengthDelimited) payload = reader.bytes();
    else if (field === 3 && wire === WireType.Varint) msgId = String(reader.int64());
    else if (field === 6 && wire === WireType.Varint) isHistory = reader.bool() || history;
    else reader.skip(wire, field);
  }
  if (reader.pos !== end) throw new RangeError('a field longer than its message');
  return { method, payload, msgId: msgId === '0' ? '' : msgId, receivedAt, history: isHistory };
}

/** Gzip is known by its first bytes: frames say `compress_type` in a header, but not always. */
function inflate(payload: Uint8Array): Uint8Array {
  if (payload[0] !== 0x1f || payload[1] !== 0x8b) return payload;
  return gunzipSync(payload, { maxOutputLength: limits.webcastFrameInflatedBytesMax.value });
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

/** Says that the frame with this `logId` has arrived: carries its internalExt back. */
export function ackFrame(logId: string, internalExt: string): Uint8Array {
  return frame('ack', logId, Buffer.from(internalExt));
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
