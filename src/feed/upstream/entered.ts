import { create, toBinary } from '@bufbuild/protobuf';
import type { RawMessage } from '../../protocol/raw.ts';
import { controlAction } from '../../protocol/webcast/values.ts';
import { WebcastControlMessageSchema, WebcastImEnterRoomMessageSchema } from '../../protocol/webcast/webcast_pb.ts';

// What a lookup knows and no message says: the room is told it in upstream's own words.

/**
 * Says to the room which LIVE was entered, in the words in which a client says it to upstream. Upstream never sends it:
 * without it the first messages of a new LIVE cannot be told from strays, and count for the LIVE before.
 */
export function enteredMessage(roomId: string, receivedAt: number): RawMessage {
  const payload = toBinary(WebcastImEnterRoomMessageSchema, create(WebcastImEnterRoomMessageSchema, { roomId }));
  return { method: 'WebcastImEnterRoomMessage', payload, msgId: '', receivedAt, history: false };
}

/**
 * Says whether the creator has paused the LIVE, as upstream says it when that changes: to whoever was not there then,
 * it never does.
 */
export function pausedMessage(roomId: string, paused: boolean, receivedAt: number): RawMessage {
  return controlMessage(roomId, paused ? controlAction.paused : controlAction.unpaused, receivedAt);
}

/** Says that the LIVE is over, where its end was not heard. */
export function endedMessage(roomId: string, receivedAt: number): RawMessage {
  return controlMessage(roomId, controlAction.ended, receivedAt);
}

function controlMessage(roomId: string, action: number, receivedAt: number): RawMessage {
  const method = WebcastControlMessageSchema.name;
  const message = create(WebcastControlMessageSchema, {
    common: { method, roomId, createTime: String(receivedAt) },
    action,
  });
  const payload = toBinary(WebcastControlMessageSchema, message);
  return { method, payload, msgId: `looked-up-${receivedAt}`, receivedAt, history: false };
}
