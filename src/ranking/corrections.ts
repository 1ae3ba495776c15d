import type { BattleState } from '../protocol/battle-state.ts';
import type { CorrectedBattle, CorrectionEvent, Standing } from '../protocol/events.ts';
import { boardRowsMax, sideRowsMax } from '../protocol/room-view.ts';
import type { BattleBoards } from './battle-boards.ts';
import { sideOfHost } from './battle-sides.ts';
import { BoardReader } from './board-reader.ts';
import type { Board } from './board.ts';
import { transferOn, type Transfer } from './boards.ts';
import type { Roster } from './roster.ts';

// Corrections by operators: compensating, never an edit of the past. `add` gives, `void` takes back, `move` carries
// some diamonds from one gifter to another, `merge` all of them, on every board. None takes more than is there: what it
// really did is in `applied`.

/** Bytes of JSON that the rows of a correction may take, so that the event stays below limits.eventBytesMax. */
const rowBytesMax = 40_000;

/** What a correction will do to the session board; null where the gifter it takes from is not known. */
export function appliedBy(event: CorrectionEvent, session: Board, from: number): number {
  if (event.action === 'add') return event.diamonds;
  if (from < 0 || event.target?.id === event.user.id) return 0;
  const held = session.diamondsOf(from);
  return event.action === 'merge' ? held : Math.min(held, event.diamonds);
}

/** The correction as boards see it. Gifters must be in the roster. */
export function transferOf(event: CorrectionEvent, roster: Roster, applied: number, seq: number): Transfer {
  const user = roster.find(event.user.id);
  const target = event.target === null ? -1 : roster.find(event.target.id);
  const adds = event.action === 'add';
  const receives = event.action === 'move' || event.action === 'merge';
  return {
    from: adds ? -1 : user,
    to: adds ? user : receives ? target : -1,
    diamonds: applied,
    elsewhere: event.action === 'merge' ? Number.POSITIVE_INFINITY : applied,
    receiver: event.receiver ?? '',
    seq,
  };
}

/**
 * Carries a transfer out on the battles on display and before, and says what views need to know; null = nothing
 * changed.
 */
export function correctBattles(
  event: CorrectionEvent,
  battle: BattleState | null,
  battles: BattleBoards,
  transfer: Transfer,
  roster: Roster,
): CorrectedBattle | null {
  const { former } = battles;
  for (const side of correctSides(battles.formerBoards, sideNamed(event, former), transfer)) {
    former!.sides[side]!.diamonds = battles.formerBoards[side]!.total;
  }
  const changed = correctSides(battles.boards, sideNamed(event, battle), transfer);
  if (battle === null || changed.length === 0) return null;
  return {
    battleId: battle.battleId,
    sides: changed.map((side) => {
      const board = battles.boards[side]!;
      return { side, diamonds: board.total, board: rowsOf(board, roster, sideRowsMax, rowBytesMax / 10) };
    }),
  };
}

/** Index of the side of this battle that the correction names; -1 = none. */
function sideNamed(event: CorrectionEvent, battle: BattleState | null): number {
  if (event.side === undefined || battle === null || event.side.battleId !== battle.battleId) return -1;
  return sideOfHost(battle.sides, event.side.sideId);
}

/** Carries a transfer out on the boards of one battle and returns which sides changed. */
function correctSides(boards: readonly Board[], named: number, transfer: Transfer): number[] {
  const changed: number[] = [];
  const { from, to, diamonds, elsewhere, seq } = transfer;
  // A merge joins two people wherever they stand; anything else concerns the side that it names.
  const everywhere = elsewhere === Number.POSITIVE_INFINITY;
  for (let side = 0; side < boards.length; side++) {
    if (!everywhere && side !== named) continue;
    const board = boards[side]!;
    if (from < 0) board.add(to, diamonds, seq);
    else if (transferOn(board, from, to, elsewhere, seq) === 0) continue;
    changed.push(side);
  }
  return changed;
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
