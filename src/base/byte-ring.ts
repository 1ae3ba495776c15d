import { assert } from './assert.ts';

// A ring of byte records, numbered 1, 2, 3 ... without a hole: written once, read by any number of cursors, which are
// plain numbers held by their readers. The writer never waits for a reader.
//
// Contract (the tests state it as laws):
//   1. A record keeps its number and its bytes for as long as it is in the ring; `oldest <= n < head` means it is.
//   2. Full means that the oldest go: by count (`recordsMax`) or by bytes (`bytesMax`, whole segments at a time).
//   3. `read(n)` gives all records from n on that lie together in memory, as one piece. A reader drains by repeating it:
//      from any n it meets every record up to head once, in order. A reader below `oldest` must be told what it missed.
//   4. A piece once handed out stays intact for as long as somebody holds it: memory of a segment is used again only if
//      everybody who held it has let go of it, and said that nothing of it is still to be read. Readers whose bytes are
//      not consumed at once (a socket that did not drain) hold.
//
// Bounded by bytesMax, plus segments that are held although the ring has gone on (`outsideBytes`): whoever holds has to
// keep them few.
// Single thread: no locks, and no state is ever half-made.

class Segment {
  bytes: Buffer;
  /** Number of its first record. */
  first = 0;
  /** Number after its last record. */
  next = 0;
  usedBytes = 0;
  /** How many hold it. */
  holders = 0;
  /** Somebody let go of it whose bytes may still be read: it is never written to again. */
  tainted = false;
  /** The ring has gone on without it. */
  outside = false;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** Memory that somebody holds: `outside` = the ring has gone on, and only those who hold it keep it. */
export interface Hold {
  readonly first: number;
  readonly outside: boolean;
}

export interface ByteRingOptions {
  /** Records retained at most; a power of two. */
  readonly recordsMax: number;
  readonly segmentBytes: number;
  /** Bytes retained at most; whole segments. */
  readonly bytesMax: number;
  /** Number of the first record; above 1 when a stream goes on after a restart. */
  readonly firstNumber?: number;
}

/** What `read` fills in: reused by its caller, so that reading allocates only the view of a new piece. */
export class Piece {
  bytes: Buffer = Buffer.alloc(0);
  /** The piece holds records `from` to `next - 1`. */
  from = 0;
  next = 0;
}

export class ByteRing {
  readonly #recordsMax: number;
  readonly #mask: number;
  readonly #segmentBytes: number;
  readonly #segmentsMax: number;
  /** By number & mask: where the record starts in its segment. */
  readonly #starts: Uint32Array;
  /** Oldest first. Never empty. */
  #segments: Segment[];
  #spare: Segment[] = [];
  #outside = 0;
  #head: number;
  #oldest: number;

  constructor(options: ByteRingOptions) {
    const { recordsMax, segmentBytes, bytesMax, firstNumber = 1 } = options;
    assert(recordsMax > 0 && (recordsMax & (recordsMax - 1)) === 0, 'recordsMax is a power of two');
    assert(bytesMax % segmentBytes === 0, 'bytesMax is whole segments');
    assert(bytesMax / segmentBytes >= 2, 'a ring has at least two segments');
    this.#recordsMax = recordsMax;
    this.#mask = recordsMax - 1;
    this.#segmentBytes = segmentBytes;
    this.#segmentsMax = bytesMax / segmentBytes;
    this.#starts = new Uint32Array(recordsMax);
    this.#head = firstNumber;
    this.#oldest = firstNumber;
    this.#segments = [this.#freshSegment()];
  }

  /** Number that the next record gets. */
  get head(): number {
    return this.#head;
  }

  /** Lowest number still held; equals `head` when nothing is. */
  get oldest(): number {
    return this.#oldest;
  }

  /**
   * Makes room for a record of `length` bytes and gives the buffer to write it to, at `writeOffset`.
   * Follow with `commit(length)`; nothing is visible before that.
   */
  reserve(length: number): Buffer {
    assert(length > 0, 'a record has bytes');
    assert(length <= this.#segmentBytes, 'a record fits into a segment');
    const last = this.#segments.at(-1)!;
    if (last.usedBytes + length <= this.#segmentBytes) return last.bytes;
    if (this.#segments.length === this.#segmentsMax) this.#dropSegment();
    const segment = this.#freshSegment();
    this.#segments.push(segment);
    return segment.bytes;
  }

  /** Where in the buffer given by `reserve` the record begins. */
  get writeOffset(): number {
    return this.#segments.at(-1)!.usedBytes;
  }

  /** Publishes the record written after `reserve` and returns its number. */
  commit(length: number): number {
    const segment = this.#segments.at(-1)!;
    assert(segment.usedBytes + length <= this.#segmentBytes, 'commit is at most what was reserved');
    if (this.#head - this.#oldest === this.#recordsMax) this.#oldest++;
    const number = this.#head++;
    this.#starts[number & this.#mask] = segment.usedBytes;
    segment.usedBytes += length;
    segment.next = this.#head;
    const first = this.#segments[0]!;
    if (first.next <= this.#oldest && first !== segment) this.#dropSegment();
    return number;
  }

  /** Fills `piece` with the records from `from` up to `limit` (exclusive) that lie together. `from` must be held. */
  read(from: number, limit: number, piece: Piece): void {
    assert(from >= this.#oldest, 'a cursor below oldest has lagged');
    assert(from < limit, 'there is something to read');
    assert(limit <= this.#head, 'nothing beyond head can be read');
    const segment = this.#segments[this.#find(from)]!;
    const next = Math.min(limit, segment.next);
    const end = next === segment.next ? segment.usedBytes : this.#starts[next & this.#mask]!;
    piece.bytes = segment.bytes.subarray(this.#starts[from & this.#mask], end);
    piece.from = from;
    piece.next = next;
  }

  /** Keeps the memory of record `number`, which must be held, from being written to until it is let go of. */
  hold(number: number): Hold {
    assert(number >= this.#oldest && number < this.#head, 'only what is in the ring can be held');
    const segment = this.#segments[this.#find(number)]!;
    segment.holders++;
    return segment;
  }

  /** Lets go of a hold of this ring. `read`: nothing of it is still to be read. */
  release(hold: Hold, read: boolean): void {
    assert(hold instanceof Segment && hold.holders > 0, 'a hold is let go of once');
    hold.holders--;
    if (!read) hold.tainted = true;
    if (hold.holders > 0 || !hold.outside) return;
    this.#outside--;
    this.#reuse(hold);
  }

  /** Bytes of segments that are held although the ring has gone on. */
  get outsideBytes(): number {
    return this.#outside * this.#segmentBytes;
  }

  /**
   * Lets go of every record; the next one gets `number`, which is not below `head`. For readers of a stream elsewhere.
   */
  restart(number: number): void {
    assert(number >= this.#head, 'a ring does not go back');
    this.#head = number;
    this.#oldest = number;
    for (const dropped of this.#segments) this.#retire(dropped);
    this.#segments = [this.#freshSegment()];
  }

  /** Bytes of memory that the ring itself holds. */
  get heldBytes(): number {
    return (this.#segments.length + this.#spare.length) * this.#segmentBytes;
  }

  /** Index of the segment with record `number`: from the end, where nearly all readers are. */
  #find(number: number): number {
    let index = this.#segments.length - 1;
    while (this.#segments[index]!.first > number) index--;
    return index;
  }

  #dropSegment(): void {
    const dropped = this.#segments.shift()!;
    this.#oldest = Math.max(this.#oldest, dropped.next);
    this.#retire(dropped);
  }

  #retire(dropped: Segment): void {
    dropped.outside = true;
    if (dropped.holders > 0) this.#outside++;
    else this.#reuse(dropped);
  }

  #reuse(segment: Segment): void {
    if (!segment.tainted && this.#spare.length === 0) this.#spare.push(segment);
  }

  #freshSegment(): Segment {
    const segment = this.#spare.pop() ?? new Segment(Buffer.allocUnsafeSlow(this.#segmentBytes));
    segment.first = this.#head;
    segment.next = this.#head;
    segment.usedBytes = 0;
    segment.outside = false;
    return segment;
  }
}
