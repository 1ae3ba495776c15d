import { rankedPartsBelow } from './board-entries.ts';
import { type BoardRow, BoardRows } from './board-rows.ts';
import { bytesOf, type HistoryDatabase, numberOf } from './database.ts';
import type { Deadline } from './deadline.ts';
import type { FoundSession } from './names.ts';

// Boards of the past, at any position: the nearest checkpoint and the entries after it; a battle's side from its
// entries alone, which are minutes. Reads in stretches of the log, so that a query can be given up between two of them.

const stretch = 50_000;

/** Rows of a board with its totals, all at position `seq`. */
export interface BoardPage {
  readonly seq: number;
  readonly gifters: number;
  readonly diamonds: number;
  readonly rows: readonly BoardRow[];
}

export interface PageOptions {
  /** Position; without it the newest. */
  readonly seq?: number;
  readonly offset: number;
  readonly limit: number;
}

/** The session's board. */
export function sessionBoard(
  database: HistoryDatabase,
  session: FoundSession,
  options: PageOptions,
  deadline: Deadline,
): BoardPage {
  const seq = within(options.seq, session.startSeq, session.endSeq);
  const newest = 'SELECT seq, rows FROM checkpoint WHERE session = ? AND seq <= ? ORDER BY seq DESC LIMIT 1';
  const checkpoint = database.get(newest, [session.id, seq]);
  const board = checkpoint === undefined ? new BoardRows() : BoardRows.load(bytesOf(checkpoint, 'rows'));
  deadline.check();
  const sql = `SELECT person, sum(diamonds) AS amount, max(seq) AS seq FROM entry
    WHERE room = ? AND seq > ? AND seq <= ? AND session = ${session.id}
    AND part < ${rankedPartsBelow} AND diamonds <> 0 GROUP BY person`;
  const from = checkpoint === undefined ? session.startSeq - 1 : numberOf(checkpoint, 'seq');
  addEntries(database, board, sql, { room: session.room, from, to: seq }, deadline);
  return page(board, seq, options);
}

/** The board of a battle's side; null for a side that is not known. */
export function sideBoard(
  database: HistoryDatabase,
  side: number,
  options: PageOptions,
  deadline: Deadline,
): BoardPage | null {
  const sql = `SELECT battle.room AS room, battle.start_seq AS start, battle.end_seq AS end, session.end_seq AS last
    FROM battle_side JOIN battle ON battle.id = battle_side.battle JOIN session ON session.id = battle.session
    WHERE battle_side.id = ?`;
  const found = database.get(sql, [side]);
  if (found === undefined) return null;
  // Gifts that came late are counted after the battle's end: they are looked for until the session's.
  const seq = within(options.seq, numberOf(found, 'start'), numberOf(found, 'last'));
  const board = new BoardRows();
  const entries = `SELECT person, sum(side_diamonds) AS amount, max(seq) AS seq FROM entry
    WHERE room = ? AND seq > ? AND seq <= ? AND side = ${side} AND side_diamonds <> 0 GROUP BY person`;
  addEntries(
    database,
    board,
    entries,
    { room: numberOf(found, 'room'), from: numberOf(found, 'start') - 1, to: seq },
    deadline,
  );
  return page(board, seq, options);
}

interface Range {
  readonly room: number;
  /** Exclusive. */
  readonly from: number;
  readonly to: number;
}

/** In any order: who got there first is told by the highest seq of a person's entries. */
function addEntries(database: HistoryDatabase, board: BoardRows, sql: string, range: Range, deadline: Deadline): void {
  for (let from = range.from; from < range.to; from += stretch) {
    const rows = database.all(sql, [range.room, from, Math.min(range.to, from + stretch)]);
    for (const row of rows) board.add(numberOf(row, 'person'), numberOf(row, 'amount'), numberOf(row, 'seq'));
    deadline.check();
  }
}

function within(seq: number | undefined, start: number, end: number): number {
  return seq === undefined ? end : Math.max(start, Math.min(end, seq));
}

function page(board: BoardRows, seq: number, options: PageOptions): BoardPage {
  return { seq, ...board.totals(), rows: board.ranked(options.offset, options.limit) };
}
