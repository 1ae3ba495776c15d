import { ByteRing, type Hold, type Piece } from '../base/byte-ring.ts';
import { type SharedRingMemory, SharedRingReader } from '../base/shared-byte-ring.ts';
import { limits } from '../protocol/limits.ts';
import { frameBytesMax } from '../protocol/websocket-frame.ts';

// A room's stream on a thread that only sends: a copy of the shared ring, as far as its events may be sent. Everybody
// who reads here, and every socket that has not drained, reads this thread's own memory, which nobody else writes to:
// the one place where shared memory is read is `follow`, which copies first and looks then whether the copy is whole.
// Owns one ring, bounded like the broadcast's. A thread that was away for longer than the shared ring reaches back
// begins again where the stream is now: everybody here is then told `lagged`, with the exact count, and healed.

export interface FollowerOptions {
  readonly memory: SharedRingMemory;
  readonly epoch: string;
  readonly recordsMax: number;
  /** Any position of the stream that is not long past: what the shared numbers are completed by. */
  readonly seq: number;
  readonly segmentBytes?: number;
  readonly bytesMax?: number;
  readonly recordBytesMax?: number;
}

export class Follower {
  readonly epoch: string;
  /** Told of each event taken over from now on, with the writer's stamp. */
  onEvent: (seq: number, stamp: number) => void = ignore;
  /** Times that it fell behind the shared ring, and events that were skipped by that. */
  restarts = 0;
  skipped = 0;
  readonly #reader: SharedRingReader;
  readonly #ring: ByteRing;

  constructor(options: FollowerOptions) {
    const { memory, epoch, recordsMax, seq } = options;
    this.epoch = epoch;
    this.#reader = new SharedRingReader(
      memory,
      seq,
      options.recordBytesMax ?? frameBytesMax(limits.eventBytesMax.value),
    );
    // The limit first: what is passed later only adds to it.
    const { limit } = this.#reader;
    this.#ring = new ByteRing({
      recordsMax,
      segmentBytes: options.segmentBytes ?? limits.ringSegmentBytes.value,
      bytesMax: options.bytesMax ?? limits.ringBytesMax.value,
      firstNumber: Math.min(limit, this.#reader.oldest),
    });
    this.follow();
  }

  /** Seq of the next event that may be sent. */
  get head(): number {
    return this.#ring.head;
  }

  get oldest(): number {
    return this.#ring.oldest;
  }

  /** Whether there is something that was not taken over yet. */
  get news(): boolean {
    return this.#reader.limit !== this.#ring.head;
  }

  /** Takes over what is new, and tells how far may be sent: the delivery's gate. */
  sendable(): number {
    this.follow();
    return this.#ring.head;
  }

  read(cursor: number, limit: number, piece: Piece): void {
    this.#ring.read(cursor, limit, piece);
  }

  /** Keeps the memory of `seq` from being used again until it is released. */
  hold(seq: number): Hold {
    return this.#ring.hold(seq);
  }

  release(hold: Hold, read: boolean): void {
    this.#ring.release(hold, read);
  }

  /** Bytes that are only kept because somebody holds them. */
  get outsideBytes(): number {
    return this.#ring.outsideBytes;
  }

  /** Takes over all that may be sent by now. */
  follow(): void {
    const { limit } = this.#reader;
    for (let seq = this.#ring.head; seq < limit; seq++)
      if (!this.#copy(seq)) {
        this.restarts++;
        this.skipped += limit - seq;
        this.#ring.restart(limit);
        return;
      }
  }

  /** False: the writer has been over it. */
  #copy(seq: number): boolean {
    const reader = this.#reader;
    if (!reader.find(seq)) return false;
    const { start, length } = reader;
    const target = this.#ring.reserve(length);
    reader.bytes.copy(target, this.#ring.writeOffset, start, start + length);
    const stamp = reader.stampOf(seq);
    if (!reader.intact(seq)) return false;
    this.#ring.commit(length);
    this.onEvent(seq, stamp);
    return true;
  }
}

function ignore(): void {
  // Nobody asked.
}
