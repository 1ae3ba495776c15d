import { getHeapStatistics } from 'node:v8';
import { gunzipSync, gzipSync } from 'node:zlib';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ProtoMessageFetchResultSchema, WebcastPushFrameSchema } from '../../protocol/webcast/webcast_pb.ts';
import { ScriptedWorld } from '../scripted/world.ts';
import { readFrame } from './frames.ts';

// What it costs to turn a socket's bytes into raw messages: push frame, gunzip, envelope. The generated reader does the
// same work beside it, to show what reading by hand saves. The toy size runs in the tests.

export interface FramesResult {
  readonly frames: number;
  readonly messages: number;
  /** Sum of payload bytes: the same whichever reader is used. */
  readonly payloadBytes: number;
  readonly nsPerFrame: number;
  /** Heap allocated, garbage included. */
  readonly bytesPerFrame: number;
  readonly nsPerFrameGenerated: number;
  readonly bytesPerFrameGenerated: number;
}

/** `frames` frames of `messagesPerFrame` scripted messages each. */
export function benchFrames(frames: number, messagesPerFrame: number): FramesResult {
  const world = new ScriptedWorld({ seed: 1, startAt: 1_777_000_000_000, profile: { firstBattleSec: 0 } });
  const wire = Array.from({ length: Math.min(frames, 500) }, () => {
    const messages = Array.from({ length: messagesPerFrame }, () => {
      const { method, msgId, payload } = world.next()!.raw;
      return { method, msgId, payload: new Uint8Array(payload) };
    });
    const result = create(ProtoMessageFetchResultSchema, { messages, needAck: true, internalExt: 'ext', cursor: 'c' });
    const payload = gzipSync(toBinary(ProtoMessageFetchResultSchema, result));
    return toBinary(
      WebcastPushFrameSchema,
      create(WebcastPushFrameSchema, { payloadType: 'msg', logId: '7', payload }),
    );
  });
  let messages = 0;
  let payloadBytes = 0;
  const byHand = measure(frames, (index) => {
    const frame = readFrame(wire[index % wire.length]!, 1);
    if (frame.kind !== 'messages') return;
    messages += frame.messages.length;
    for (const { payload } of frame.messages) payloadBytes += payload.length;
  });
  const generated = measure(frames, (index) => {
    const { payload } = fromBinary(WebcastPushFrameSchema, wire[index % wire.length]!);
    fromBinary(ProtoMessageFetchResultSchema, gunzipSync(payload));
  });
  return {
    frames,
    messages,
    payloadBytes,
    nsPerFrame: byHand.ns,
    bytesPerFrame: byHand.bytes,
    nsPerFrameGenerated: generated.ns,
    bytesPerFrameGenerated: generated.bytes,
  };
}

/** Nanoseconds and bytes of heap for each of `count` calls of `read`. */
function measure(count: number, read: (index: number) => void): { readonly ns: number; readonly bytes: number } {
  const bytesBefore = getHeapStatistics().total_allocated_bytes;
  const startMs = performance.now();
  for (let index = 0; index < count; index++) read(index);
  const ms = performance.now() - startMs;
  const bytes = getHeapStatistics().total_allocated_bytes - bytesBefore;
  return { ns: Math.round((ms * 1e6) / count), bytes: Math.round(bytes / count) };
}

if (import.meta.main) console.log(benchFrames(20_000, 1), benchFrames(4_000, 10));
