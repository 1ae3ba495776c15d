import { assert } from '../base/assert.ts';
import { ByteRing, type Hold, type Piece } from '../base/byte-ring.ts';
import { uniqueId } from '../base/random.ts';
import { SharedRingWriter } from '../base/shared-byte-ring.ts';
import type { MeksEvent } from '../protocol/events.ts';
import { encodeEventFrame } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import type { Position } from '../protocol/position.ts';
import { frameBytesMax, frameHeaderBytes, writeFrameHeader } from '../protocol/websocket-frame.ts';

export { Follower, type FollowerOptions } from './follower.ts';
export type { SharedRingMemory } from '../base/shared-byte-ring.ts';

// Owns a room's numbered stream: gives each event its seq, encodes it once as a WebSocket frame, puts it into the ring.
// Whoever sends holds a cursor, which is the seq that it wants next. Bounded by ring limits; the sender never waits.
//
// Contract:
//   1. seq counts published events from 1 without a hole, within one epoch.
//   2. The bytes of an event are made once. Every reader of the room gets the same bytes, wherever it reads them.
//   3. For every cursor: delivered + missed + pending = published. A cursor below `oldest` has lagged: it missed
//      what lies between, learns how many, and goes on behind a snapshot at S with cursor S + 1. Never at the oldest
//      event still held: that would roll a screen back.
//      (One thread: cursors read here. Several: the ring is shared, and each of them follows it: follower.ts.)
//   4. What is published has been handed to the log first; readers ask the log how far they may read (delivery's gate).

/** The log, as the broadcast needs it. Takes a copy: the bytes given belong to the ring. */
export interface BroadcastLog {
  append(seq: number, payload: Uint8Array): 'taken' | 'full';
}

export interface BroadcastOptions {
  readonly log: BroadcastLog;
  /** Where an earlier life of this stream ended, and the last payloads up to there; left out for a new stream. */
  readonly resume?: Position & { readonly tail: readonly Uint8Array[] };
  /** Whether other threads read it: the ring then lies in shared memory, and this thread does not send. */
  readonly shared?: boolean;
  readonly ringRecordsMax?: number;
  readonly ringBytesMax?: number;
  readonly ringSegmentBytes?: number;
}

export class Broadcast {
  readonly epoch: string;
  readonly #ring: ByteRing | SharedRingWriter;
  readonly #log: BroadcastLog;

  constructor(options: BroadcastOptions) {
    this.epoch = options.resume?.epoch ?? uniqueId();
    this.#log = options.log;
    const { seq = 0, tail = [] } = options.resume ?? {};
    const ring = {
      recordsMax: options.ringRecordsMax ?? limits.ringRecordsMax.value,
      bytesMax: options.ringBytesMax ?? limits.ringBytesMax.value,
      firstNumber: seq + 1 - tail.length,
    };
    this.#ring =
      options.shared === true
        ? new SharedRingWriter({ ...ring, recordBytesMax: frameBytesMax(limits.eventBytesMax.value) })
        : new ByteRing({ ...ring, segmentBytes: options.ringSegmentBytes ?? limits.ringSegmentBytes.value });
    for (const payload of tail) this.#restore(payload);
  }

  /** The seq that the next published event gets. */
  get head(): number {
    return this.#ring.head;
  }

  /** Lowest seq still in the ring; equals `head` when it is empty. */
  get oldest(): number {
    return this.#ring.oldest;
  }

  /** Bytes that the ring holds. */
  get heldBytes(): number {
    return this.#ring.heldBytes;
  }

  /**
   * Text of the frame that `event` will have as the next one. For `publishText`; lets the caller look at its size
   * first.
   */
  encode(event: MeksEvent): string {
    return encodeEventFrame(this.#ring.head, event);
  }

  /** Bytes that `text` takes in UTF-8; above limits.eventBytesMax it cannot be published. */
  static bytesOf(text: string): number {
    return Buffer.byteLength(text);
  }

  /** Publishes a text made by `encode` and returns its seq: log first, then visible to readers. */
  publish(text: string, textBytes: number): number {
    const length = frameHeaderBytes(textBytes) + textBytes;
    const buffer = this.#ring.reserve(length);
    const payloadAt = writeFrameHeader(buffer, this.#ring.writeOffset, textBytes);
    // Pure ASCII (nearly every frame) is copied as it lies in memory, without the UTF-8 encoder.
    buffer.write(text, payloadAt, textBytes, textBytes === text.length ? 'latin1' : 'utf8');
    const taken = this.#log.append(this.#ring.head, buffer.subarray(payloadAt, payloadAt + textBytes));
    assert(taken === 'taken', 'a room whose log does not admit begins no turn');
    return this.#ring.commit(length);
  }

  /** Puts back an event of an earlier life: for resumes across a restart. It is in the log already. */
  #restore(payload: Uint8Array): void {
    const length = frameHeaderBytes(payload.length) + payload.length;
    const buffer = this.#ring.reserve(length);
    buffer.set(payload, writeFrameHeader(buffer, this.#ring.writeOffset, payload.length));
    this.#ring.commit(length);
  }

  /** Fills `piece` with the frames from `cursor` up to `limit` (exclusive) that lie together. */
  read(cursor: number, limit: number, piece: Piece): void {
    this.#local.read(cursor, limit, piece);
  }

  /** Keeps the memory of `seq` from being used again until it is released. */
  hold(seq: number): Hold {
    return this.#local.hold(seq);
  }

  release(hold: Hold, read: boolean): void {
    this.#local.release(hold, read);
  }

  /** Bytes that are only kept because somebody holds them. */
  get outsideBytes(): number {
    return this.#ring instanceof ByteRing ? this.#ring.outsideBytes : 0;
  }

  /** The ring that other threads read: what was published is theirs once it is stamped and passed. */
  get shared(): SharedRingWriter {
    assert(this.#ring instanceof SharedRingWriter, 'the ring was made to be shared');
    return this.#ring;
  }

  get #local(): ByteRing {
    assert(this.#ring instanceof ByteRing, 'a ring that is shared is read where it is followed');
    return this.#ring;
  }
}
