import { unreachable } from '../base/assert.ts';
import type { BoardScope } from '../protocol/board-scope.ts';
import type { CorrectionEffect } from '../protocol/corrections.ts';
import type { GiftStanding } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import { Board } from './board.ts';
import { boardBytes, loadBoard, saveBoard, type ByteReader, type ByteWriter } from './bytes.ts';
import { LocalDays } from './local-days.ts';
import { Windows } from './windows.ts';

// Owns the boards of a room that no battle bounds: of the session, of each receiver in it, of the last minutes, of the
// day, the week and all time. One gift goes onto all of them. Which day it is follows from the room's time.
// Bounded: one row a gifter and board (limits.giftersMax), limits.receiversMax receivers.

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
  /** Number of the gift that it is about, which goes first in the windows; 0 = of none. */
  readonly of: number;
  readonly seq: number;
}

/** What a transfer did on the boards that no battle bounds. */
export type BoardsEffect = Pick<CorrectionEffect, 'session' | 'day' | 'week' | 'allTime' | 'receivers'>;

/** A transfer that is taken back. */
export interface Return {
  /** Who gave and who received then; -1 = nobody. */
  readonly from: number;
  readonly to: number;
  readonly effect: BoardsEffect;
  /** Day and week in which it was carried out: boards of other days and weeks know nothing of it. */
  readonly day: number;
  readonly week: number;
  /** Number of the event that did it. */
  readonly doneBy: number;
  /** What later corrections have carried on of what it had brought into the windows. */
  readonly carriedOn: number;
  /** A merge: boards gave all that they held, not the same amount each. */
  readonly whole: boolean;
  readonly seq: number;
}

/** Told of gifts in the windows that are touched: which event had brought them there, and how many diamonds. */
export type TakenListener = (seq: number, diamonds: number) => void;

export interface SavedReceivers {
  readonly names: readonly string[];
  readonly corrected: readonly (readonly [receiver: string, diamonds: number])[];
  /** Absent in states of before there were zones: UTC. */
  readonly timeZone?: string;
}

export class Boards {
  /** Whether the zone was asked for: otherwise a saved state brings its own. */
  readonly #zoned: boolean;
  #days: LocalDays;
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

  /** `timeZone`: IANA name of the zone whose midnight ends a day. Default UTC, and what a saved state says. */
  constructor(timeZone?: string) {
    this.#zoned = timeZone !== undefined;
    this.#days = new LocalDays(timeZone ?? 'UTC');
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
  /** Days since 1970 of the day on the board, and weeks. */
  get day(): number {
    return this.#dayNumber;
  }
  get week(): number {
    return this.#weekNumber;
  }
  get receivers(): ReadonlyMap<string, Board> {
    return this.#receivers;
  }

  /** Where a gifter stands in the session, on `rank`. */
  standing(gifter: number, rank: number): GiftStanding {
    return { diamonds: this.#session.diamondsOf(gifter), rank, gifters: this.#session.size };
  }

  /**
   * Counts a gift everywhere and returns the gifter's rank on the session board. `now` is the room's time; `recent`
   * false = it was given too long ago for the boards of the last minutes.
   */
  add(gifter: number, diamonds: number, seq: number, receiver: string, now: number, recent = true): number {
    if (recent) this.#windows.add(now, gifter, diamonds, seq);
    this.#day.add(gifter, diamonds, seq);
    this.#week.add(gifter, diamonds, seq);
    this.#allTime.add(gifter, diamonds, seq);
    this.#receiverBoard(receiver)?.add(gifter, diamonds, seq);
    return this.#session.add(gifter, diamonds, seq);
  }

  /** Whether a window or a day has something to let go of once the room's time is `now`. */
  isDue(now: number): boolean {
    return this.#windows.isDue(now) || (this.#dayNumber !== 0 && this.#days.dayOf(now) > this.#dayNumber);
  }

  /** The room's time has moved to `now`, perhaps. */
  moveTime(now: number): void {
    if (now === 0) return;
    this.#windows.expire(now);
    const day = this.#days.dayOf(now);
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
    const { timeZone } = this.#days;
    return { names: [...this.#receivers.keys()], corrected: [...this.#correctedBy], timeZone };
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

  /** Carries a correction out on every board, and tells what it did. */
  transfer(transfer: Transfer, now: number, taken: TakenListener): BoardsEffect {
    const { from, to, diamonds, elsewhere, receiver, seq } = transfer;
    if (from < 0) {
      this.add(to, diamonds, seq, receiver, now);
      const received = this.#receivers.has(receiver);
      if (received) this.#noteCorrection(receiver, diamonds);
      const receivers = received ? [{ receiver, diamonds }] : [];
      return { session: diamonds, day: diamonds, week: diamonds, allTime: diamonds, receivers };
    }
    const session = transferOn(this.#session, from, to, diamonds, seq);
    const day = transferOn(this.#day, from, to, elsewhere, seq);
    const week = transferOn(this.#week, from, to, elsewhere, seq);
    const allTime = transferOn(this.#allTime, from, to, elsewhere, seq);
    const inWindows = { from, to, diamonds: elsewhere, seq };
    const { of } = transfer;
    const named = of > 0 ? this.#windows.correct(inWindows, of, taken) : 0;
    this.#windows.correct({ ...inWindows, diamonds: elsewhere - named }, 0, taken);
    // The receiver that the correction names first, then the others, until what was taken is covered.
    const receivers: { receiver: string; diamonds: number }[] = [];
    let left = elsewhere;
    for (const name of [receiver, ...this.#receivers.keys()]) {
      if (!this.#receivers.has(name) || (name === receiver && receivers.length > 0)) continue;
      const received = transferOn(this.#receivers.get(name)!, from, to, left, seq);
      if (received === 0) continue;
      left -= received;
      if (to < 0) this.#noteCorrection(name, -received);
      receivers.push({ receiver: name, diamonds: received });
    }
    return { session, day, week, allTime, receivers };
  }

  /**
   * Takes a transfer back on every board that still knows of it, and tells what went the other way. What the session
   * can no longer give back, no other board does.
   */
  takeBack(back: Return, taken: TakenListener): BoardsEffect {
    const { from, to, effect, seq } = back;
    const session = returnOn(this.#session, back, effect.session);
    const missing = effect.session - session;
    const day = back.day === this.#dayNumber ? returnOn(this.#day, back, effect.day - missing) : 0;
    const week = back.week === this.#weekNumber ? returnOn(this.#week, back, effect.week - missing) : 0;
    const allTime = returnOn(this.#allTime, back, effect.allTime - missing);
    const most = back.whole ? Number.POSITIVE_INFINITY : session;
    const inWindows = { from: to, to: from, diamonds: most, seq };
    const found = this.#windows.correct(inWindows, back.doneBy, taken);
    // What a later correction has carried on is made good by what the receiver has beside it.
    const rest = Math.min(back.carriedOn, most - found);
    if (to >= 0) this.#windows.correct({ ...inWindows, diamonds: rest }, 0, taken);
    return { session, day, week, allTime, receivers: this.#takeBackReceived(back, session) };
  }

  /** First from who received it then, afterwards from the others: no gifter has more by receiver than in all. */
  #takeBackReceived(back: Return, diamonds: number): { receiver: string; diamonds: number }[] {
    const returned = new Map<string, number>();
    let left = diamonds;
    const give = (receiver: string, most: number): void => {
      const board = this.#receivers.get(receiver);
      const given = board === undefined ? 0 : returnOn(board, back, Math.min(most, left));
      if (given === 0) return;
      left -= given;
      if (back.from < 0) this.#noteCorrection(receiver, -given);
      else if (back.to < 0) this.#noteCorrection(receiver, given);
      returned.set(receiver, (returned.get(receiver) ?? 0) + given);
    };
    for (const one of back.effect.receivers) give(one.receiver, one.diamonds);
    if (back.to >= 0) for (const receiver of this.#receivers.keys()) give(receiver, left);
    return [...returned].map(([receiver, given]) => ({ receiver, diamonds: given }));
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
    if (!this.#zoned) this.#days = new LocalDays(receivers.timeZone ?? 'UTC');
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

/** Takes back up to `diamonds` of a transfer on one board and returns how many it were. */
function returnOn(board: Board, back: Pick<Return, 'from' | 'to' | 'seq'>, diamonds: number): number {
  const { from, to, seq } = back;
  if (diamonds <= 0) return 0;
  if (to >= 0) return transferOn(board, to, from, diamonds, seq);
  if (from >= 0) board.add(from, diamonds, seq);
  return diamonds;
}
