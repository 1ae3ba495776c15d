import { rankedPartsBelow } from './board-entries.ts';
import type { HistoryDatabase } from './database.ts';

// Forgets what a room's history knows beyond a position: when the log has lost its end to a power cut, and has gone on
// differently. To be called in a transaction. `seq` must be that of an import state, or 0 for everything.

export function rollBackRoom(database: HistoryDatabase, room: number, seq: number): void {
  for (const table of ['entry', 'correction', 'gap', 'operator_change', 'import_state'])
    database.run(`DELETE FROM ${table} WHERE room = ? AND seq > ?`, [room, seq]);
  const open = 'SELECT id FROM session WHERE room = ? AND end_seq > ?';
  for (const table of ['checkpoint', 'pulse'])
    database.run(`DELETE FROM ${table} WHERE session IN (${open}) AND seq > ?`, [room, seq, seq]);
  database.run(`DELETE FROM session_gifter WHERE session IN (${open})`, [room, seq]);
  database.run(
    `INSERT INTO session_gifter
       (session, person, diamonds, gifts, first_seq, last_seq, first_at, last_at)
     SELECT session, person, sum(diamonds), sum(count), min(seq), max(seq), min(at), max(at) FROM entry
     WHERE room = ? AND session IN (${open}) AND (diamonds <> 0 OR count <> 0) AND part <= ${rankedPartsBelow}
     GROUP BY session, person`,
    [room, room, seq],
  );
  database.run('DELETE FROM room_gifter WHERE room = ?', [room]);
  database.run(
    `INSERT INTO room_gifter
     SELECT session.room, person, sum(g.diamonds), sum(g.gifts), count(*), min(first_at), max(last_at)
     FROM session_gifter AS g JOIN session ON session.id = g.session WHERE session.room = ? GROUP BY person`,
    [room],
  );
  const lateBattles = 'SELECT id FROM battle WHERE room = ? AND start_seq > ?';
  database.run(`DELETE FROM battle_side WHERE battle IN (${lateBattles})`, [room, seq]);
  database.run('DELETE FROM battle WHERE room = ? AND start_seq > ?', [room, seq]);
  database.run('DELETE FROM session WHERE room = ? AND start_seq > ? AND end_seq > ?', [room, seq, seq]);
  if (seq === 0) database.run('DELETE FROM session WHERE room = ?', [room]);
}
