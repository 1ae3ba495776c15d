import type { BattleState } from '../../protocol/battle-state.ts';
import type { User } from '../../protocol/events.ts';
import { limits } from '../../protocol/limits.ts';
import type { OperatorChange } from '../../protocol/operator.ts';
import { type BoardPage, type PageOptions, sessionBoard, sideBoard } from './board-query.ts';
import { type HistoryDatabase, numberOf, type Row, textOf } from './database.ts';
import type { Deadline } from './deadline.ts';
import { type FoundSession, findRoom, findSession, findSide } from './names.ts';
import type {
  GifterSession,
  PastBattle,
  PastBoard,
  PastCorrection,
  PastGap,
  PastGifter,
  PastGifterSessions,
  PastOperatorChange,
  PastPulse,
  PastRoom,
  PastSession,
} from '../../protocol/history-answers.ts';
import { seqAt } from './position.ts';
import type { BattleName, PageQuery, Position, SessionName } from '../../protocol/history-queries.ts';

// What can be asked of the history. Every answer is plain data, and bounded: lists come in pages of at most
// historyPageRows. null: the room, session, battle or person that the question names is not known.

const sessionColumns = `start_seq, end_seq, live, start_at, end_at, status,
  diamonds, gifts, gifters, likes, follows, shares, chats, viewers_peak, viewers_total, gaps, gap_ms, missed`;
const battleColumns = 'upstream, start_seq, end_seq, start_at, end_at, phase, complete, state';
const gifterColumns = `person.upstream AS upstream, person.handle AS handle, person.name AS name,
  person.avatar AS avatar, g.diamonds AS diamonds, g.gifts AS gifts, g.sessions AS sessions,
  g.first_at AS first_at, g.last_at AS last_at`;

export class HistoryQueries {
  readonly #database: HistoryDatabase;

  constructor(database: HistoryDatabase) {
    this.#database = database;
  }

  rooms(): PastRoom[] {
    return this.#database.all('SELECT name FROM room ORDER BY name').map((row) => this.room(textOf(row, 'name'))!);
  }

  room(name: string): PastRoom | null {
    const found = findRoom(this.#database, name);
    if (found === null) return null;
    const sql = `SELECT handle, (SELECT count(*) FROM session WHERE session.room = room.id) AS sessions,
        (SELECT coalesce(max(seq), 0) FROM import_state WHERE import_state.room = room.id) AS seq,
        coalesce((SELECT end_at FROM session WHERE session.room = room.id ORDER BY start_seq DESC LIMIT 1), 0) AS at
      FROM room WHERE id = ?`;
    const row = this.#database.get(sql, [found.id]);
    return {
      room: found.name,
      handle: textOf(row, 'handle'),
      sessions: numberOf(row, 'sessions'),
      seq: numberOf(row, 'seq'),
      at: numberOf(row, 'at'),
    };
  }

  /** Newest first. `before`: only sessions that began before that one, for the next page. */
  sessions(query: PageQuery & { readonly room: string; readonly before?: number | undefined }): PastSession[] | null {
    const room = findRoom(this.#database, query.room);
    if (room === null) return null;
    const sql = `SELECT ${sessionColumns} FROM session WHERE room = ? AND start_seq < ?
      ORDER BY start_seq DESC LIMIT ? OFFSET ?`;
    const { before = Number.MAX_SAFE_INTEGER, offset = 0 } = query;
    const rows = this.#database.all(sql, [room.id, before, pageRows(query), offset]);
    return rows.map((row) => sessionOf(row, room.name));
  }

  session(name: SessionName): PastSession | null {
    const session = findSession(this.#database, name);
    if (session === null) return null;
    const row = this.#database.get(`SELECT ${sessionColumns} FROM session WHERE id = ?`, [session.id]);
    return sessionOf(row!, session.roomName);
  }

  /** Battles of a session, in order. */
  battles(query: PageQuery & SessionName): PastBattle[] | null {
    const session = findSession(this.#database, query);
    if (session === null) return null;
    const sql = `SELECT ${battleColumns} FROM battle WHERE session = ? ORDER BY start_seq, id LIMIT ? OFFSET ?`;
    const rows = this.#database.all(sql, [session.id, pageRows(query), query.offset ?? 0]);
    return rows.map((row) => battleOf(row, session));
  }

  battle(name: BattleName): PastBattle | null {
    const session = findSession(this.#database, name);
    if (session === null) return null;
    const sql = `SELECT ${battleColumns} FROM battle WHERE session = ? AND upstream = ?`;
    const row = this.#database.get(sql, [session.id, name.battle]);
    return row === undefined ? null : battleOf(row, session);
  }

  /** A session's board at a position or time, or at its end. */
  board(query: PageQuery & SessionName & Position, deadline: Deadline): PastBoard | null {
    const session = findSession(this.#database, query);
    if (session === null) return null;
    const page = sessionBoard(this.#database, session, this.#pageOptions(session, query), deadline);
    return this.#withUsers(page, query.offset ?? 0);
  }

  /** The same for one side of a battle, named as in its state's `sides`. */
  sideBoard(
    query: PageQuery & BattleName & Position & { readonly side: string },
    deadline: Deadline,
  ): PastBoard | null {
    const session = findSession(this.#database, query);
    const side = session === null ? null : findSide(this.#database, session, query.battle, query.side);
    if (session === null || side === null) return null;
    const page = sideBoard(this.#database, side, this.#pageOptions(session, query), deadline);
    return page === null ? null : this.#withUsers(page, query.offset ?? 0);
  }

  /** Gifters of a room by what they gave in all of its sessions. `search`: part of a handle or name, or an id. */
  gifters(query: PageQuery & { readonly room: string; readonly search?: string | undefined }): PastGifter[] | null {
    const room = findRoom(this.#database, query.room);
    if (room === null) return null;
    const { offset = 0 } = query;
    const text = (query.search ?? '').toLowerCase();
    const contains = 'instr(lower_case(person.handle), ?) OR instr(lower_case(person.name), ?)';
    const matching = text === '' ? '' : `AND (${contains} OR person.upstream = ?)`;
    // CROSS: in the order of the index on room_gifter, so that the first page of a large room is as fast as of a small.
    const sql = `SELECT ${gifterColumns} FROM room_gifter AS g CROSS JOIN person ON person.id = g.person
      WHERE g.room = ? ${matching} ORDER BY g.diamonds DESC, g.last_at DESC, g.person LIMIT ? OFFSET ?`;
    const values = text === '' ? [] : [text.replace(/^@/, ''), text, text];
    return this.#database.all(sql, [room.id, ...values, pageRows(query), offset]).map(gifterOf);
  }

  /** One gifter of a room by id. */
  gifter(query: PageQuery & { readonly room: string; readonly user: string }): PastGifterSessions | null {
    const room = findRoom(this.#database, query.room);
    if (room === null) return null;
    const sql = `SELECT g.person AS id, ${gifterColumns} FROM person JOIN room_gifter AS g ON g.person = person.id
      WHERE person.upstream = ? AND g.room = ?`;
    const row = this.#database.get(sql, [query.user, room.id]);
    if (row === undefined) return null;
    const sessions = `SELECT start_seq, start_at, g.diamonds AS diamonds, g.gifts AS gifts, first_seq, last_seq,
        first_at, last_at
      FROM session_gifter AS g JOIN session ON session.id = g.session
      WHERE g.person = ? AND session.room = ? ORDER BY start_seq DESC LIMIT ? OFFSET ?`;
    const rows = this.#database.all(sessions, [numberOf(row, 'id'), room.id, pageRows(query), query.offset ?? 0]);
    return { ...gifterOf(row), inSessions: rows.map(gifterSessionOf) };
  }

  /** The ledger of a session, in order. */
  corrections(query: PageQuery & SessionName): PastCorrection[] | null {
    const session = findSession(this.#database, query);
    if (session === null) return null;
    const person = (name: string): string => `${name}.upstream AS ${name}_upstream, ${name}.handle AS ${name}_handle,
      ${name}.name AS ${name}_name, ${name}.avatar AS ${name}_avatar`;
    const sql = `SELECT c.seq AS seq, c.at AS at, c.event AS event, c.undoes AS undoes,
      action, diamonds, applied, change, reason, by,
      (SELECT event FROM correction AS u WHERE u.room = c.room AND u.undoes = c.event AND u.undoes <> ''
        AND u.seq > c.seq AND u.applied > 0 LIMIT 1) AS undone_by, ${person('p')}, ${person('t')}
      FROM correction AS c JOIN person AS p ON p.id = c.person LEFT JOIN person AS t ON t.id = c.target
      WHERE c.room = ? AND c.seq >= ? AND c.session = ? ORDER BY c.seq LIMIT ? OFFSET ?`;
    const { offset = 0 } = query;
    const values = [session.room, session.startSeq, session.id, pageRows(query), offset];
    return this.#database.all(sql, values).map((row) => ({
      seq: numberOf(row, 'seq'),
      id: textOf(row, 'event'),
      session: session.startSeq,
      at: numberOf(row, 'at'),
      action: textOf(row, 'action'),
      user: userOf(row, 'p_'),
      target: row['t_upstream'] === null ? null : userOf(row, 't_'),
      diamonds: numberOf(row, 'diamonds'),
      applied: numberOf(row, 'applied'),
      change: numberOf(row, 'change'),
      reason: textOf(row, 'reason'),
      by: textOf(row, 'by'),
      undoes: textOf(row, 'undoes') || null,
      undoneBy: row['undone_by'] === null ? null : textOf(row, 'undone_by'),
    }));
  }

  /** What operators changed in a session, in order; of one `list` only where it is given. */
  operators(query: PageQuery & SessionName & { readonly list?: string | undefined }): PastOperatorChange[] | null {
    const session = findSession(this.#database, query);
    if (session === null) return null;
    const sql = `SELECT seq, at, event, by, undoes, change FROM operator_change
      WHERE room = ? AND seq >= ? AND seq <= ? AND session = ? AND (? IS NULL OR list = ?)
      ORDER BY seq LIMIT ? OFFSET ?`;
    const { list = null, offset = 0 } = query;
    const range = [session.room, session.startSeq, session.endSeq, session.id];
    return this.#database.all(sql, [...range, list, list, pageRows(query), offset]).map((row) => ({
      seq: numberOf(row, 'seq'),
      session: session.startSeq,
      at: numberOf(row, 'at'),
      id: textOf(row, 'event'),
      by: textOf(row, 'by'),
      undoes: textOf(row, 'undoes') || null,
      change: JSON.parse(textOf(row, 'change')) as OperatorChange,
    }));
  }

  /** What may be missing in a session, in order. */
  gaps(query: PageQuery & SessionName): PastGap[] | null {
    const session = findSession(this.#database, query);
    if (session === null) return null;
    const sql = `SELECT seq, at, reason, length_ms, missed FROM gap
      WHERE room = ? AND seq >= ? AND session = ? ORDER BY seq LIMIT ? OFFSET ?`;
    const { offset = 0 } = query;
    const values = [session.room, session.startSeq, session.id, pageRows(query), offset];
    return this.#database.all(sql, values).map((row) => ({
      seq: numberOf(row, 'seq'),
      session: session.startSeq,
      at: numberOf(row, 'at'),
      reason: textOf(row, 'reason'),
      lengthMs: numberOf(row, 'length_ms'),
      missed: numberOf(row, 'missed'),
    }));
  }

  /** Ten seconds a row, in order of time. */
  pulse(query: PageQuery & SessionName): PastPulse[] | null {
    const session = findSession(this.#database, query);
    if (session === null) return null;
    const sql = `SELECT at, seq, events, gifts, diamonds, viewers, own_points, rival_points FROM pulse
      WHERE session = ? ORDER BY at LIMIT ? OFFSET ?`;
    return this.#database.all(sql, [session.id, pageRows(query), query.offset ?? 0]).map(pulseOf);
  }

  #pageOptions(session: FoundSession, query: PageQuery & Position): PageOptions {
    const page = { offset: query.offset ?? 0, limit: pageRows(query) };
    if (query.seq !== undefined) return { ...page, seq: query.seq };
    return query.at === undefined ? page : { ...page, seq: seqAt(this.#database, session, query.at) };
  }

  #withUsers(page: BoardPage, offset: number): PastBoard {
    const sql = 'SELECT upstream, handle, name, avatar FROM person WHERE id = ?';
    const rows = page.rows.map(({ person, diamonds, seq }, index) => {
      const row = this.#database.get(sql, [person]);
      return { rank: offset + index + 1, user: userOf(row), diamonds, seq };
    });
    return { seq: page.seq, gifters: page.gifters, diamonds: page.diamonds, rows };
  }
}

function pageRows({ limit }: PageQuery): number {
  const most = limits.historyPageRows.value;
  return limit === undefined ? Math.min(100, most) : Math.max(1, Math.min(most, Math.floor(limit)));
}

function userOf(row: Row | undefined, prefix = ''): User {
  return {
    id: textOf(row, `${prefix}upstream`),
    handle: textOf(row, `${prefix}handle`),
    name: textOf(row, `${prefix}name`),
    avatar: textOf(row, `${prefix}avatar`),
  };
}

function gifterOf(row: Row): PastGifter {
  return {
    user: userOf(row),
    diamonds: numberOf(row, 'diamonds'),
    gifts: numberOf(row, 'gifts'),
    sessions: numberOf(row, 'sessions'),
    firstAt: numberOf(row, 'first_at'),
    lastAt: numberOf(row, 'last_at'),
  };
}

function gifterSessionOf(row: Row): GifterSession {
  return {
    session: numberOf(row, 'start_seq'),
    startAt: numberOf(row, 'start_at'),
    diamonds: numberOf(row, 'diamonds'),
    gifts: numberOf(row, 'gifts'),
    firstSeq: numberOf(row, 'first_seq'),
    lastSeq: numberOf(row, 'last_seq'),
    firstAt: numberOf(row, 'first_at'),
    lastAt: numberOf(row, 'last_at'),
  };
}

function pulseOf(row: Row): PastPulse {
  return {
    at: numberOf(row, 'at'),
    seq: numberOf(row, 'seq'),
    events: numberOf(row, 'events'),
    gifts: numberOf(row, 'gifts'),
    diamonds: numberOf(row, 'diamonds'),
    viewers: numberOf(row, 'viewers'),
    ownPoints: numberOf(row, 'own_points'),
    rivalPoints: numberOf(row, 'rival_points'),
  };
}

function sessionOf(row: Row, room: string): PastSession {
  return {
    session: numberOf(row, 'start_seq'),
    room,
    endSeq: numberOf(row, 'end_seq'),
    liveId: textOf(row, 'live'),
    startAt: numberOf(row, 'start_at'),
    endAt: numberOf(row, 'end_at'),
    status: textOf(row, 'status'),
    diamonds: numberOf(row, 'diamonds'),
    gifts: numberOf(row, 'gifts'),
    gifters: numberOf(row, 'gifters'),
    likes: numberOf(row, 'likes'),
    follows: numberOf(row, 'follows'),
    shares: numberOf(row, 'shares'),
    chats: numberOf(row, 'chats'),
    viewersPeak: numberOf(row, 'viewers_peak'),
    viewersTotal: numberOf(row, 'viewers_total'),
    gaps: numberOf(row, 'gaps'),
    gapMs: numberOf(row, 'gap_ms'),
    missed: numberOf(row, 'missed'),
  };
}

function battleOf(row: Row, session: FoundSession): PastBattle {
  return {
    session: session.startSeq,
    battleId: textOf(row, 'upstream'),
    startSeq: numberOf(row, 'start_seq'),
    endSeq: numberOf(row, 'end_seq'),
    startAt: numberOf(row, 'start_at'),
    endAt: numberOf(row, 'end_at'),
    phase: textOf(row, 'phase'),
    complete: numberOf(row, 'complete') === 1,
    state: JSON.parse(textOf(row, 'state')) as BattleState,
  };
}
