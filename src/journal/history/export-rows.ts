import { unreachable } from '../../base/assert.ts';
import type { BattleState } from '../../protocol/battle-state.ts';
import type { ExportSubject } from '../../protocol/history-queries.ts';
import { rankedPartsBelow } from './board-entries.ts';
import { type BoardPage, sessionBoard, sideBoard } from './board-query.ts';
import type { CsvValue } from './csv.ts';
import { type HistoryDatabase, numberOf, textOf } from './database.ts';
import type { Deadline } from './deadline.ts';
import { eventTable } from './export-events.ts';
import {
  columns,
  type Column,
  type ExportTable,
  ids,
  mapped,
  personColumns,
  personValues,
  times,
} from './export-table.ts';
import type { LogPlace } from './log-events.ts';
import { findRoom, findSession, findSide, type FoundRoom, type FoundSession, newestSession } from './names.ts';
import { seqAt } from './position.ts';

// The rows of every export, made one by one: in the order of their columns.

/** The table of a subject; null where what it names is not known. `places` gives the log of a room. */
export function exportTable(
  database: HistoryDatabase,
  subject: ExportSubject,
  places: (room: string) => LogPlace,
  deadline: Deadline,
): ExportTable | null {
  const room = findRoom(database, subject.room);
  if (room === null) return null;
  const session = sessionOf(database, room, subject);
  if (session === 'unknown') return null;
  switch (subject.of) {
    case 'sessions':
      return sessions(database, room);
    case 'battles':
      return battles(database, room, session);
    case 'board':
    case 'sideBoard':
      return board(database, session!, subject, deadline);
    case 'gifters':
      return gifters(database, room);
    case 'gifts':
      return gifts(database, session!);
    case 'ledger':
      return ledger(database, room, session);
    case 'operators':
      return operators(database, room, session);
    case 'events':
      return eventTable(places(room.name), subject, expectedEvents(database, room, subject));
    default:
      return unreachable(subject);
  }
}

/** The session that a subject is about, null where it is about all of them. */
function sessionOf(
  database: HistoryDatabase,
  room: FoundRoom,
  subject: ExportSubject,
): FoundSession | 'unknown' | null {
  if (!('session' in subject) || subject.session === undefined) {
    if (subject.of !== 'board' && subject.of !== 'sideBoard' && subject.of !== 'gifts') return null;
    return newestSession(database, room) ?? 'unknown';
  }
  return findSession(database, { room: room.name, session: subject.session }) ?? 'unknown';
}

/** For progress: as many as the history has seen of the range; fewer where only some kinds are asked for. */
export function expectedEvents(
  database: HistoryDatabase,
  room: FoundRoom,
  {
    fromSeq = 1,
    toSeq = Number.MAX_SAFE_INTEGER,
  }: { readonly fromSeq?: number | undefined; readonly toSeq?: number | undefined },
): number {
  const sql = 'SELECT coalesce(max(seq), 0) AS seq FROM import_state WHERE room = ?';
  const newest = numberOf(database.get(sql, [room.id]), 'seq');
  return Math.max(0, Math.min(newest, toSeq) - fromSeq + 1);
}

function counted(database: HistoryDatabase, from: string, values: readonly (number | null)[]): number {
  return numberOf(database.get(`SELECT count(*) AS count FROM ${from}`, values), 'count');
}

function sessions(database: HistoryDatabase, room: FoundRoom): ExportTable {
  const counts = ['diamonds', 'gifts', 'gifters', 'likes', 'follows', 'shares', 'chats'];
  counts.push('viewers_peak', 'viewers_total', 'gaps', 'gap_ms', 'missed');
  const from = 'session WHERE room = ?';
  return {
    title: 'sessions',
    columns: columns('session', ids('room', 'live_id'), times('start', 'end'), `status ${counts.join(' ')} end_seq`),
    expected: counted(database, from, [room.id]),
    rows: mapped(database, `SELECT * FROM ${from} ORDER BY start_seq`, [room.id], (row) => [
      numberOf(row, 'start_seq'),
      room.name,
      textOf(row, 'live'),
      numberOf(row, 'start_at'),
      numberOf(row, 'end_at'),
      textOf(row, 'status'),
      ...counts.map((column) => numberOf(row, column)),
      numberOf(row, 'end_seq'),
    ]),
  };
}

function battles(database: HistoryDatabase, room: FoundRoom, session: FoundSession | null): ExportTable {
  const only = session?.id ?? null;
  const from =
    'battle JOIN session ON session.id = battle.session WHERE battle.room = ? AND (? IS NULL OR session.id = ?)';
  const sql = `SELECT battle.*, session.start_seq AS session_seq FROM ${from} ORDER BY battle.start_seq, battle.id`;
  const side = (name: string): Column[] =>
    columns(ids(`${name}_id`), `${name}_hosts ${name}_points ${name}_diamonds ${name}_outcome`);
  return {
    title: 'battles',
    columns: columns(
      'session',
      ids('battle_id'),
      times('start', 'end'),
      'phase form complete',
      side('own'),
      side('rival'),
      'sides start_seq end_seq',
    ),
    expected: counted(database, from, [room.id, only, only]),
    rows: mapped(database, sql, [room.id, only, only], (row) => {
      const { form, sides } = JSON.parse(textOf(row, 'state')) as BattleState;
      return [
        numberOf(row, 'session_seq'),
        textOf(row, 'upstream'),
        numberOf(row, 'start_at'),
        numberOf(row, 'end_at'),
        textOf(row, 'phase'),
        form,
        numberOf(row, 'complete') === 1,
        ...sideValues(sides[0]),
        ...sideValues(sides[1]),
        sides.length,
        numberOf(row, 'start_seq'),
        numberOf(row, 'end_seq'),
      ];
    }),
  };
}

function sideValues(side: BattleState['sides'][number] | undefined): CsvValue[] {
  if (side === undefined) return [null, null, null, null, null];
  const hosts = side.hosts.map(({ handle }) => handle).join(' ');
  return [side.id, hosts, side.points, side.diamonds, side.outcome];
}

function board(
  database: HistoryDatabase,
  session: FoundSession,
  subject: Extract<ExportSubject, { of: 'board' | 'sideBoard' }>,
  deadline: Deadline,
): ExportTable | null {
  const { at } = subject;
  const seq = subject.seq ?? (at === undefined ? undefined : seqAt(database, session, at));
  const options = { offset: 0, limit: Number.MAX_SAFE_INTEGER, ...(seq === undefined ? {} : { seq }) };
  let page: BoardPage | null;
  if (subject.of === 'board') page = sessionBoard(database, session, options, deadline);
  else {
    const side = findSide(database, session, subject.battle, subject.side);
    page = side === null ? null : sideBoard(database, side, options, deadline);
  }
  if (page === null) return null;
  const { rows } = page;
  return {
    title: 'board',
    columns: columns('rank', personColumns, 'diamonds seq'),
    expected: rows.length,
    rows: (function* all(): Generator<CsvValue[]> {
      for (const [index, { person: id, diamonds, seq: reachedSeq }] of rows.entries()) {
        const row = database.get('SELECT upstream, handle, name FROM person WHERE id = ?', [id]);
        yield [index + 1, ...personValues(row), diamonds, reachedSeq];
      }
    })(),
  };
}

function gifters(database: HistoryDatabase, room: FoundRoom): ExportTable {
  const sql = `SELECT person.upstream, person.handle, person.name, g.diamonds, g.gifts, g.sessions,
      g.first_at, g.last_at
    FROM room_gifter AS g CROSS JOIN person ON person.id = g.person
    WHERE g.room = ? ORDER BY g.diamonds DESC, g.last_at DESC, g.person`;
  return {
    title: 'gifters',
    columns: columns(personColumns, 'diamonds gifts sessions', times('first_gift', 'last_gift')),
    expected: counted(database, 'room_gifter WHERE room = ?', [room.id]),
    rows: mapped(database, sql, [room.id], (row) => [
      ...personValues(row),
      numberOf(row, 'diamonds'),
      numberOf(row, 'gifts'),
      numberOf(row, 'sessions'),
      numberOf(row, 'first_at'),
      numberOf(row, 'last_at'),
    ]),
  };
}

function gifts(database: HistoryDatabase, session: FoundSession): ExportTable {
  const range = 'entry.room = ? AND entry.seq >= ? AND entry.seq <= ? AND entry.session = ?';
  const values = [session.room, session.startSeq, session.endSeq, session.id];
  const sql = `SELECT entry.seq, entry.at, person.upstream, person.handle, person.name, gift.upstream AS gift_id,
      gift.name AS gift_name, gift.price, entry.count, entry.diamonds, entry.receiver, entry.part
    FROM entry CROSS JOIN person ON person.id = entry.person JOIN gift ON gift.id = entry.gift
    WHERE ${range} ORDER BY entry.seq`;
  return {
    title: 'gifts',
    columns: columns(
      'seq',
      times('time'),
      personColumns,
      ids('gift_id'),
      'gift price count diamonds',
      ids('receiver_id'),
      'ranked',
    ),
    expected: counted(database, `entry WHERE ${range} AND gift IS NOT NULL`, values),
    rows: mapped(database, sql, values, (row) => [
      numberOf(row, 'seq'),
      numberOf(row, 'at'),
      ...personValues(row),
      textOf(row, 'gift_id'),
      textOf(row, 'gift_name'),
      numberOf(row, 'price'),
      numberOf(row, 'count'),
      numberOf(row, 'diamonds'),
      textOf(row, 'receiver'),
      numberOf(row, 'part') < rankedPartsBelow,
    ]),
  };
}

function ledger(database: HistoryDatabase, room: FoundRoom, session: FoundSession | null): ExportTable {
  const only = session?.id ?? null;
  const from = 'correction AS c WHERE c.room = ? AND (? IS NULL OR c.session = ?)';
  const sql = `SELECT c.*, session.start_seq, p.upstream, p.handle, p.name, t.upstream AS target_id,
      t.handle AS target_handle
    FROM correction AS c JOIN session ON session.id = c.session JOIN person AS p ON p.id = c.person
    LEFT JOIN person AS t ON t.id = c.target
    WHERE c.room = ? AND (? IS NULL OR c.session = ?) ORDER BY c.seq`;
  return {
    title: 'ledger',
    columns: columns(
      'session seq',
      times('time'),
      'action',
      personColumns,
      ids('target_id'),
      'target_handle diamonds applied change reason by correction undoes',
    ),
    expected: counted(database, from, [room.id, only, only]),
    rows: mapped(database, sql, [room.id, only, only], (row) => [
      numberOf(row, 'start_seq'),
      numberOf(row, 'seq'),
      numberOf(row, 'at'),
      textOf(row, 'action'),
      ...personValues(row),
      row['target_id'] === null ? null : textOf(row, 'target_id'),
      row['target_handle'] === null ? null : textOf(row, 'target_handle'),
      numberOf(row, 'diamonds'),
      numberOf(row, 'applied'),
      numberOf(row, 'change'),
      textOf(row, 'reason'),
      textOf(row, 'by'),
      textOf(row, 'event'),
      textOf(row, 'undoes'),
    ]),
  };
}

function operators(database: HistoryDatabase, room: FoundRoom, session: FoundSession | null): ExportTable {
  const only = session?.id ?? null;
  const from = 'operator_change AS o JOIN session ON session.id = o.session';
  const where = 'o.room = ? AND (? IS NULL OR o.session = ?)';
  const sql = `SELECT o.seq, o.at, o.event, o.by, o.list, o.undoes, o.change, session.start_seq FROM ${from}
    WHERE ${where} ORDER BY o.seq`;
  return {
    title: 'operators',
    columns: columns('session seq', times('time'), 'list by', ids('id', 'undoes'), 'change'),
    expected: counted(database, `${from} WHERE ${where}`, [room.id, only, only]),
    rows: mapped(database, sql, [room.id, only, only], (row) => [
      numberOf(row, 'start_seq'),
      numberOf(row, 'seq'),
      numberOf(row, 'at'),
      textOf(row, 'list'),
      textOf(row, 'by'),
      textOf(row, 'event'),
      textOf(row, 'undoes'),
      textOf(row, 'change'),
    ]),
  };
}
