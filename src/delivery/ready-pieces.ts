import { Piece } from '../base/byte-ring.ts';
import type { DeliveryStream } from './stream.ts';

// What is ready, in pieces that lie together in the ring. In a burst nearly everybody is at the same place: each piece
// is read once for all of them. What crosses the end of a segment is several pieces, that everybody takes in turn, and
// everybody is handed the same views: whoever makes something of a piece (gateway/event-stream-text.ts) knows by its
// bytes that it has been made.
//
// Owns the views of one turn of a flush, those asked for last first. Bounded: the one not asked for for longest is read
// again.

/** More than a connection is given in one flush, which writeBytesMax bounds: whoever is elsewhere takes the others. */
const piecesMax = 8;
const nothing = Buffer.alloc(0);

class View extends Piece {
  /** Up to where it was read, at most. */
  until = 0;
}

export class ReadyPieces {
  readonly #stream: DeliveryStream;
  readonly #pieces = Array.from({ length: piecesMax }, () => new View());

  constructor(stream: DeliveryStream) {
    this.#stream = stream;
  }

  /** Before a turn: what was read for an earlier one may have left the ring. */
  begin(): void {
    for (const piece of this.#pieces) {
      piece.from = 0;
      piece.until = 0;
      piece.bytes = nothing;
    }
  }

  /** What lies together from `cursor` on, below `until`. The same until the next turn, for whoever asks. */
  at(cursor: number, until: number): Piece {
    const pieces = this.#pieces;
    let index = 0;
    while (index < piecesMax - 1 && (pieces[index]!.from !== cursor || pieces[index]!.until !== until)) index++;
    const piece = pieces[index]!;
    for (; index > 0; index--) pieces[index] = pieces[index - 1]!;
    pieces[0] = piece;
    if (piece.from !== cursor || piece.until !== until) {
      this.#stream.read(cursor, until, piece);
      piece.until = until;
    }
    return piece;
  }
}
