import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { RawMessage } from '../protocol/raw.ts';
import {
  HeartBeatMessageSchema,
  ProtoMessageFetchResultSchema,
  WebcastImEnterRoomMessageSchema,
  WebcastPushFrameSchema,
} from '../protocol/webcast/webcast_pb.ts';

// The server's side of the Webcast frames: the mirror of what the TikTok feed reads and writes.

export interface MessageFrame {
  readonly logId: string;
  readonly internalExt: string;
  readonly cursor: string;
  readonly needAck: boolean;
  readonly gzip: boolean;
  /** Unix ms. */
  readonly sentAt: number;
}

export function messageFrame(messages: readonly RawMessage[], frame: MessageFrame): Uint8Array {
  const { logId, gzip, sentAt, ...rest } = frame;
  const fetched = fetchResult(messages, rest);
  fetched.now = String(Math.round(sentAt));
  const result = toBinary(ProtoMessageFetchResultSchema, fetched);
  return pushFrame('msg', logId, gzip ? gzipSync(result, { level: 1 }) : result);
}

export interface SignedAnswer {
  readonly internalExt: string;
  readonly cursor: string;
  readonly pushServer: string;
}

/** The body of a signed connect: the backlog and where the socket is. */
export function signedAnswer(messages: readonly RawMessage[], answer: SignedAnswer): Uint8Array {
  const result = fetchResult(messages, { ...answer, needAck: true });
  result.pushServer = answer.pushServer;
  result.routeParams = { imprp: 'scripted', wss_push_room_id: '1' };
  result.isFirst = true;
  return toBinary(ProtoMessageFetchResultSchema, result);
}

function fetchResult(messages: readonly RawMessage[], rest: { internalExt: string; cursor: string; needAck: boolean }) {
  return create(ProtoMessageFetchResultSchema, {
    ...rest,
    fetchInterval: '1000',
    heartbeatDuration: '10000',
    messages: messages.map(({ method, payload, msgId, history }) => ({
      method,
      payload: new Uint8Array(payload.buffer as ArrayBuffer, payload.byteOffset, payload.byteLength),
      msgId: envelopeId(msgId),
      isHistory: history,
    })),
  });
}

/** Upstream's ids are numbers of 64 bits: one that a pusher chose becomes such a number, the same each time. */
function envelopeId(msgId: string): string {
  if (/^[0-9]{0,19}$/.test(msgId) && BigInt(msgId) < 1n << 63n) return msgId;
  return String(createHash('sha256').update(msgId).digest().readBigUInt64BE() >> 1n);
}

export function pushFrame(payloadType: string, logId: string, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(payload.buffer as ArrayBuffer, payload.byteOffset, payload.byteLength);
  const headers = [{ key: 'compress_type', value: 'gzip' }];
  const frame = create(WebcastPushFrameSchema, { payloadType, logId, payloadEncoding: 'pb', headers, payload: bytes });
  return toBinary(WebcastPushFrameSchema, frame);
}

/** What a later version of the schema would add: a text, a number and a part of which no reader knows. */
const newFields = new BinaryWriter()
  .tag(911, WireType.LengthDelimited)
  .string('from the future')
  .tag(912, WireType.Varint)
  .uint32(7)
  .tag(913, WireType.LengthDelimited)
  .bytes(Uint8Array.of(0x08, 0x01))
  .finish();

export function withNewFields(raw: RawMessage): RawMessage {
  return { ...raw, payload: Buffer.concat([raw.payload, newFields]) };
}

/** `payload` with its first length made longer than all of it. */
export function damaged(payload: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(payload);
  if (bytes.length > 1) bytes[1] = 0x7f;
  return bytes.subarray(0, 40);
}

/** A frame with fields, a header and a type that no reader knows. */
export function strangeFrame(): Uint8Array {
  const strange = new BinaryWriter().tag(7, WireType.LengthDelimited).string('im_from_the_future');
  strange.tag(900, WireType.LengthDelimited).string('unknown').tag(901, WireType.Varint).uint32(7);
  return strange.tag(902, WireType.Bit64).double(1.5).finish();
}

export type ClientFrame =
  | { readonly kind: 'enter'; readonly roomId: string; readonly cursor: string }
  | { readonly kind: 'heartbeat'; readonly count: number }
  | { readonly kind: 'ack'; readonly logId: string; readonly internalExt: string }
  | { readonly kind: 'unknown'; readonly type: string };

/** What a client sent. Throws when it is no frame: a client that does that is broken. */
export function readClientFrame(bytes: Uint8Array): ClientFrame {
  const { payloadType, payload, logId } = fromBinary(WebcastPushFrameSchema, bytes);
  switch (payloadType) {
    case 'im_enter_room': {
      const { roomId, cursor } = fromBinary(WebcastImEnterRoomMessageSchema, payload);
      return { kind: 'enter', roomId, cursor };
    }
    case 'hb':
      return { kind: 'heartbeat', count: Number(fromBinary(HeartBeatMessageSchema, payload).sendPacketSeqId) };
    case 'ack':
      return { kind: 'ack', logId, internalExt: Buffer.from(payload).toString('utf8') };
    default:
      return { kind: 'unknown', type: payloadType };
  }
}
