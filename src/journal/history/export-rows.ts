import { assert, unreachable } from '../../base/assert.ts';
import type { BattleState } from '../../protocol/battle-state.ts';
import type { EventFrame } from '../../protocol/frames.ts';
import { rankedPartsBelow } from './board-entries.ts';
import { findSide, sessionBoard, sideBoard } from './board-query.ts';
import type { CsvValue } from './csv.ts';
import { type HistoryDatabase, numberOf, type Row, textOf } from './database.ts';
import type { Deadline } from './deadline.ts';
import { eventsOf, type LogPlace } from './log-events.ts';
import type { ExportSubject } from './requests.ts';

// The rows of every export, made one by one. A row is an array in the order of its columns; times are ISO 8601 in UTC.

/** `id`: text that looks like a number and is none. */
export interface Column {
  readonly name: string;
  readonly id?: boolean;
}

export interface ExportTable {
  readonly columns: readonly Column[];
  readonly rows: Iterable<readonly CsvValue[]>;
}

const person: readonly Column[] = [{ name: 'user_id', id: true }, { name: 'handle' }, { name: 'name' }];

/** Columns by name, several in one text, and those that need more than a name. */
function columns(...parts: (string | readonly Column[])[]): Column[] {
  return parts.flatMap((part) => (typeof part === 'string' ? part.split(' ').map((name) => ({ name })) : part));
}

function ids(...names: string[]): Column[] {
  return names.map((name) => ({ name, id: true }));
}

/** The last time that a Date can be. */
const latestMs = 8_640_000_000_000_000;

/** Times of 0 were not said. */
function iso(ms: number): string | null {
  return ms > 0 && ms <= latestMs ? new Date(ms).toISOString() : null;
}

/** The table of a subject; null where what it names is not known. `places` gives the log of a room. */
export function exportTable(
  database: HistoryDatabase,
  subject: ExportSubject,
  places: (room: string) => LogPlace,
  deadline: Deadline,
): ExportTable | null {
  switch (subject.of) {
    case 'sessions':
      return sessions(database, subject.room ?? null);
    case 'battles':
      return battles(database, subject.room ?? null, subject.session ?? null);
    case 'board':
    case 'sideBoard':
      return board(database, subject, deadline);
    case 'gifters':
      return gifters(database, subject.room ?? null);
    case 'gifts':
      return gifts(database, subject.session);
    case 'ledger':
      return ledger(database, subject.room ?? null, subject.session ?? null);
    case 'events':
      return { columns: eventColumns, rows: eventRows(places(subject.room), subject) };
    default:
      return unreachable(subject);
  }
}

/** Rows of a query, as they come. */
function* mapped(
  database: HistoryDatabase,
  sql: string,
  values: readonly (string | number | null)[],
  row: (row: Row) => CsvValue[],
): Generator<CsvValue[]> {
  for (const found of database.prepare(sql).iterate(...values)) yield row(found);
}

function sessions(database: HistoryDatabase, room: string | null): ExportTable {
  const counts = ['diamonds', 'gifts', 'gifters', 'likes', 'follows', 'shares', 'chats'];
  counts.push('viewers_peak', 'viewers_total', 'gaps', 'gap_ms', 'missed');
  const sql = `SELECT session.*, room.name AS room_name, room.handle AS room_handle
    FROM session JOIN room ON room.id = session.room WHERE ? IS NULL OR room.name = ? ORDER BY session.id`;
  return {
    columns: columns(
      'session',
      ids('room'),
      'handle',
      ids('live_id'),
      `start end status ${counts.join(' ')} start_seq end_seq`,
    ),
    rows: mapped(database, sql, [room, room], (row) => [
      numberOf(row, 'id'),
      textOf(row, 'room_name'),
      textOf(row, 'room_handle'),
      textOf(row, 'live'),
      iso(numberOf(row, 'start_at')),
      iso(numberOf(row, 'end_at')),
      textOf(row, 'status'),
      ...counts.map((column) => numberOf(row, column)),
      numberOf(row, 'start_seq'),
      numberOf(row, 'end_seq'),
    ]),
  };
}

function battles(database: HistoryDatabase, room: string | null, session: number | null): ExportTable {
  const sql = `SELECT battle.*, room.name AS room_name FROM battle JOIN room ON room.id = battle.room
    WHERE (? IS NULL OR room.name = ?) AND (? IS NULL OR battle.session = ?) ORDER BY battle.id`;
  const side = (name: string): Column[] =>
    columns(ids(`${name}_id`), `${name}_hosts ${name}_points ${name}_diamonds ${name}_outcome`);
  return {
    columns: columns(
      'session',
      ids('room', 'battle_id'),
      'start end phase form complete',
      side('own'),
      side('rival'),
      'sides start_seq end_seq',
    ),
    rows: mapped(database, sql, [room, room, session, session], (row) => {
      const { form, sides } = JSON.parse(textOf(row, 'state')) as BattleState;
      return [
        numberOf(row, 'session'),
        textOf(row, 'room_name'),
        textOf(row, 'upstream'),
        iso(numberOf(row, 'start_at')),
        iso(numberOf(row, 'end_at')),
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
  subject: Extract<ExportSubject, { of: 'board' | 'sideBoard' }>,
  deadline: Deadline,
): ExportTable | null {
  const options = {
    offset: 0,
    limit: Number.MAX_SAFE_INTEGER,
    ...(subject.seq === undefined ? {} : { seq: subject.seq }),
  };
  const side = subject.of === 'board' ? null : findSide(database, subject.battle, subject.side);
  const page =
    subject.of === 'board'
      ? sessionBoard(database, subject.session, options, deadline)
      : side === null
        ? null
        : sideBoard(database, side, options, deadline);
  if (page === null) return null;
  return {
    columns: columns('rank', person, 'diamonds seq'),
    rows: (function* rows(): Generator<CsvValue[]> {
      for (const [index, { person: id, diamonds, seq }] of page.rows.entries()) {
        const row = database.get('SELECT upstream, handle, name FROM person WHERE id = ?', [id]);
        yield [index + 1, ...personValues(row), diamonds, seq];
      }
    })(),
  };
}

function personValues(row: Row | undefined): CsvValue[] {
  return [textOf(row, 'upstream'), textOf(row, 'handle'), textOf(row, 'name')];
}

function gifters(database: HistoryDatabase, room: string | null): ExportTable {
  const sql = `SELECT person.upstream, person.handle, person.name, sum(g.diamonds) AS diamonds, sum(g.gifts) AS gifts,
      count(*) AS sessions, max(g.last_at) AS last_at
    FROM session_gifter AS g JOIN person ON person.id = g.person JOIN session ON session.id = g.session
    JOIN room ON room.id = session.room WHERE ? IS NULL OR room.name = ?
    GROUP BY g.person ORDER BY diamonds DESC, last_at DESC`;
  return {
    columns: columns(person, 'diamonds gifts sessions last_gift'),
    rows: mapped(database, sql, [room, room], (row) => [
      ...personValues(row),
      numberOf(row, 'diamonds'),
      numberOf(row, 'gifts'),
      numberOf(row, 'sessions'),
      iso(numberOf(row, 'last_at')),
    ]),
  };
}

function gifts(database: HistoryDatabase, session: number): ExportTable {
  const sql = `SELECT entry.seq, entry.at, person.upstream, person.handle, person.name, gift.upstream AS gift_id,
      gift.name AS gift_name, gift.price, entry.count, entry.diamonds, entry.receiver, entry.part
    FROM entry JOIN person ON person.id = entry.person JOIN gift ON gift.id = entry.gift
    WHERE entry.room = (SELECT room FROM session WHERE id = ?) AND entry.session = ?
      AND entry.seq >= (SELECT start_seq FROM session WHERE id = ?) ORDER BY entry.seq`;
  return {
    columns: columns('seq time', person, ids('gift_id'), 'gift price count diamonds', ids('receiver_id'), 'ranked'),
    rows: mapped(database, sql, [session, session, session], (row) => [
      numberOf(row, 'seq'),
      iso(numberOf(row, 'at')),
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

function ledger(database: HistoryDatabase, room: string | null, session: number | null): ExportTable {
  const sql = `SELECT c.*, room.name AS room_name, p.upstream, p.handle, p.name, t.upstream AS target_id,
      t.handle AS target_handle
    FROM correction AS c JOIN room ON room.id = c.room JOIN person AS p ON p.id = c.person
    LEFT JOIN person AS t ON t.id = c.target
    WHERE (? IS NULL OR room.name = ?) AND (? IS NULL OR c.session = ?) ORDER BY c.room, c.seq`;
  return {
    columns: columns(
      'session',
      ids('room'),
      'seq time action',
      person,
      ids('target_id'),
      'target_handle diamonds applied reason by',
    ),
    rows: mapped(database, sql, [room, room, session, session], (row) => [
      numberOf(row, 'session'),
      textOf(row, 'room_name'),
      numberOf(row, 'seq'),
      iso(numberOf(row, 'at')),
      textOf(row, 'action'),
      ...personValues(row),
      row['target_id'] === null ? null : textOf(row, 'target_id'),
      row['target_handle'] === null ? null : textOf(row, 'target_handle'),
      numberOf(row, 'diamonds'),
      numberOf(row, 'applied'),
      textOf(row, 'reason'),
      textOf(row, 'by'),
    ]),
  };
}

const eventColumns = columns('seq time kind', ids('id'), person, 'text count diamonds');

function* eventRows(place: LogPlace, subject: Extract<ExportSubject, { of: 'events' }>): Generator<CsvValue[]> {
  for (const found of eventsOf(place, subject)) {
    if (found === null || 'missing' in found) continue;
    yield eventValues(found.frame);
  }
}

/** What fits a table of an event: who, what in words, how much. The whole event is in the other formats. */
function eventValues(frame: EventFrame): CsvValue[] {
  const user = 'user' in frame ? frame.user : null;
  const who = user === null ? [null, null, null] : [user.id, user.handle, user.name];
  const head = [frame.seq, iso(frame.at), frame.kind, frame.id, ...who];
  assert(head.length === 7, 'a person has three columns');
  switch (frame.kind) {
    case 'gift':
      return [...head, frame.gift.name, frame.count, frame.diamonds];
    case 'chat':
      return [...head, frame.text, null, null];
    case 'like':
      return [...head, null, frame.count, null];
    case 'room':
      return [...head, `${frame.topic}${frame.text === '' ? '' : `: ${frame.text}`}`, frame.value, null];
    case 'correction':
      return [...head, `${frame.action}: ${frame.reason}`, null, frame.applied ?? frame.diamonds];
    case 'gap':
      return [...head, frame.reason, frame.missed, null];
    case 'viewers':
      return [...head, null, frame.current, null];
    case 'battle':
      return [...head, frame.change === 'state' ? frame.phase : frame.change, null, null];
    default:
      return [...head, null, null, null];
  }
}
