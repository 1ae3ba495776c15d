import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { limits } from '../../protocol/limits.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import {
  HeartBeatMessageSchema,
  ProtoMessageFetchResultSchema,
  WebcastImEnterRoomMessageSchema,
  WebcastPushFrameSchema,
} from '../../protocol/webcast/webcast_pb.ts';
import { benchFrames } from './frames.bench.ts';
import { ackFrame, enterRoomFrame, heartbeatFrame, readFetchResult, readFrame } from './frames.ts';

const receivedAt = 1_777_000_000_000;

function messageFrame(payload: Uint8Array, logId = '4711'): Uint8Array {
  return toBinary(
    WebcastPushFrameSchema,
    create(WebcastPushFrameSchema, {
      payloadType: 'msg',
      logId,
      seqId: '9',
      service: '8888',
      payload: new Uint8Array(payload),
    }),
  );
}

function fetchResult(count: number, extra: { needAck?: boolean; internalExt?: string } = {}): Uint8Array<ArrayBuffer> {
  const messages = Array.from({ length: count }, (_, index) => ({
    method: 'WebcastChatMessage',
    payload: Buffer.from(`payload ${index}`),
    msgId: String(7_269_289_173_839_497_990n + BigInt(index)),
    isHistory: index % 3 === 0,
    offset: '5',
  }));
  return toBinary(
    ProtoMessageFetchResultSchema,
    create(ProtoMessageFetchResultSchema, { messages, cursor: 'c', now: '12', ...extra }),
  );
}

test('messages are read as the schema reads them, plain and compressed', () => {
  const bytes = fetchResult(25, { needAck: true, internalExt: 'ext|1' });
  for (const payload of [bytes, gzipSync(bytes)]) {
    const frame = readFrame(messageFrame(payload), receivedAt);
    assert.ok(frame.kind === 'messages');
    assert.equal(frame.logId, '4711');
    assert.equal(frame.needAck, true);
    assert.equal(frame.internalExt, 'ext|1');
    const expected = fromBinary(ProtoMessageFetchResultSchema, bytes).messages;
    assert.equal(frame.messages.length, 25);
    for (const [index, { method, payload, msgId, isHistory }] of expected.entries()) {
      const raw: RawMessage = frame.messages[index]!;
      assert.deepEqual([raw.method, raw.msgId, raw.history, raw.receivedAt], [method, msgId, isHistory, receivedAt]);
      assert.deepEqual(Buffer.from(raw.payload), Buffer.from(payload));
    }
  }
});

test('ids keep all of their digits', () => {
  const frame = readFrame(messageFrame(fetchResult(1)), receivedAt);
  assert.ok(frame.kind === 'messages');
  assert.equal(frame.messages[0]?.msgId, '7269289173839497990');
});

test('a message without an id has none', () => {
  const bytes = toBinary(
    ProtoMessageFetchResultSchema,
    create(ProtoMessageFetchResultSchema, { messages: [{ method: 'RoomMessage' }] }),
  );
  assert.equal(readFetchResult(bytes, receivedAt, true).messages[0]?.msgId, '');
});

test('a frame cut short anywhere gives no message, and no exception', () => {
  for (const whole of [
    messageFrame(fetchResult(3, { needAck: true, internalExt: 'e' })),
    messageFrame(gzipSync(fetchResult(3))),
  ]) {
    for (let length = 0; length < whole.length; length++) {
      const frame = readFrame(whole.subarray(0, length), receivedAt);
      // Cut at the border of a field it is a frame still, only an empty one.
      const messages = frame.kind === 'messages' ? frame.messages.length : 0;
      assert.equal(messages, 0, `${length} of ${whole.length} bytes`);
    }
  }
});

test('whatever bytes come, reading them never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      readFrame(bytes, receivedAt);
      readFrame(messageFrame(bytes), receivedAt);
      readFrame(messageFrame(Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), bytes])), receivedAt);
    }),
    { numRuns: 2_000 },
  );
});

test('one changed byte costs at most its frame', () => {
  const whole = messageFrame(fetchResult(5, { needAck: true, internalExt: 'ext' }));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const broken = Uint8Array.from(whole);
      broken[at]! ^= change;
      readFrame(broken, receivedAt);
    }),
  );
});

test('a bomb is stopped at the limit of inflated bytes', () => {
  const bomb = gzipSync(Buffer.alloc(limits.webcastFrameInflatedBytesMax.value + 1));
  const frame = readFrame(messageFrame(bomb), receivedAt);
  assert.ok(frame.kind === 'unreadable');
  assert.match(frame.reason, /larger than/i);
});

test('a frame of very many empty messages is stopped at the limit of their number', () => {
  const writer = new BinaryWriter();
  for (let index = 0; index <= limits.webcastFrameMessagesMax.value; index++)
    writer.tag(1, WireType.LengthDelimited).bytes(new Uint8Array(0));
  const frame = readFrame(messageFrame(writer.finish()), receivedAt);
  assert.ok(frame.kind === 'unreadable');
  assert.match(frame.reason, /more than \d+ messages/);
});

test('frames of other types are told apart', () => {
  const of = (payloadType: string) =>
    readFrame(toBinary(WebcastPushFrameSchema, create(WebcastPushFrameSchema, { payloadType })), receivedAt);
  assert.deepEqual(of('im_enter_room_resp'), { kind: 'entered' });
  assert.deepEqual(of('hb'), { kind: 'heartbeat' });
  assert.deepEqual(of('something'), { kind: 'other', type: 'something' });
});

test('what the client sends is what the protocol asks for', () => {
  const enter = fromBinary(WebcastPushFrameSchema, enterRoomFrame({ roomId: '73', cursor: 'c', enterId: '5' }));
  assert.equal(enter.payloadType, 'im_enter_room');
  assert.equal(enter.payloadEncoding, 'pb');
  const room = fromBinary(WebcastImEnterRoomMessageSchema, enter.payload);
  assert.deepEqual(
    [room.roomId, room.liveId, room.identity, room.cursor, room.enterUniqueId],
    ['73', '12', 'audience', 'c', '5'],
  );
  const beat = fromBinary(WebcastPushFrameSchema, heartbeatFrame('73', 4));
  assert.equal(beat.payloadType, 'hb');
  assert.equal(fromBinary(HeartBeatMessageSchema, beat.payload).sendPacketSeqId, '4');
  const ack = fromBinary(WebcastPushFrameSchema, ackFrame('4711', 'ext'));
  assert.deepEqual([ack.payloadType, ack.logId, Buffer.from(ack.payload).toString()], ['ack', '4711', 'ext']);
});

test('the benchmark reads every message it made, at toy size', (context) => {
  const result = benchFrames(20, 3);
  context.diagnostic(JSON.stringify(result));
  const { frames, messages, payloadBytes } = result;
  assert.equal(frames, 20);
  assert.equal(messages, 60);
  assert.ok(payloadBytes > 60_000);
});

test('an acknowledgement written by hand is what the schema writes', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.constant('x'.repeat(20_000)));
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), text, (logId, internalExt) => {
      const push = create(WebcastPushFrameSchema, {
        payloadType: 'ack',
        logId: String(logId),
        payloadEncoding: 'pb',
        payload: new Uint8Array(Buffer.from(internalExt)),
      });
      assert.deepEqual(
        Buffer.from(ackFrame(String(logId), internalExt)),
        Buffer.from(toBinary(WebcastPushFrameSchema, push)),
      );
    }),
    { numRuns: 2_000 },
  );
});
