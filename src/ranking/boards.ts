import { unreachable } from '../base/assert.ts';
import type { BoardScope } from '../protocol/board-scope.ts';
import { limits } from '../protocol/limits.ts';
import { Board } from './board.ts';
import { boardBytes, loadBoard, saveBoard, type ByteReader, type ByteWriter } from './bytes.ts';
import { Windows } from './windows.ts';

// Owns the boards of a room that no battle bounds: of the session, of each receiver in it, of the last minutes, of the
// day, the week and all time. One gift goes onto all of them. Which day it is follows from the room's time.
// Bounded: one row a gifter and board (limits.giftersMax), limits.receiversMax receivers.

const dayMs = 86_400_000;
/** The first of January 1970 was a Thursday: weeks begin on Monday. */
const mondayOffsetDays = 3;

/** The session's board, a receiver's ('' = the host), the last minutes, or by calendar. */
export type RoomScope = Exclude<BoardScope, { readonly kind: 'side' }>;

/** A correction as boards see it: diamonds of `from` (-1 = out of nothing) go to `to` (-1 = away for good). */
export interface Transfer {
  readonly from: number;
  readonly to: number;
  /** What the session board gives: never more than is there. */
  readonly diamonds: number;
  /** What other boards give at most: a merge carries over all that each of them holds. */
  readonly elsewhere: number;
  readonly receiver: string;
  readonly seq: number;
}

export interface SavedReceivers {
  readonly names: readonly string[];
  readonly corrected: readonly (readonly [receiver: string, diamonds: number])[];
}

export class Boards {
  readonly #dayOffsetMs: number;
  #session = new Board();
  /** By receiver, '' = the room's host; in order of first appearance. */
  #receivers = new Map<string, Board>();
  /** By receiver: what corrections added to the board (or took away, when negative). */
  #correctedBy = new Map<string, number>();
  #windows = new Windows();
  #day = new Board();
  #week = new Board();
  #allTime = new Board();
  /** Days since 1970 of the day on the board; 0 = no time was told yet. */
  #dayNumber = 0;
  #weekNumber = 0;

  /** `dayOffsetMinutes`: how far local midnight is before midnight UTC, as in time zones written +02:00 = 120. */
  constructor(dayOffsetMinutes: number) {
    this.#dayOffsetMs = dayOffsetMinutes * 60_000;
  }

  /** The board of a scope; undefined for a receiver who got nothing. */
  in(scope: RoomScope): Board | undefined {
    switch (scope.kind) {
      case 'session':
        return this.#session;
      case 'day':
        return this.#day;
      case 'week':
        return this.#week;
      case 'all-time':
        return this.#allTime;
      case 'receiver':
        return this.#receivers.get(scope.receiver);
      case 'window':
        return this.#windows.board(scope.minutes);
      default:
        return unreachable(scope);
    }
  }

  get session(): Board {
    return this.#session;
  }
  get receivers(): ReadonlyMap<string, Board> {
    return this.#receivers;
  }
  /** Counts a gift everywhere and returns the gifter's rank on the session board. `now` is the room's time. */
  add(gifter: number, diamonds: number, seq: number, receiver: string, now: number): number {
    this.#windows.add(now, gifter, diamonds, seq);
    this.#day.add(gifter, diamonds, seq);
    this.#week.add(gifter, diamonds, seq);
    this.#allTime.add(gifter, diamonds, seq);
    this.#receiverBoard(receiver)?.add(gifter, diamonds, seq);
    return this.#session.add(gifter, diamonds, seq);
  }

  /** The room's time has moved to `now`, perhaps. */
  moveTime(now: number): void {
    if (now === 0) return;
    this.#windows.expire(now);
    const day = Math.floor((now + this.#dayOffsetMs) / dayMs);
    if (day <= this.#dayNumber) return;
    if (this.#dayNumber !== 0) this.#day = new Board();
    this.#dayNumber = day;
    const week = Math.floor((day + mondayOffsetDays) / 7);
    if (week <= this.#weekNumber) return;
    if (this.#weekNumber !== 0) this.#week = new Board();
    this.#weekNumber = week;
  }

  /** A new session: its board and those of receivers begin anew, the others go by time. */
  beginSession(): void {
    this.#session = new Board();
    this.#receivers = new Map();
    this.#correctedBy = new Map();
  }

  /** Diamonds that gift events brought a receiver, corrections aside; null = no gift to that receiver was seen. */
  givenTo(receiver: string): number | null {
    const board = this.#receivers.get(receiver);
    return board === undefined ? null : board.total - (this.#correctedBy.get(receiver) ?? 0);
  }

  /**
   * Names of receivers in the order of their boards, with what corrections added: what `load` needs beside the bytes.
   */
  savedReceivers(): SavedReceivers {
    return { names: [...this.#receivers.keys()], corrected: [...this.#correctedBy] };
  }

  /** The receiver known by `id` turns out to be the room's host. */
  joinReceiver(id: string): void {
    const board = this.#receivers.get(id);
    if (board === undefined) return;
    this.#receivers.delete(id);
    this.#noteCorrection('', this.#correctedBy.get(id) ?? 0);
    this.#correctedBy.delete(id);
    const host = this.#receiverBoard('');
    // By seq, so that among equals whoever was there first stays first.
    const gifters = [...board.gifters(1, board.size)].sort((a, b) => board.seqOf(a) - board.seqOf(b));
    for (const gifter of gifters) {
      host?.add(gifter, board.diamondsOf(gifter), Math.max(board.seqOf(gifter), host.seqOf(gifter)));
    }
  }

  /** Carries a correction out on every board. */
  transfer(transfer: Transfer, now: number): void {
    const { from, to, diamonds, elsewhere, receiver, seq } = transfer;
    if (from < 0) {
      this.add(to, diamonds, seq, receiver, now);
      if (this.#receivers.has(receiver)) this.#noteCorrection(receiver, diamonds);
      return;
    }
    transferOn(this.#session, from, to, diamonds, seq);
    transferOn(this.#day, from, to, elsewhere, seq);
    transferOn(this.#week, from, to, elsewhere, seq);
    transferOn(this.#allTime, from, to, elsewhere, seq);
    this.#windows.correct(from, to, elsewhere, seq);
    // The receiver that the correction names first, then the others, until what was taken is covered.
    let left = elsewhere;
    if (this.#receivers.has(receiver)) left -= this.#transferReceived(receiver, transfer, left);
    for (const other of this.#receivers.keys()) {
      if (other !== receiver) left -= this.#transferReceived(other, transfer, left);
    }
  }

  #transferReceived(receiver: string, transfer: Transfer, diamonds: number): number {
    const { from, to, seq } = transfer;
    const taken = transferOn(this.#receivers.get(receiver)!, from, to, diamonds, seq);
    if (to < 0) this.#noteCorrection(receiver, -taken);
    return taken;
  }

  #noteCorrection(receiver: string, diamonds: number): void {
    if (diamonds !== 0) this.#correctedBy.set(receiver, (this.#correctedBy.get(receiver) ?? 0) + diamonds);
  }

  #receiverBoard(receiver: string): Board | undefined {
    const known = this.#receivers.get(receiver);
    if (known !== undefined || this.#receivers.size >= limits.receiversMax.value) return known;
    const board = new Board();
    this.#receivers.set(receiver, board);
    return board;
  }

  /** Bytes that `save` writes, beside the names of receivers. */
  savedBytes(): number {
    let bytes = 16 + this.#windows.savedBytes();
    for (const board of [this.#session, this.#day, this.#week, this.#allTime]) bytes += boardBytes(board);
    for (const board of this.#receivers.values()) bytes += boardBytes(board);
    return bytes;
  }

  save(writer: ByteWriter): void {
    writer.float64(this.#dayNumber);
    writer.float64(this.#weekNumber);
    for (const board of [this.#session, this.#day, this.#week, this.#allTime]) saveBoard(writer, board);
    for (const board of this.#receivers.values()) saveBoard(writer, board);
    this.#windows.save(writer);
  }

  /** `gifters` is the size of the roster. */
  load(reader: ByteReader, receivers: SavedReceivers, gifters: number): void {
    this.#dayNumber = reader.float64();
    this.#weekNumber = reader.float64();
    this.#session = loadBoard(reader, gifters);
    this.#day = loadBoard(reader, gifters);
    this.#week = loadBoard(reader, gifters);
    this.#allTime = loadBoard(reader, gifters);
    this.#receivers = new Map(receivers.names.map((name) => [name, loadBoard(reader, gifters)]));
    this.#correctedBy = new Map(receivers.corrected);
    this.#windows = Windows.load(reader, gifters);
  }
}

/** Moves up to `diamonds` on one board and returns how many it were. */
export function transferOn(board: Board, from: number, to: number, diamonds: number, seq: number): number {
  const taken = Math.min(diamonds, board.diamondsOf(from));
  if (taken === 0) return 0;
  board.add(from, -taken, seq);
  if (to >= 0) board.add(to, taken, seq);
  return taken;
}
