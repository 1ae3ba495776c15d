import type { Piece } from '../base/byte-ring.ts';
import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import type { Connections } from './connections.ts';
import type { deliveryCounterSpec } from './counters.ts';
import { ReadyDeflater, type ReadyPiece } from './ready-deflater.ts';
import type { RoomSnapshot } from './snapshot-cache.ts';

// Which connection is sent what is ready in compressed form, among those that take it. Owns nothing but the deflater,
// which is made when the first one asks: a room whose dashboards take plain frames pays nothing.

export class Compression {
  readonly #clock: Clock;
  readonly #connections: Connections;
  readonly #counters: Counters<keyof typeof deliveryCounterSpec>;
  #deflater: ReadyDeflater | null = null;
  /** The snapshot that was compressed last, and what came of it. */
  #snapshot: RoomSnapshot | null = null;
  #snapshotBytes: Buffer = Buffer.alloc(0);

  constructor(clock: Clock, connections: Connections, counters: Counters<keyof typeof deliveryCounterSpec>) {
    this.#clock = clock;
    this.#connections = connections;
    this.#counters = counters;
  }

  /**
   * Up to where a connection that stands at `cursor` is to be sent at once, `limit` at most: pieces that were compressed
   * for others are taken as they are.
   */
  cut(cursor: number, limit: number, flushedTo: number): number {
    const deflater = (this.#deflater ??= new ReadyDeflater());
    deflater.begin(flushedTo);
    return deflater.cut(cursor, limit);
  }

  /** What the connection in `slot` is sent of `piece`. Everybody who keeps up begins at `flushedTo`. */
  piece(slot: number, piece: Piece, flushedTo: number): Buffer {
    const deflater = (this.#deflater ??= new ReadyDeflater());
    const { generations } = this.#connections;
    deflater.begin(flushedTo);
    const ready = deflater.find(piece) ?? this.#take(deflater, piece);
    if (ready === null || (!ready.begins && generations[slot] !== ready.generation)) {
      generations[slot] = 0;
      return piece.bytes;
    }
    generations[slot] = ready.generation;
    this.#counters.add('bytesSaved', piece.bytes.length - ready.bytes.length);
    return ready.bytes;
  }

  /** What the connection in `slot` is sent of a snapshot. */
  snapshot(slot: number, snapshot: RoomSnapshot): Buffer {
    // What comes alone is in nobody's stream: whoever gets it waits for the next one.
    this.#connections.generations[slot] = 0;
    if (this.#snapshot !== snapshot) {
      const startMs = this.#clock.nowMs();
      this.#deflater ??= new ReadyDeflater();
      this.#snapshot = snapshot;
      this.#snapshotBytes = this.#deflater.alone(snapshot.bytes) ?? snapshot.bytes;
      this.#count(snapshot.bytes.length, this.#snapshotBytes.length, startMs);
    }
    this.#counters.add('bytesSaved', snapshot.bytes.length - this.#snapshotBytes.length);
    return this.#snapshotBytes;
  }

  #take(deflater: ReadyDeflater, piece: Piece): ReadyPiece | null {
    const startMs = this.#clock.nowMs();
    const ready = deflater.take(piece, startMs);
    if (ready !== null) this.#count(piece.bytes.length, ready.bytes.length, startMs);
    return ready;
  }

  #count(bytesIn: number, bytesOut: number, startMs: number): void {
    this.#counters.add('deflatedIn', bytesIn);
    this.#counters.add('deflatedOut', bytesOut);
    this.#counters.add('deflateMs', this.#clock.nowMs() - startMs);
  }
}
