import { windowMinutes, type WindowMinutes } from '../protocol/board-scope.ts';
import type { GiftEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import { Board } from './board.ts';
import { aligned, boardBytes, loadBoard, saveBoard, type ByteReader, type ByteWriter } from './bytes.ts';

// Owns the boards of the last five minutes and of the last hour, and the gifts that are on them, oldest first. Time is
// the room's own (see room-time.ts): a window moves when something happens in the room, or when the broker says that
// time went on without. Bounded: limits.windowGiftsMax gifts, at which the oldest leave early; a few hundred leave with
// one event at most, so that the first event after a long silence is not a long one.

const chunkBits = 12;
const chunkSize = 1 << chunkBits;
const chunkMask = chunkSize - 1;
/** Gifts that leave a window with one event: more than come with it, so that a window catches up with any silence. */
const leavingMax = 256;

/**
 * Whether a gift is one of the last minutes at `now`, the room's time. What upstream brings is, however late; what is run
 * again out of the quarantine was perhaps given hours ago, and must have been in the shortest window to stand on any.
 */
export function isRecent({ late, at }: GiftEvent, now: number): boolean {
  return late !== true || now - at < windowMinutes[0] * 60_000;
}

/** Gifts in a row: numbered from 0 for ever, in chunks that are dropped when the longest window has passed them. */
interface Chunk {
  readonly at: Float64Array;
  /** -1 = nobody: what corrections took away stays in its place, should they be undone. */
  readonly gifter: Int32Array;
  readonly diamonds: Float64Array;
  /** Number of the event that brought the diamonds where they are: the gift's, or that of the newest correction. */
  readonly seq: Float64Array;
}

/** What a correction carries from gifter to gifter. */
export interface WindowTransfer {
  /** -1 = nobody. */
  readonly from: number;
  readonly to: number;
  readonly diamonds: number;
  readonly seq: number;
}

export class Windows {
  #boards: Board[] = windowMinutes.map(() => new Board());
  readonly #chunks: Chunk[] = [];
  /** Number of the first gift of the first chunk: a multiple of chunkSize. */
  #base = 0;
  #head = 0;
  /** By window: number of its oldest gift. */
  readonly #tails = windowMinutes.map(() => 0);
  readonly #giftsMax: number;

  constructor(giftsMax: number = limits.windowGiftsMax.value) {
    this.#giftsMax = giftsMax;
  }

  board(minutes: WindowMinutes): Board {
    return this.#boards[windowMinutes.indexOf(minutes)]!;
  }

  /** Gifts held. */
  get length(): number {
    return this.#head - this.#oldest();
  }

  /** A gift comes in; `now` is the room's time. */
  add(now: number, gifter: number, diamonds: number, seq: number): void {
    if (this.length >= this.#giftsMax) this.#dropOldest();
    this.#append(now, gifter, diamonds, seq);
    for (let window = 0; window < this.#boards.length; window++) this.#boards[window]!.add(gifter, diamonds, seq);
  }

  /** Whether a window has something to let go of at `now`. */
  isDue(now: number): boolean {
    return this.#tails.some((oldest, window) => {
      const since = now - windowMinutes[window]! * 60_000;
      return oldest < this.#head && this.#chunkOf(oldest).at[oldest & chunkMask]! <= since;
    });
  }

  /** Lets go of what is too old at `now`, the room's time. */
  expire(now: number): void {
    for (let window = 0; window < this.#boards.length; window++) {
      const since = now - windowMinutes[window]! * 60_000;
      let leaving = 0;
      for (let gift = this.#tails[window]!; gift < this.#head && leaving < leavingMax; gift++) {
        if (this.#chunkOf(gift).at[gift & chunkMask]! > since) break;
        leaving++;
      }
      if (leaving > 0) this.#leave(window, leaving);
    }
  }

  /**
   * Carries diamonds from one to another, newest gifts first: what was corrected is taken to be what has just happened.
   * `of` above 0: only gifts that the event with that number brought here. Tells how much it was; what is older than a
   * window is not in it. `taken` is told of each gift that is touched: which event had brought it there, and how much.
   */
  correct(transfer: WindowTransfer, of: number, taken: (seq: number, diamonds: number) => void): number {
    const { from, to, diamonds, seq } = transfer;
    let left = diamonds;
    let carried = 0;
    for (let gift = this.#head - 1; gift >= this.#oldest() && left > 0; gift--) {
      const chunk = this.#chunkOf(gift);
      const slot = gift & chunkMask;
      const brought = chunk.seq[slot]!;
      if (chunk.gifter[slot] !== from || (of > 0 && brought !== of)) continue;
      const whole = chunk.diamonds[slot]!;
      const part = Math.min(left, whole);
      left -= part;
      carried += part;
      this.#count(gift, from, -part, seq);
      if (part < whole) {
        chunk.diamonds[slot]! -= part;
        this.#insertAfter(gift, to, part, seq);
      } else {
        chunk.gifter[slot] = to;
        chunk.seq[slot] = seq;
        this.#count(gift, to, part, seq);
      }
      taken(brought, part);
    }
    return carried;
  }

  /** Adds to every window that the gift is in. */
  #count(gift: number, gifter: number, diamonds: number, seq: number): void {
    if (gifter < 0) return;
    for (let window = 0; window < this.#boards.length; window++) {
      if (gift >= this.#tails[window]!) this.#boards[window]!.add(gifter, diamonds, seq);
    }
  }

  /** Parts a gift between two gifters: the target's part stands right behind it, and all later gifts move up by one. */
  #insertAfter(gift: number, target: number, diamonds: number, seq: number): void {
    const at = this.#chunkOf(gift).at[gift & chunkMask]!;
    this.#append(0, 0, 0, 0);
    for (let later = this.#head - 1; later > gift + 1; later--) this.#copy(later - 1, later);
    this.#write(gift + 1, at, target, diamonds, seq);
    for (let window = 0; window < this.#tails.length; window++) if (this.#tails[window]! > gift) this.#tails[window]!++;
    this.#count(gift, target, diamonds, seq);
  }

  #append(at: number, gifter: number, diamonds: number, seq: number): void {
    if ((this.#head & chunkMask) === 0) this.#chunks.push(newChunk());
    this.#write(this.#head++, at, gifter, diamonds, seq);
  }

  #write(gift: number, at: number, gifter: number, diamonds: number, seq: number): void {
    const chunk = this.#chunkOf(gift);
    const slot = gift & chunkMask;
    chunk.at[slot] = at;
    chunk.gifter[slot] = gifter;
    chunk.diamonds[slot] = diamonds;
    chunk.seq[slot] = seq;
  }

  #copy(from: number, to: number): void {
    const chunk = this.#chunkOf(from);
    const slot = from & chunkMask;
    this.#write(to, chunk.at[slot]!, chunk.gifter[slot]!, chunk.diamonds[slot]!, chunk.seq[slot]!);
  }

  #dropOldest(): void {
    const oldest = this.#oldest();
    for (let window = 0; window < this.#tails.length; window++) {
      if (this.#tails[window] === oldest) this.#leave(window, 1);
    }
  }

  #leave(window: number, count: number): void {
    const board = this.#boards[window]!;
    const end = this.#tails[window]! + count;
    for (let gift = this.#tails[window]!; gift < end; gift++) {
      const chunk = this.#chunkOf(gift);
      const slot = gift & chunkMask;
      const gifter = chunk.gifter[slot]!;
      // Leaving brings nobody to a new place in time: among equals the order stays.
      if (gifter >= 0) board.add(gifter, -chunk.diamonds[slot]!, board.seqOf(gifter));
    }
    this.#tails[window] = end;
    while (this.#oldest() >= this.#base + chunkSize) {
      this.#chunks.shift();
      this.#base += chunkSize;
    }
  }

  /** Number of the oldest gift that a window still needs. */
  #oldest(): number {
    return this.#tails[windowMinutes.length - 1]!;
  }

  #chunkOf(gift: number): Chunk {
    return this.#chunks[(gift - this.#base) >> chunkBits]!;
  }

  /** Bytes that `save` writes. */
  savedBytes(): number {
    let bytes = 8 + 8 * this.#tails.length + 24 * this.length + aligned(4 * this.length);
    for (const board of this.#boards) bytes += boardBytes(board);
    return bytes;
  }

  save(writer: ByteWriter): void {
    const { length } = this;
    const oldest = this.#oldest();
    writer.float64(length);
    for (const tail of this.#tails) writer.float64(tail - oldest);
    const at = writer.float64s(length);
    const diamonds = writer.float64s(length);
    const seqs = writer.float64s(length);
    const gifters = writer.int32s(length);
    for (let gift = oldest; gift < this.#head;) {
      const chunk = this.#chunkOf(gift);
      const slot = gift & chunkMask;
      const end = Math.min(chunkSize, slot + this.#head - gift);
      at.set(chunk.at.subarray(slot, end), gift - oldest);
      diamonds.set(chunk.diamonds.subarray(slot, end), gift - oldest);
      seqs.set(chunk.seq.subarray(slot, end), gift - oldest);
      gifters.set(chunk.gifter.subarray(slot, end), gift - oldest);
      gift += end - slot;
    }
    for (const board of this.#boards) saveBoard(writer, board);
  }

  /** `known` is the size of the roster. */
  static load(reader: ByteReader, known: number): Windows {
    const windows = new Windows();
    const length = reader.float64();
    for (let window = 0; window < windows.#tails.length; window++) windows.#tails[window] = reader.float64();
    const at = reader.float64s(length);
    const diamonds = reader.float64s(length);
    const seqs = reader.float64s(length);
    const gifters = reader.int32s(length);
    for (let gift = 0; gift < length; gift++) windows.#append(at[gift]!, gifters[gift]!, diamonds[gift]!, seqs[gift]!);
    windows.#boards = windowMinutes.map(() => loadBoard(reader, known));
    return windows;
  }
}

function newChunk(): Chunk {
  return {
    at: new Float64Array(chunkSize),
    gifter: new Int32Array(chunkSize),
    diamonds: new Float64Array(chunkSize),
    seq: new Float64Array(chunkSize),
  };
}
