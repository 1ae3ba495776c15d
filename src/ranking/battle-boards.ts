import type { BattleSide, BattleState } from '../protocol/battle-state.ts';
import type { GiftBattle, GiftEvent } from '../protocol/events.ts';
import { sideOfHost } from './battle-sides.ts';
import { isGiftOf } from './battle.ts';
import { Board } from './board.ts';
import { boardBytes, loadBoard, saveBoard, type ByteReader, type ByteWriter } from './bytes.ts';

// Owns the boards of each side of the battle on display, and of the one before it, for gifts that arrive when the next
// battle has begun. The battle's state itself is the view's; that of the one before is kept here.
// Bounded: two battles of limits.battleSidesMax sides.

/** A side's board, and its sum by two other roads. */
export interface SideCount {
  readonly board: Board;
  /** Diamonds of gift events that were counted here. */
  gifted: number;
  /** What corrections added, or took away when negative. */
  corrected: number;
}

export class BattleBoards {
  #sides: SideCount[] = [];
  #formerSides: SideCount[] = [];
  #former: BattleState | null = null;

  /** The battle before the one on display; null = none in this session. */
  get former(): BattleState | null {
    return this.#former;
  }

  /** By the index of the side. */
  get sides(): readonly SideCount[] {
    return this.#sides;
  }

  get formerSides(): readonly SideCount[] {
    return this.#formerSides;
  }

  /** A side's board: of the battle with that id, or, where it is null, of the one on display. */
  in(side: number, battleId: string | null, shown: BattleState | null): Board | undefined {
    if (battleId === null || battleId === shown?.battleId) return this.#sides[side]?.board;
    return battleId === this.#former?.battleId ? this.#formerSides[side]?.board : undefined;
  }

  /** The battle on display goes from `before` to `after`. A side keeps its board wherever it comes to stand. */
  turn(before: BattleState | null, after: BattleState): void {
    const same = before !== null && before.battleId === after.battleId;
    if (!same && before !== null) {
      this.#former = before;
      this.#formerSides = this.#sides;
    }
    const known = same ? before.sides : [];
    const counts = this.#sides;
    this.#sides = after.sides.map((side) => {
      const index = known.findIndex((other) => other.id === side.id);
      return index < 0 ? { board: new Board(), gifted: 0, corrected: 0 } : counts[index]!;
    });
  }

  clear(): void {
    this.#sides = [];
    this.#formerSides = [];
    this.#former = null;
  }

  /** Counts a gift for a side of the battle on display. */
  count(battleId: string, side: number, gifter: number, diamonds: number, seq: number): GiftBattle {
    return countOn(this.#sides[side]!, battleId, side, gifter, diamonds, seq);
  }

  /** Counts a gift that came late for a side of the battle before. */
  countFormer(side: number, gifter: number, diamonds: number, seq: number): GiftBattle {
    const former = this.#former!;
    const part = countOn(this.#formerSides[side]!, former.battleId, side, gifter, diamonds, seq);
    former.sides[side]!.diamonds = part.sideDiamonds;
    return part;
  }

  savedBytes(): number {
    let bytes = 0;
    for (const { board } of this.#sides) bytes += 16 + boardBytes(board);
    for (const { board } of this.#formerSides) bytes += 16 + boardBytes(board);
    return bytes;
  }

  save(writer: ByteWriter): void {
    for (const side of this.#sides) saveSide(writer, side);
    for (const side of this.#formerSides) saveSide(writer, side);
  }

  load(reader: ByteReader, sides: readonly BattleSide[], former: BattleState | null, gifters: number): void {
    this.#sides = sides.map(() => loadSide(reader, gifters));
    this.#former = former;
    this.#formerSides = (former?.sides ?? []).map(() => loadSide(reader, gifters));
  }
}

function saveSide(writer: ByteWriter, { board, gifted, corrected }: SideCount): void {
  writer.float64(gifted);
  writer.float64(corrected);
  saveBoard(writer, board);
}

function loadSide(reader: ByteReader, gifters: number): SideCount {
  const gifted = reader.float64();
  const corrected = reader.float64();
  return { gifted, corrected, board: loadBoard(reader, gifters) };
}

function countOn(
  count: SideCount,
  battleId: string,
  side: number,
  gifter: number,
  diamonds: number,
  seq: number,
): GiftBattle {
  const { board } = count;
  const rank = board.add(gifter, diamonds, seq);
  count.gifted += diamonds;
  return { battleId, side, sideDiamonds: board.total, diamonds: board.diamondsOf(gifter), rank };
}

/**
 * The side of `battle` that a gift counts for; -1 = none. The battle must have been on when it was given. A gift to the
 * room's host counts for the room's own side, one to somebody else for that host's side: a guest is on none.
 */
export function sideOfGift(battle: BattleState | null, event: GiftEvent, hostId: string): number {
  if (battle === null || !isGiftOf(battle, event.at)) return -1;
  // Nobody knows when it was given, only that it was before what is on now.
  if (event.late === true && event.at === 0) return -1;
  if (event.receiver === '' || event.receiver === hostId) return battle.own;
  return sideOfHost(battle.sides, event.receiver);
}
