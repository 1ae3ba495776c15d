import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { ProtoMessageFetchResultSchema, WebcastPushFrameSchema } from '../protocol/webcast/webcast_pb.ts';
import { giftOf } from '../../test/support/webcast-messages.ts';
import { messageFrame } from './webcast-server-frames.ts';

/** The ids in the envelopes of messages that were given these. */
function envelopeIds(...given: string[]): string[] {
  const messages = given.map((msgId) => Object.assign(giftOf({ msgId: '1' }), { msgId }));
  const about = { logId: '1', internalExt: '', cursor: '', needAck: false, gzip: false, sentAt: 0 };
  const frame = fromBinary(WebcastPushFrameSchema, messageFrame(messages, about));
  return fromBinary(ProtoMessageFetchResultSchema, frame.payload).messages.map(({ msgId }) => msgId);
}

test('ids of a recording that are no numbers of 64 bits become some, the same for the same id', () => {
  const own = ['order-1017', 'key.1', '9'.repeat(20)];
  const [order, key, long, again] = envelopeIds(...own, own[0]!);
  for (const id of [order, key, long]) assert.match(id!, /^[1-9][0-9]{0,18}$/);
  assert.equal(new Set([order, key, long]).size, 3);
  assert.equal(again, order);
  assert.deepEqual(envelopeIds('7400000000000000123', ''), ['7400000000000000123', '0'], 'and no others');
});
