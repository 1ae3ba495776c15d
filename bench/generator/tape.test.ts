import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import {
  ProtoMessageFetchResultSchema,
  WebcastGiftMessageSchema,
  WebcastPushFrameSchema,
} from '../../src/protocol/webcast/webcast_pb.ts';
import { makeSchedule } from './schedule.ts';
import { makeTape } from './tape.ts';
import { eventId } from './world.ts';

const schedule = makeSchedule(5, [
  { name: 'warm-up', eventsPerSecond: 200, seconds: 1 },
  { name: 'burst', eventsPerSecond: 4_000, seconds: 0.2 },
]);
const wallStartMs = 1_700_000_000_000;

/** Payloads of the WebSocket frames that lie in `bytes`, back to back. */
function* framesOf(bytes: Buffer, masked: boolean): Generator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1]! & 0x7f;
    const [header, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(at + 2)]
          : [10, Number(bytes.readBigUInt64BE(at + 2))];
    const start = at + header + (masked ? 4 : 0);
    yield bytes.subarray(start, start + length);
    at = start + length;
  }
}

test('the Webcast tape holds every event once, in order, as real-size messages that the schema understands', () => {
  const tape = makeTape(schedule, 'webcast', wallStartMs);
  let index = 0;
  let streaks = 0;
  for (const frame of framesOf(tape.bytes, false)) {
    const push = fromBinary(WebcastPushFrameSchema, frame);
    assert.equal(push.payloadType, 'msg');
    const result = fromBinary(ProtoMessageFetchResultSchema, gunzipSync(push.payload));
    for (const message of result.messages) {
      assert.equal(message.method, 'WebcastGiftMessage');
      assert.ok(message.payload.length > 4_700 && message.payload.length < 6_000, `${message.payload.length} bytes`);
      const gift = fromBinary(WebcastGiftMessageSchema, message.payload);
      assert.equal(message.msgId, eventId(index));
      assert.equal(gift.common?.msgId, eventId(index));
      assert.equal(gift.common?.createTime, String(wallStartMs + Math.floor(schedule.eventDueMs[index]!)));
      assert.ok((gift.user?.displayId ?? '').startsWith('bench_viewer_'));
      assert.ok((gift.gift?.diamondCount ?? 0) > 0);
      if (gift.groupId !== '0') streaks++;
      index++;
    }
  }
  assert.equal(index, schedule.events);
  assert.ok(streaks > schedule.events / 4, 'a good part are streaks');
});

test('peers get payloads of the size of real event frames, with seq and id where the reader looks', () => {
  const tape = makeTape(schedule, 'length-prefixed', wallStartMs);
  let index = 0;
  for (let at = 0; at < tape.bytes.length; index++) {
    const length = tape.bytes.readUInt32BE(at);
    const text = tape.bytes.toString('utf8', at + 4, at + 4 + length);
    assert.ok(text.startsWith(`{"seq":${index + 1},"kind":"gift","id":"${eventId(index)}"`));
    assert.ok(length > 400 && length < 700, `${length} bytes`);
    JSON.parse(text);
    at += 4 + length;
  }
  assert.equal(index, schedule.events);
});

test('every kind of upstream carries the same events', () => {
  const prefixed = makeTape(schedule, 'length-prefixed', wallStartMs);
  const payloads: string[] = [];
  for (let at = 0; at < prefixed.bytes.length; at += 4 + prefixed.bytes.readUInt32BE(at)) {
    payloads.push(prefixed.bytes.toString('utf8', at + 4, at + 4 + prefixed.bytes.readUInt32BE(at)));
  }
  const websocket = makeTape(schedule, 'websocket', wallStartMs);
  assert.deepEqual([...framesOf(websocket.bytes, true)].map(String), payloads);
  const nats = makeTape(schedule, 'nats', wallStartMs).bytes.toString();
  assert.equal(nats, payloads.map((payload) => `PUB room ${Buffer.byteLength(payload)}\r\n${payload}\r\n`).join(''));
});

test('message ends rise and the last one is the end of the tape', () => {
  const tape = makeTape(schedule, 'length-prefixed', wallStartMs);
  for (let message = 1; message < schedule.messages; message++) {
    assert.ok(tape.messageEnd[message]! > tape.messageEnd[message - 1]!);
  }
  assert.equal(tape.messageEnd.at(-1), tape.bytes.length);
});
