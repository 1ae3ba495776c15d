import type { Counters } from '../base/counters.ts';
import { textFrame } from '../protocol/websocket-frame.ts';
import type { Compression } from './compression.ts';
import { type Connections, needsSnapshot } from './connections.ts';
import type { deliveryCounterSpec } from './counters.ts';
import type { Outlet } from './outlet.ts';
import type { ReadWindow } from './read-window.ts';
import { ReadyPieces } from './ready-pieces.ts';
import type { SnapshotCache } from './snapshot-cache.ts';
import type { DeliveryStream } from './stream.ts';

// Brings one connection up to date: from its cursor to the limit, over a snapshot where the ring no longer holds what
// it wants. Owns the views of what is ready, made once for all who stand at the same place.

export interface CatchUpParts {
  readonly connections: Connections;
  readonly stream: DeliveryStream;
  readonly window: ReadWindow;
  readonly outlet: Outlet;
  readonly snapshots: SnapshotCache;
  readonly compression: Compression;
  readonly counters: Counters<keyof typeof deliveryCounterSpec>;
  /** What a connection is given of the ring in one flush. */
  readonly writeBytesMax: number;
}

export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #pieces: ReadyPieces;
  #limit = 0;
  #flushedTo = 0;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
    this.#pieces = new ReadyPieces(parts.stream);
  }

  /** Before a turn that sends the events below `limit`. Everybody who keeps up stands at `flushedTo` or behind it. */
  begin(limit: number, flushedTo: number): void {
    this.#limit = limit;
    this.#flushedTo = flushedTo;
    this.#pieces.begin();
  }

  /** Gives one connection what is ready for it. False when it waits for a snapshot that may not be sent yet. */
  serve(slot: number, nowMs: number): boolean {
    const { connections, stream } = this.#parts;
    const lost = connections.cursors[slot]! < stream.oldest;
    if ((lost || connections.flags[slot] !== 0) && !this.#heal(slot, nowMs)) return false;
    this.#send(slot, nowMs);
    return true;
  }

  /** From the cursor to the limit, until the socket does not take it at once, or writeBytesMax is reached. */
  #send(slot: number, nowMs: number): void {
    const { connections, window, outlet, compression, counters } = this.#parts;
    const { cursors, stalledSinceMs, links } = connections;
    const limit = this.#limit;
    const deflates = links[slot]!.deflates === true;
    let cursor = cursors[slot]!;
    let roomBytes = this.#parts.writeBytesMax;
    while (cursor < limit && stalledSinceMs[slot] === 0 && !window.full(slot)) {
      const until = deflates ? compression.cut(cursor, limit, this.#flushedTo) : limit;
      const piece = this.#pieces.at(cursor, until);
      const { length } = piece.bytes;
      // The first goes whatever its size: nobody stays where it is.
      if (length > roomBytes && cursor > cursors[slot]!) break;
      roomBytes -= length;
      const bytes = deflates ? compression.piece(slot, piece, this.#flushedTo) : piece.bytes;
      if (bytes === piece.bytes) outlet.writeShared(slot, bytes, cursor, nowMs);
      else outlet.write(slot, bytes, nowMs);
      counters.add('delivered', piece.next - cursor);
      cursor = piece.next;
    }
    cursors[slot] = cursor;
    // Nothing but its answer brings it the rest: no other flush may come in a quiet room.
    if (window.full(slot)) window.ask(slot, nowMs);
  }

  /** Lagged (unless it is the first thing the connection sees), then a snapshot at S, and the cursor behind S. */
  #heal(slot: number, nowMs: number): boolean {
    const { connections, stream, outlet, snapshots, compression, counters } = this.#parts;
    const cursor = connections.cursors[slot]!;
    // Whoever could not resume has been before what the ring holds: no snapshot that it can go on from is older.
    const snapshot = snapshots.obtain(stream.oldest - 1, this.#limit, nowMs);
    if (snapshot === null) return false;
    // Who waits for a first snapshot has no position that it could have lost.
    if (connections.flags[slot] !== needsSnapshot) {
      const missed = snapshot.seq + 1 - cursor;
      counters.add('lagged');
      counters.add('missed', missed);
      const frame = { kind: 'lagged', missed, from: cursor, to: snapshot.seq };
      outlet.write(slot, textFrame(JSON.stringify(frame)), nowMs);
    }
    const deflates = connections.links[slot]!.deflates === true;
    outlet.write(slot, deflates ? compression.snapshot(slot, snapshot) : snapshot.bytes, nowMs);
    counters.add('snapshotsSent');
    connections.cursors[slot] = snapshot.seq + 1;
    connections.flags[slot] = 0;
    return true;
  }
}
