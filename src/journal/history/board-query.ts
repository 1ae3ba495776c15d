import { rankedPartsBelow } from './board-entries.ts';
import { type BoardRow, BoardRows } from './board-rows.ts';
import { bytesOf, type HistoryDatabase, numberOf, numberOrNull, type Row } from './database.ts';
import type { Deadline } from './deadline.ts';

// Boards of the past, at any position: the nearest checkpoint and the entries after it; a battle's side from its
// entries alone, which are minutes. Reads in chunks, so that a query can be given up between two of them.

const chunkRows = 20_000;

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

/** The session's board; null for a session that is not known. */
export function sessionBoard(
  database: HistoryDatabase,
  session: number,
  options: PageOptions,
  deadline: Deadline,
): BoardPage | null {
  const found = database.get('SELECT room, start_seq, end_seq FROM session WHERE id = ?', [session]);
  if (found === undefined) return null;
  const seq = within(options.seq, numberOf(found, 'start_seq'), numberOf(found, 'end_seq'));
  const newest = 'SELECT seq, rows FROM checkpoint WHERE session = ? AND seq <= ? ORDER BY seq DESC LIMIT 1';
  const checkpoint = database.get(newest, [session, seq]);
  const board = checkpoint === undefined ? new BoardRows() : BoardRows.load(bytesOf(checkpoint, 'rows'));
  deadline.check();
  const sql = `SELECT seq, part, person, diamonds AS amount FROM entry
    WHERE room = ? AND (seq, part) > (?, ?) AND seq <= ? AND session = ${session}
    AND part < ${rankedPartsBelow} AND diamonds <> 0 ORDER BY seq, part LIMIT ${chunkRows}`;
  const from = checkpoint === undefined ? numberOf(found, 'start_seq') - 1 : numberOf(checkpoint, 'seq');
  addEntries(database, board, sql, { room: numberOf(found, 'room'), from, to: seq }, deadline);
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
  const entries = `SELECT seq, part, person, side_diamonds AS amount FROM entry
    WHERE room = ? AND (seq, part) > (?, ?) AND seq <= ? AND side = ${side}
    AND side_diamonds <> 0 ORDER BY seq, part LIMIT ${chunkRows}`;
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

function addEntries(database: HistoryDatabase, board: BoardRows, sql: string, range: Range, deadline: Deadline): void {
  let seq = range.from;
  // Behind every part of the position that is excluded.
  let part = 1_000_000;
  for (;;) {
    const rows = database.all(sql, [range.room, seq, part, range.to]);
    for (const row of rows) board.add(numberOf(row, 'person'), numberOf(row, 'amount'), numberOf(row, 'seq'));
    const last: Row | undefined = rows.at(-1);
    if (last === undefined || rows.length < chunkRows) return;
    seq = numberOf(last, 'seq');
    part = numberOf(last, 'part');
    deadline.check();
  }
}

function within(seq: number | undefined, start: number, end: number): number {
  return seq === undefined ? end : Math.max(start, Math.min(end, seq));
}

function page(board: BoardRows, seq: number, options: PageOptions): BoardPage {
  return { seq, ...board.totals(), rows: board.ranked(options.offset, options.limit) };
}

/** Number of a battle's side by its name; null when there is none. */
export function findSide(database: HistoryDatabase, battle: number, upstream: string): number | null {
  const row = database.get('SELECT id FROM battle_side WHERE battle = ? AND upstream = ?', [battle, upstream]);
  return row === undefined ? null : numberOrNull(row, 'id');
}
