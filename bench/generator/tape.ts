import { seededRandom } from '../../src/base/random.ts';
import { PayloadMaker } from './event-payload.ts';
import type { Schedule } from './schedule.ts';
import { GiftEncoder } from './webcast-gift.ts';
import { World } from './world.ts';
import type { GiftStep } from './world.ts';

// Owns the bytes of a whole run, encoded before it starts: sending is then a slice and a write, and what upstream's
// side costs is not paid while it is measured. Bounded by the schedule (2 KB an event for Webcast, 0.6 KB for peers).

/**
 * How a program takes its events. `webcast`: it connects to us as to TikTok. The others we connect to: length-prefixed
 * payloads over TCP, NATS's own PUB, or WebSocket text messages.
 */
export type Upstream = 'webcast' | 'length-prefixed' | 'nats' | 'websocket';

export interface Tape {
  readonly bytes: Buffer;
  /** Per message of the schedule: where its bytes end. */
  readonly messageEnd: Float64Array;
  readonly bytesPerEvent: number;
}

/** All bytes of `schedule` for a program that takes `upstream`. */
export function makeTape(schedule: Schedule, upstream: Upstream, wallStartMs: number, rooms = 1): Tape {
  if (rooms > 1 && schedule.messages !== schedule.events) throw new Error('several rooms need one event a message');
  const slowest = Math.min(...schedule.phases.map((phase) => phase.eventsPerSecond)) / rooms;
  const worlds = Array.from({ length: rooms }, (_, room) => new World(seededRandom(schedule.seed + 1 + room), slowest));
  const encode = encoder(upstream, wallStartMs);
  const messageEnd = new Float64Array(schedule.messages);
  let bytes = Buffer.allocUnsafe(1_048_576);
  let length = 0;
  for (let message = 0; message < schedule.messages; message++) {
    const first = schedule.messageFirstEvent[message]!;
    const count = schedule.messageFirstEvent[message + 1]! - first;
    const world = worlds[first % rooms]!;
    const steps = Array.from({ length: count }, () => world.next());
    const encoded = encode(steps, first, schedule.messageDueMs[message]!);
    if (length + encoded.length > bytes.length) {
      const grown = Buffer.allocUnsafe(2 * bytes.length + encoded.length);
      bytes.copy(grown, 0, 0, length);
      bytes = grown;
    }
    bytes.set(encoded, length);
    length += encoded.length;
    messageEnd[message] = length;
  }
  return { bytes: bytes.subarray(0, length), messageEnd, bytesPerEvent: length / Math.max(1, schedule.events) };
}

type Encode = (steps: readonly GiftStep[], firstIndex: number, dueMs: number) => Buffer;

function encoder(upstream: Upstream, wallStartMs: number): Encode {
  if (upstream === 'webcast') {
    const gifts = new GiftEncoder(wallStartMs);
    return (steps, first, dueMs) => websocketFrame(gifts.pushFrame(steps, first, dueMs), 0x82, false);
  }
  const maker = new PayloadMaker(wallStartMs);
  const wrap = { 'length-prefixed': lengthPrefixed, nats: natsPublish, websocket: textFrame }[upstream];
  return (steps, first, dueMs) =>
    Buffer.concat(steps.map((step, offset) => wrap(Buffer.from(maker.payload(step, first + offset, dueMs)))));
}

function lengthPrefixed(payload: Buffer): Buffer {
  const header = Buffer.allocUnsafe(4);
  header.writeUInt32BE(payload.length);
  return Buffer.concat([header, payload]);
}

function natsPublish(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`PUB room ${payload.length}\r\n`), payload, Buffer.from('\r\n')]);
}

function textFrame(payload: Buffer): Buffer {
  return websocketFrame(payload, 0x81, true);
}

/**
 * A whole frame. A client's frame must be masked: the mask is all zeros, which leaves the bytes as they are and is
 * within RFC 6455 as far as a server can tell.
 */
export function websocketFrame(payload: Uint8Array, firstByte: number, masked: boolean): Buffer {
  const lengthBytes = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + lengthBytes + (masked ? 4 : 0));
  header[0] = firstByte;
  header[1] = (masked ? 0x80 : 0) | (lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(payload.length, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}
