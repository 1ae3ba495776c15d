import { create, toBinary } from '@bufbuild/protobuf';
import type { RawMessage } from '../../protocol/raw.ts';
import { WebcastImEnterRoomMessageSchema } from '../../protocol/webcast/webcast_pb.ts';

/**
 * Says to the room which LIVE was entered, in the words in which a client says it to upstream. Upstream never sends it:
 * without it the first messages of a new LIVE cannot be told from strays, and count for the LIVE before.
 */
export function enteredMessage(roomId: string, receivedAt: number): RawMessage {
  const payload = toBinary(WebcastImEnterRoomMessageSchema, create(WebcastImEnterRoomMessageSchema, { roomId }));
  return { method: 'WebcastImEnterRoomMessage', payload, msgId: '', receivedAt, history: false };
}
