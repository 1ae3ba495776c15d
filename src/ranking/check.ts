import type { Standing } from '../protocol/events.ts';
import { boardRowsMax, sideRowsMax, type RoomView } from '../protocol/room-view.ts';
import type { BattleBoards } from './battle-boards.ts';
import type { Board } from './board.ts';
import type { Boards } from './boards.ts';
import type { Ledger } from './ledger.ts';
import type { Roster } from './roster.ts';
import type { SessionSums } from './saved-state.ts';

// The invariants of a ranking, cheap enough for production: every sum is reached by two roads, and what dashboards see
// is held against the boards behind it. What it finds is a bug, whatever caused it.

export interface CheckReport {
  /** Sentences, each with the numbers that do not agree; empty = all is well. */
  readonly problems: readonly string[];
}

export interface CheckInput {
  readonly view: RoomView;
  readonly boards: Boards;
  readonly battles: BattleBoards;
  readonly roster: Roster;
  readonly ledger: Ledger;
  readonly sums: Pick<SessionSums, 'gifted' | 'unranked'>;
  /** Any number: chooses which ranks are looked up. Another one at every check. */
  readonly probe: number;
  readonly writing: boolean;
}

/** Ranks that one check looks up in both directions. */
const probes = 64;

export function checkRanking(input: CheckInput): CheckReport {
  const { view, boards, battles, ledger } = input;
  const { gifted: given, unranked } = input.sums;
  const expected = given + ledger.explained;
  const problems: string[] = [];
  const same = (what: string, found: unknown, wanted: unknown): void => {
    if (found !== wanted) problems.push(`${what}: ${String(found)} instead of ${String(wanted)}`);
  };
  if (input.writing) problems.push('a turn failed half way');
  same('session diamonds in the view against gift events and ledger', view.session.diamonds, expected);
  same('diamonds on the session board', boards.session.total + unranked, expected);
  same('gifters in the view', view.session.gifters, boards.session.size);
  let received = 0;
  for (const board of boards.receivers.values()) received += board.total;
  // Beyond limits.receiversMax receivers have no board.
  if (received > boards.session.total) same('diamonds by receiver', received, boards.session.total);
  checkRows('session', view.board, boards.session, boardRowsMax, input.roster, problems);
  const sides = view.battle?.sides ?? [];
  same('boards of battle sides', battles.sides.length, sides.length);
  for (let side = 0; side < sides.length && side < battles.sides.length; side++) {
    const { board, gifted, corrected } = battles.sides[side]!;
    const name = { battleId: view.battle!.battleId, sideId: sides[side]!.id };
    same(`diamonds of battle side ${side}`, sides[side]!.diamonds ?? 0, board.total);
    same(`diamonds of battle side ${side} against gift events and ledger`, board.total, gifted + corrected);
    const explained = ledger.explainedOn(name);
    if (explained !== null) same(`corrections of battle side ${side} against the ledger`, corrected, explained);
    checkRows(`side ${side}`, view.battleBoards[side] ?? [], board, sideRowsMax, input.roster, problems);
  }
  for (const [side, { board, gifted, corrected }] of battles.formerSides.entries())
    same(`diamonds of side ${side} of the battle before`, board.total, gifted + corrected);
  checkRanks(boards.session, input.probe, problems);
  return { problems };
}

function checkRows(
  name: string,
  rows: readonly Standing[],
  board: Board,
  rowsMax: number,
  roster: Roster,
  problems: string[],
): void {
  const gifters = board.gifters(1, rowsMax);
  if (rows.length !== gifters.length)
    problems.push(`rows of board ${name}: ${rows.length} instead of ${gifters.length}`);
  for (let index = 0; index < Math.min(rows.length, gifters.length); index++) {
    const row = rows[index]!;
    const gifter = gifters[index]!;
    const asked = roster.find(row.user.id);
    if (asked !== gifter || row.diamonds !== board.diamondsOf(gifter) || row.seq !== board.seqOf(gifter)) {
      problems.push(`row ${index + 1} of board ${name}: ${row.user.id} with ${row.diamonds} at seq ${row.seq}`);
    }
  }
}

/** Looks up some ranks both ways: a block that lost its order shows here. */
function checkRanks(board: Board, probe: number, problems: string[]): void {
  const { size } = board;
  const step = Math.max(1, Math.floor(size / probes));
  for (let rank = 1 + (probe % step); rank <= size; rank += step) {
    const gifter = board.gifterAt(rank);
    const found = board.rankOf(gifter);
    if (found !== rank) problems.push(`rank ${rank} of board session: its gifter says rank ${found}`);
    const below = board.gifterAt(rank + 1);
    if (below >= 0 && board.diamondsOf(below) > board.diamondsOf(gifter)) {
      problems.push(`rank ${rank + 1} of board session has more diamonds than rank ${rank}`);
    }
  }
}
