import type { BattleState } from '../../protocol/battle-state.ts';
import type { User } from '../../protocol/events.ts';
import { limits } from '../../protocol/limits.ts';
import { type BoardPage, findSide, sessionBoard, sideBoard } from './board-query.ts';
import { type HistoryDatabase, numberOf, type Row, textOf } from './database.ts';
import type { Deadline } from './deadline.ts';

// What can be asked of the history. Every answer is plain data, and bounded: lists come in pages of at most
// historyPageRows, newest first where time orders them; the next page begins before the last row of this one.

export interface PastRoom {
  readonly room: string;
  readonly handle: string;
  readonly sessions: number;
}

export interface PastSession {
  readonly session: number;
  readonly room: string;
  readonly startSeq: number;
  readonly endSeq: number;
  readonly liveId: string;
  readonly startAt: number;
  readonly endAt: number;
  readonly status: string;
  readonly diamonds: number;
  readonly gifts: number;
  readonly gifters: number;
  readonly likes: number;
  readonly follows: number;
  readonly shares: number;
  readonly chats: number;
  readonly viewersPeak: number;
  readonly viewersTotal: number;
  readonly gaps: number;
  readonly gapMs: number;
  readonly missed: number;
}

export interface PastBattle {
  readonly battle: number;
  readonly session: number;
  readonly battleId: string;
  readonly startSeq: number;
  readonly endSeq: number;
  readonly startAt: number;
  readonly endAt: number;
  readonly phase: string;
  readonly complete: boolean;
  /** As it was last: sides, points, outcome. */
  readonly state: BattleState;
}

export interface PastStanding {
  readonly rank: number;
  readonly user: User;
  readonly diamonds: number;
  /** seq of the event that brought the gifter to this total. */
  readonly seq: number;
}

export interface PastBoard {
  /** Position at which the board was like this. */
  readonly seq: number;
  readonly gifters: number;
  readonly diamonds: number;
  readonly rows: readonly PastStanding[];
}

export interface PastGifter {
  readonly user: User;
  readonly diamonds: number;
  readonly gifts: number;
  readonly sessions: number;
  readonly lastAt: number;
}

export interface GifterSession {
  readonly session: number;
  readonly room: string;
  readonly startAt: number;
  readonly diamonds: number;
  readonly gifts: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastAt: number;
}

export interface PastCorrection {
  readonly seq: number;
  readonly session: number;
  readonly at: number;
  readonly action: string;
  readonly user: User;
  readonly target: User | null;
  readonly diamonds: number;
  readonly applied: number;
  readonly reason: string;
  readonly by: string;
}

export interface PastGap {
  readonly seq: number;
  readonly session: number;
  readonly at: number;
  readonly reason: string;
  readonly lengthMs: number;
  readonly missed: number;
}

export interface PastPulse {
  readonly at: number;
  readonly seq: number;
  readonly events: number;
  readonly gifts: number;
  readonly diamonds: number;
  readonly viewers: number;
  readonly ownPoints: number;
  readonly rivalPoints: number;
}

export interface PageQuery {
  readonly limit?: number;
  readonly offset?: number;
}

const sessionColumns = `session.id AS session, room.name AS room, start_seq, end_seq, live, start_at, end_at, status,
  diamonds, gifts, gifters, likes, follows, shares, chats, viewers_peak, viewers_total, gaps, gap_ms, missed`;
const battleColumns = 'id, session, upstream, start_seq, end_seq, start_at, end_at, phase, complete, state';

export class HistoryQueries {
  readonly #database: HistoryDatabase;

  constructor(database: HistoryDatabase) {
    this.#database = database;
  }

  rooms(): PastRoom[] {
    const sql = `SELECT name, handle, (SELECT count(*) FROM session WHERE session.room = room.id) AS sessions
      FROM room ORDER BY name`;
    return this.#database.all(sql).map((row) => ({
      room: textOf(row, 'name'),
      handle: textOf(row, 'handle'),
      sessions: numberOf(row, 'sessions'),
    }));
  }

  /** Newest first. `before`: only sessions with a lower number, for the next page. */
  sessions(query: PageQuery & { readonly room?: string; readonly before?: number }): PastSession[] {
    const sql = `SELECT ${sessionColumns} FROM session JOIN room ON room.id = session.room
      WHERE session.id < ? AND (? IS NULL OR room.name = ?) ORDER BY session.id DESC LIMIT ?`;
    const { room = null, before = Number.MAX_SAFE_INTEGER } = query;
    return this.#database.all(sql, [before, room, room, pageRows(query)]).map(sessionOf);
  }

  session(session: number): PastSession | null {
    const sql = `SELECT ${sessionColumns} FROM session JOIN room ON room.id = session.room WHERE session.id = ?`;
    const row = this.#database.get(sql, [session]);
    return row === undefined ? null : sessionOf(row);
  }

  /** Battles of a session, in order. */
  battles(query: PageQuery & { readonly session: number }): PastBattle[] {
    const sql = `SELECT ${battleColumns} FROM battle WHERE session = ? ORDER BY start_seq LIMIT ? OFFSET ?`;
    return this.#database.all(sql, [query.session, pageRows(query), query.offset ?? 0]).map(battleOf);
  }

  battle(battle: number): PastBattle | null {
    const row = this.#database.get(`SELECT ${battleColumns} FROM battle WHERE id = ?`, [battle]);
    return row === undefined ? null : battleOf(row);
  }

  /** A session's board at position `seq`, or at its end. null: no such session. */
  board(query: PageQuery & { readonly session: number; readonly seq?: number }, deadline: Deadline): PastBoard | null {
    const page = sessionBoard(this.#database, query.session, pageOptions(query), deadline);
    return page === null ? null : this.#withUsers(page, query.offset ?? 0);
  }

  /** The same for one side of a battle, named as in its state's `sides`. */
  sideBoard(
    query: PageQuery & { readonly battle: number; readonly side: string; readonly seq?: number },
    deadline: Deadline,
  ): PastBoard | null {
    const side = findSide(this.#database, query.battle, query.side);
    const page = side === null ? null : sideBoard(this.#database, side, pageOptions(query), deadline);
    return page === null ? null : this.#withUsers(page, query.offset ?? 0);
  }

  /** Gifters of a room, or of all rooms, by what they gave in all sessions. `search`: part of a handle, name or id. */
  gifters(query: PageQuery & { readonly room?: string; readonly search?: string }): PastGifter[] {
    const { room = null, search = '', offset = 0 } = query;
    const sql = `SELECT person.upstream AS upstream, person.handle AS handle, person.name AS name,
        person.avatar AS avatar, sum(g.diamonds) AS diamonds, sum(g.gifts) AS gifts,
        count(*) AS sessions, max(g.last_at) AS last_at
      FROM session_gifter AS g JOIN person ON person.id = g.person
      WHERE (? IS NULL OR g.session IN
          (SELECT session.id FROM session JOIN room ON room.id = session.room WHERE room.name = ?))
        AND (? = '' OR instr(lower(person.handle), ?) OR instr(lower(person.name), ?) OR person.upstream = ?)
      GROUP BY g.person ORDER BY diamonds DESC, last_at DESC LIMIT ? OFFSET ?`;
    const text = search.toLowerCase();
    return this.#database.all(sql, [room, room, text, text, text, text, pageRows(query), offset]).map((row) => ({
      user: userOf(row),
      diamonds: numberOf(row, 'diamonds'),
      gifts: numberOf(row, 'gifts'),
      sessions: numberOf(row, 'sessions'),
      lastAt: numberOf(row, 'last_at'),
    }));
  }

  /** One gifter by id, with the sessions in which they gave, newest first. null: nobody of that id was ever seen. */
  gifter(
    query: PageQuery & { readonly user: string },
  ): { readonly user: User; readonly sessions: readonly GifterSession[] } | null {
    const person = this.#database.get('SELECT id, upstream, handle, name, avatar FROM person WHERE upstream = ?', [
      query.user,
    ]);
    if (person === undefined) return null;
    const sql = `SELECT session.id AS session, room.name AS room, start_at, g.diamonds AS diamonds, g.gifts AS gifts,
        first_seq, last_seq, last_at
      FROM session_gifter AS g JOIN session ON session.id = g.session JOIN room ON room.id = session.room
      WHERE g.person = ? ORDER BY session.id DESC LIMIT ? OFFSET ?`;
    const rows = this.#database.all(sql, [numberOf(person, 'id'), pageRows(query), query.offset ?? 0]);
    return {
      user: userOf(person),
      sessions: rows.map((row) => ({
        session: numberOf(row, 'session'),
        room: textOf(row, 'room'),
        startAt: numberOf(row, 'start_at'),
        diamonds: numberOf(row, 'diamonds'),
        gifts: numberOf(row, 'gifts'),
        firstSeq: numberOf(row, 'first_seq'),
        lastSeq: numberOf(row, 'last_seq'),
        lastAt: numberOf(row, 'last_at'),
      })),
    };
  }

  /** The ledger of a session, in order. */
  corrections(query: PageQuery & { readonly session: number }): PastCorrection[] {
    const person = (name: string): string => `${name}.upstream AS ${name}_upstream, ${name}.handle AS ${name}_handle,
      ${name}.name AS ${name}_name, ${name}.avatar AS ${name}_avatar`;
    const sql = `SELECT c.seq AS seq, c.session AS session, c.at AS at, action, diamonds, applied, reason, by,
        ${person('p')}, ${person('t')}
      FROM correction AS c JOIN person AS p ON p.id = c.person LEFT JOIN person AS t ON t.id = c.target
      WHERE c.room = (SELECT room FROM session WHERE id = ?) AND c.session = ? ORDER BY c.seq LIMIT ? OFFSET ?`;
    const { session, offset = 0 } = query;
    return this.#database.all(sql, [session, session, pageRows(query), offset]).map((row) => ({
      seq: numberOf(row, 'seq'),
      session: numberOf(row, 'session'),
      at: numberOf(row, 'at'),
      action: textOf(row, 'action'),
      user: userOf(row, 'p_'),
      target: row['t_upstream'] === null ? null : userOf(row, 't_'),
      diamonds: numberOf(row, 'diamonds'),
      applied: numberOf(row, 'applied'),
      reason: textOf(row, 'reason'),
      by: textOf(row, 'by'),
    }));
  }

  /** What may be missing in a session, in order. */
  gaps(query: PageQuery & { readonly session: number }): PastGap[] {
    const sql = `SELECT seq, session, at, reason, length_ms, missed FROM gap
      WHERE room = (SELECT room FROM session WHERE id = ?) AND session = ? ORDER BY seq LIMIT ? OFFSET ?`;
    const { session, offset = 0 } = query;
    return this.#database.all(sql, [session, session, pageRows(query), offset]).map((row) => ({
      seq: numberOf(row, 'seq'),
      session: numberOf(row, 'session'),
      at: numberOf(row, 'at'),
      reason: textOf(row, 'reason'),
      lengthMs: numberOf(row, 'length_ms'),
      missed: numberOf(row, 'missed'),
    }));
  }

  /** Ten seconds a row, in order of time. */
  pulse(query: PageQuery & { readonly session: number }): PastPulse[] {
    const sql = `SELECT at, seq, events, gifts, diamonds, viewers, own_points, rival_points FROM pulse
      WHERE session = ? ORDER BY at LIMIT ? OFFSET ?`;
    const rows = this.#database.all(sql, [query.session, pageRows(query), query.offset ?? 0]);
    return rows.map((row) => ({
      at: numberOf(row, 'at'),
      seq: numberOf(row, 'seq'),
      events: numberOf(row, 'events'),
      gifts: numberOf(row, 'gifts'),
      diamonds: numberOf(row, 'diamonds'),
      viewers: numberOf(row, 'viewers'),
      ownPoints: numberOf(row, 'own_points'),
      rivalPoints: numberOf(row, 'rival_points'),
    }));
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

function pageOptions(query: PageQuery & { readonly seq?: number }): { offset: number; limit: number; seq?: number } {
  const page = { offset: query.offset ?? 0, limit: pageRows(query) };
  return query.seq === undefined ? page : { ...page, seq: query.seq };
}

function userOf(row: Row | undefined, prefix = ''): User {
  return {
    id: textOf(row, `${prefix}upstream`),
    handle: textOf(row, `${prefix}handle`),
    name: textOf(row, `${prefix}name`),
    avatar: textOf(row, `${prefix}avatar`),
  };
}

function sessionOf(row: Row): PastSession {
  return {
    session: numberOf(row, 'session'),
    room: textOf(row, 'room'),
    startSeq: numberOf(row, 'start_seq'),
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

function battleOf(row: Row): PastBattle {
  return {
    battle: numberOf(row, 'id'),
    session: numberOf(row, 'session'),
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
