import type { BattleSide, BattleState } from '../protocol/battle-state.ts';
import type { CorrectedBattle, SideEffect, SideName } from '../protocol/corrections.ts';
import type { Standing } from '../protocol/events.ts';
import { boardRowsMax, sideRowsMax } from '../protocol/room-view.ts';
import type { BattleBoards, SideCount } from './battle-boards.ts';
import { sideOfHost } from './battle-sides.ts';
import { BoardReader } from './board-reader.ts';
import type { Board } from './board.ts';
import type { Roster } from './roster.ts';

// What corrections do to the sides of the battle on display and of the one before it, and the rows that views need
// afterwards.

/** A side of one of the two battles that still take corrections. */
export interface KnownSide extends SideName {
  readonly count: SideCount;
  readonly side: BattleSide;
  /** All sides of its battle. */
  readonly sides: readonly BattleSide[];
  /** Index in the battle on display; -1 = of the battle before. */
  readonly shownAt: number;
}

export function knownSides(battles: BattleBoards, shown: BattleState | null): KnownSide[] {
  const found: KnownSide[] = [];
  const take = (battle: BattleState | null, counts: readonly SideCount[], isShown: boolean): void => {
    const { battleId, sides } = battle ?? { battleId: '', sides: [] };
    for (const [index, side] of sides.entries()) {
      const count = counts[index]!;
      found.push({ battleId, sideId: side.id, count, side, sides, shownAt: isShown ? index : -1 });
    }
  };
  take(battles.former, battles.formerSides, false);
  take(shown, battles.sides, true);
  return found;
}

/** The side that a correction names, by its id or by that of one of its hosts; null = none of those known. */
export function sideNamed(sides: readonly KnownSide[], name: SideName | undefined): KnownSide | null {
  if (name === undefined) return null;
  const ofBattle = sides.filter((side) => side.battleId === name.battleId);
  const index = sideOfHost(ofBattle[0]?.sides ?? [], name.sideId);
  return ofBattle[index] ?? null;
}

/** Carries up to `diamonds` from one to another on one side; -1 = nobody. Tells what it was. */
export function moveOnSide(known: KnownSide, from: number, to: number, diamonds: number, seq: number): SideEffect {
  const { battleId, sideId, count, side, shownAt } = known;
  const { board } = count;
  const taken = from < 0 ? 0 : Math.min(diamonds, board.diamondsOf(from));
  const given = to < 0 ? 0 : from < 0 ? diamonds : taken;
  if (taken > 0) board.add(from, -taken, seq);
  if (given > 0) board.add(to, given, seq);
  count.corrected += given - taken;
  // The view writes to the battle on display; the one before it is here alone.
  if (shownAt < 0 && (taken > 0 || given > 0)) side.diamonds = board.total;
  return { battleId, sideId, taken, given };
}

/**
 * Takes back what a correction did on battle sides. What one side gives back another gets again, and no more: where
 * somebody has meanwhile taken from it, less comes back. A side that is no more neither gives nor gets.
 */
export function takeBackOnSides(
  sides: readonly KnownSide[],
  effects: readonly SideEffect[],
  from: number,
  to: number,
  seq: number,
): SideEffect[] {
  const found = (name: SideName): KnownSide | undefined =>
    sides.find((side) => side.battleId === name.battleId && side.sideId === name.sideId);
  const back: SideEffect[] = [];
  const within = effects.filter((effect) => effect.taken > 0 && effect.given > 0);
  for (const effect of within) {
    const side = found(effect);
    if (side !== undefined) back.push(moveOnSide(side, to, from, effect.given, seq));
  }
  // An attribution gave on one side what it took from another.
  let returned = Number.POSITIVE_INFINITY;
  for (const effect of effects) {
    const side = effect.taken === 0 && effect.given > 0 ? found(effect) : undefined;
    if (side === undefined) continue;
    const taken = moveOnSide(side, to, -1, effect.given, seq);
    returned = taken.taken;
    back.push(taken);
  }
  for (const effect of effects) {
    const side = effect.given === 0 && effect.taken > 0 ? found(effect) : undefined;
    if (side !== undefined) back.push(moveOnSide(side, -1, from, Math.min(effect.taken, returned), seq));
  }
  return back.filter((effect) => effect.taken > 0 || effect.given > 0);
}

/** Bytes of JSON that the rows of a correction may take, so that the event stays below limits.eventBytesMax. */
const rowBytesMax = 36_000;
const sideRowBytesMax = 4_000;
const allSidesRowBytesMax = 16_000;

/** What views need to know of the battle on display; null = nothing changed there. */
export function correctedBattle(
  battle: BattleState | null,
  changed: readonly KnownSide[],
  roster: Roster,
): CorrectedBattle | null {
  const shown = changed.filter((side) => side.shownAt >= 0);
  if (battle === null || shown.length === 0) return null;
  const bytesMax = Math.min(sideRowBytesMax, allSidesRowBytesMax / shown.length);
  return {
    battleId: battle.battleId,
    sides: shown.map(({ shownAt, count: { board } }) => {
      return { side: shownAt, diamonds: board.total, board: rowsOf(board, roster, sideRowsMax, bytesMax) };
    }),
  };
}

/** The first rows of the session board after a correction. */
export function sessionRows(session: Board, roster: Roster): Standing[] {
  return rowsOf(session, roster, boardRowsMax, rowBytesMax);
}

/**
 * The first rows, in at most `bytesMax` bytes of JSON: who does not fit loses the picture, and if need be the end of
 * the name. A row is never left out, for views would take the next one for its place.
 */
function rowsOf(board: Board, roster: Roster, rows: number, bytesMax: number): Standing[] {
  const standings = new BoardReader(board, roster).standings(rows);
  const bytes = (row: Standing): number => Buffer.byteLength(JSON.stringify(row));
  let total = standings.reduce((sum, row) => sum + bytes(row) + 1, 0);
  for (let row = standings.length - 1; row >= 0 && total > bytesMax; row--) {
    const full = standings[row]!;
    const short = { ...full, user: { ...full.user, avatar: '' } };
    standings[row] = short;
    total -= bytes(full) - bytes(short);
  }
  for (let row = standings.length - 1; row >= 0 && total > bytesMax; row--) {
    const full = standings[row]!;
    const { id, handle, name } = full.user;
    const short = { ...full, user: { id, handle: cut(handle), name: cut(name), avatar: '' } };
    standings[row] = short;
    total -= bytes(full) - bytes(short);
  }
  return standings;
}

function cut(text: string): string {
  const points = Array.from(text);
  return points.length <= 24 ? text : `${points.slice(0, 23).join('')}…`;
}
