import { type HistoryDatabase, numberOf, numberOrNull, type Row, textOf } from './database.ts';
import type { SessionName } from '../../protocol/history-queries.ts';

// From the names that people use to the rows that are meant. What comes from outside is looked up here before it
// names anything else: a room that the history does not know never becomes the name of a folder.

export interface FoundRoom {
  readonly id: number;
  /** The room's id in addresses and on disk. */
  readonly name: string;
}

export interface FoundSession {
  readonly id: number;
  readonly room: number;
  readonly roomName: string;
  readonly startSeq: number;
  readonly endSeq: number;
}

/** By id, or else by handle, with or without @. */
export function findRoom(database: HistoryDatabase, name: string): FoundRoom | null {
  const handle = name.startsWith('@') ? name.slice(1) : name;
  const row =
    database.get('SELECT id, name FROM room WHERE name = ?', [name]) ??
    database.get('SELECT id, name FROM room WHERE handle = ? ORDER BY id LIMIT 1', [handle]);
  return row === undefined ? null : { id: numberOf(row, 'id'), name: textOf(row, 'name') };
}

/** A session is called by the seq of its first event. */
export function findSession(database: HistoryDatabase, { room: name, session }: SessionName): FoundSession | null {
  const room = findRoom(database, name);
  if (room === null) return null;
  const row = database.get('SELECT id, end_seq FROM session WHERE room = ? AND start_seq = ?', [room.id, session]);
  if (row === undefined) return null;
  const endSeq = numberOf(row, 'end_seq');
  return { id: numberOf(row, 'id'), room: room.id, roomName: room.name, startSeq: session, endSeq };
}

/** Null: the room has none yet. */
export function newestSession(database: HistoryDatabase, room: FoundRoom): FoundSession | null {
  const row = database.get('SELECT max(start_seq) AS seq FROM session WHERE room = ?', [room.id]);
  const session = row === undefined ? null : numberOrNull(row, 'seq');
  return session === null ? null : findSession(database, { room: room.name, session });
}

/** Row of a battle's side by their upstream names. */
export function findSide(
  database: HistoryDatabase,
  session: FoundSession,
  battle: string,
  side: string,
): number | null {
  const sql = `SELECT battle_side.id AS id FROM battle JOIN battle_side ON battle_side.battle = battle.id
    WHERE battle.session = ? AND battle.upstream = ? AND battle_side.upstream = ?`;
  const row: Row | undefined = database.get(sql, [session.id, battle, side]);
  return row === undefined ? null : numberOf(row, 'id');
}
