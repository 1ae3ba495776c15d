import { crc32 } from 'node:zlib';
import { assert } from '../../base/assert.ts';
import type { BattleState } from '../../protocol/battle-state.ts';
import type { EventFrame } from '../../protocol/frames.ts';
import { limits } from '../../protocol/limits.ts';
import type { OperatorEvent } from '../../protocol/operator.ts';
import { applyEvent, beginsSession, emptyRoomView, type RoomView } from '../../protocol/room-view.ts';
import { Battles } from './battles.ts';
import { BoardEntries, type Place } from './board-entries.ts';
import { type HistoryDatabase, numberOf, textOf } from './database.ts';
import type { People } from './people.ts';
import { rollBackRoom } from './roll-back.ts';
import { countEvent, emptyTally, Pulses, type SessionTally } from './session-tally.ts';

// The import of one room: applies the events of its log, one after the other, to the same view that dashboards keep,
// and writes down what people ask for afterwards. Everything of a batch is in one transaction with the position that
// it leads to, so that a crash leaves the history at one position of the log.

/** Where an import stands. `crc` of the last event's bytes tells whether the log is still the one that was read. */
export interface ImportState {
  readonly seq: number;
  readonly epoch: string;
  readonly crc: number;
}

interface SavedState {
  readonly view: RoomView;
  readonly tally: SessionTally;
  /** Rows of the last pulses as they are at that position: later events may still be added to them. */
  readonly pulses?: readonly (readonly number[])[];
}

/** How many pulses later events may still be added to: a minute. */
const openPulses = 6;

export class RoomImport {
  readonly #database: HistoryDatabase;
  readonly #room: number;
  readonly #name: string;
  readonly #handle: string;
  readonly #epoch: string;
  readonly #battles: Battles;
  readonly #entries: BoardEntries;
  #pulses = new Pulses();
  #view: RoomView;
  #tally: SessionTally = emptyTally();
  /** Row of the session under way; 0 = none yet. */
  #session = 0;
  #seq = 0;
  #crc = 0;

  constructor(
    database: HistoryDatabase,
    people: People,
    room: { readonly name: string; readonly handle: string; readonly epoch: string },
  ) {
    this.#database = database;
    this.#name = room.name;
    this.#handle = room.handle;
    this.#epoch = room.epoch;
    this.#room = roomId(database, room.name, room.handle);
    this.#view = this.#emptyView();
    this.#battles = new Battles(database, this.#room);
    this.#entries = new BoardEntries(database, people, this.#battles, this.#room);
    this.restore();
  }

  /** The seq that comes next. */
  get nextSeq(): number {
    return this.#seq + 1;
  }

  get disagreements(): number {
    return this.#entries.disagreements;
  }

  /** Positions that can be gone back to, newest first. */
  states(): ImportState[] {
    const sql = 'SELECT seq, epoch, crc FROM import_state WHERE room = ? ORDER BY seq DESC';
    return this.#database.all(sql, [this.#room]).map((row) => ({
      seq: numberOf(row, 'seq'),
      epoch: textOf(row, 'epoch'),
      crc: numberOf(row, 'crc'),
    }));
  }

  /** First event that the history knows; 0 = none. */
  firstSeq(): number {
    const sql = 'SELECT coalesce(min(start_seq), 0) AS seq FROM session WHERE room = ?';
    return numberOf(this.#database.get(sql, [this.#room]), 'seq');
  }

  /** Takes up the position that the database is at: at first, and after a transaction that did not happen. */
  restore(): void {
    const newest = 'SELECT seq, crc, session, view FROM import_state WHERE room = ? ORDER BY seq DESC LIMIT 1';
    const row = this.#database.get(newest, [this.#room]);
    this.#battles.clear();
    this.#entries.clear();
    this.#pulses = new Pulses();
    if (row === undefined) {
      this.#view = this.#emptyView();
      this.#tally = emptyTally();
      [this.#seq, this.#crc, this.#session] = [0, 0, 0];
      this.#entries.beginSession();
      return;
    }
    const { view, tally, pulses = [] } = JSON.parse(textOf(row, 'view')) as SavedState;
    this.#view = view;
    this.#tally = tally;
    this.#seq = numberOf(row, 'seq');
    this.#crc = numberOf(row, 'crc');
    this.#session = numberOf(row, 'session');
    this.#entries.load(this.#session, this.#seq);
    this.#restorePulses(pulses);
    this.#knowBattles();
  }

  apply(seq: number, payload: Buffer, atMs: number): void {
    assert(seq > this.#seq, 'events are imported in the order of their numbers');
    const frame = JSON.parse(payload.toString()) as EventFrame;
    const at = frame.at > 0 ? frame.at : atMs;
    if (this.#session !== 0 && beginsSession(this.#view, frame)) this.#endSession();
    const { battle } = this.#view;
    applyEvent(this.#view, seq, frame);
    if (battle !== null && this.#view.battle?.battleId !== battle.battleId) this.#battles.shown(battle);
    if (this.#session === 0) this.#beginSession(seq, at);
    countEvent(this.#tally, frame, at);
    const place = { session: this.#session, seq, at };
    if ((frame.kind === 'battle' || frame.kind === 'score') && frame.state !== null)
      this.#battles.see(frame.state, this.#session, frame, at);
    else if (frame.kind === 'gift') this.#entries.gift(place, frame);
    else if (frame.kind === 'correction') this.#entries.correction(place, frame);
    else if (frame.kind === 'operator') this.#operatorChange(place, frame);
    else if (frame.kind === 'gap') this.#gap(seq, at, frame.reason, frame.lengthMs, frame.missed);
    this.#pulses.add(at, frame, this.#view);
    this.#seq = seq;
    this.#crc = crc32(payload);
  }

  /** Events `from` to `to` are not there to be applied. `log`: the log has lost them. `fault`: a bug of the import. */
  hole(from: number, to: number, reason: 'log' | 'fault'): void {
    if (this.#session === 0) this.#beginSession(from, this.#tally.lastAt);
    this.#gap(from, this.#tally.lastAt, reason, 0, to - from + 1);
    this.#seq = to;
    this.#crc = 0;
  }

  /** Goes back to a state that `states` gave, or to the very beginning (null), and forgets what came after it. */
  rollBack(to: ImportState | null): void {
    this.#database.transaction(() => rollBackRoom(this.#database, this.#room, to?.seq ?? 0));
    this.restore();
    // The session goes on again, though nothing more of it may come for long.
    if (this.#session !== 0) this.#writeSession(this.#view.session.status);
  }

  /** Writes everything that goes with the present position. To be called inside the transaction of the batch. */
  flush(): void {
    if (this.#session === 0) return;
    this.#battles.shown(this.#view.battle);
    this.#battles.flush();
    this.#entries.flush(this.#session, this.#seq);
    this.#flushPulses();
    this.#writeSession(this.#view.session.status);
    const saved: SavedState = { view: this.#view, tally: this.#tally, pulses: this.#newestPulses() };
    this.#database.run('INSERT OR REPLACE INTO import_state VALUES (?, ?, ?, ?, ?, ?)', [
      this.#room,
      this.#seq,
      this.#epoch,
      this.#crc,
      this.#session,
      JSON.stringify(saved),
    ]);
    this.#thinStates();
  }

  #emptyView(): RoomView {
    return emptyRoomView({ id: this.#name, handle: this.#handle });
  }

  /** The battle on display takes gifts after a restart too. */
  #knowBattles(): void {
    const { battle } = this.#view;
    if (battle === null) return;
    const sql = 'SELECT state, end_seq, end_at FROM battle WHERE session = ? ORDER BY start_seq DESC LIMIT 4';
    for (const row of this.#database.all(sql, [this.#session]).toReversed()) {
      const saved = JSON.parse(textOf(row, 'state')) as BattleState;
      // After going back, the row may know what the log no longer does; the view does not.
      const state = saved.battleId === battle.battleId ? battle : saved;
      const frame = { seq: numberOf(row, 'end_seq') } as EventFrame;
      this.#battles.see(state, this.#session, frame, numberOf(row, 'end_at'));
    }
  }

  #beginSession(seq: number, at: number): void {
    const { startSeq, startAt } = this.#view.session;
    // A log whose beginning is gone: the session is called by the first event that is known to be missing.
    const called = startSeq > 0 ? startSeq : seq;
    this.#session = this.#database.insert(
      `INSERT INTO session VALUES (NULL, ?, ?, ?, '', ?, ?, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)`,
      [this.#room, called, seq, startAt > 0 ? startAt : at, at],
    );
  }

  /** The next LIVE has begun: nobody will tell any more how one ended whose end was not seen. */
  #endSession(): void {
    this.#battles.shown(this.#view.battle);
    this.#battles.beginSession();
    this.#entries.flush(this.#session, this.#seq);
    this.#flushPulses();
    const { status } = this.#view.session;
    this.#writeSession(status === 'live' || status === 'paused' ? 'unknown' : status);
    this.#entries.beginSession();
    this.#tally = emptyTally();
    this.#session = 0;
  }

  #gap(seq: number, at: number, reason: string, lengthMs: number, missed: number): void {
    const sql = 'INSERT INTO gap VALUES (?, ?, ?, ?, ?, ?, ?)';
    this.#database.run(sql, [this.#room, seq, this.#session, at, reason, lengthMs, missed]);
  }

  #operatorChange({ session, seq, at }: Place, { id, by, change, undoes = '' }: OperatorEvent): void {
    const sql = 'INSERT INTO operator_change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';
    const values = [this.#room, seq, session, at, id, by, change.list, undoes, JSON.stringify(change)];
    this.#database.run(sql, values);
  }

  #writeSession(status: RoomView['session']['status']): void {
    const { session, gaps } = this.#view;
    const { chats, viewersPeak, lastAt } = this.#tally;
    this.#database.run(
      `UPDATE session SET start_at = iif(start_at = 0, ?, start_at), end_seq = ?, live = ?, end_at = ?,
       status = ?, diamonds = ?, gifts = ?, gifters = ?, likes = ?, follows = ?, shares = ?, chats = ?,
       viewers_peak = ?, viewers_total = ?, gaps = ?, gap_ms = ?, missed = ? WHERE id = ?`,
      [
        session.startAt,
        this.#seq,
        session.liveId,
        lastAt,
        status,
        session.diamonds,
        session.gifts,
        session.gifters,
        session.likes,
        session.follows,
        session.shares,
        chats,
        viewersPeak,
        session.viewersTotal,
        gaps.count,
        gaps.lengthMs,
        gaps.missed,
        this.#session,
      ],
    );
  }

  #flushPulses(): void {
    const sql = `INSERT INTO pulse VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session, at) DO UPDATE SET
      seq = excluded.seq, events = events + excluded.events, gifts = gifts + excluded.gifts,
      diamonds = diamonds + excluded.diamonds, viewers = excluded.viewers, own_points = excluded.own_points,
      rival_points = excluded.rival_points`;
    for (const [at, pulse] of this.#pulses.pending) {
      const { seq, events, gifts, diamonds, viewers, ownPoints, rivalPoints, firstSeq } = pulse;
      const sums = [events, gifts, diamonds, viewers, ownPoints, rivalPoints];
      this.#database.run(sql, [this.#session, at, seq, ...sums, firstSeq]);
    }
    this.#pulses.pending.clear();
  }

  #newestPulses(): number[][] {
    const sql = `SELECT at, seq, events, gifts, diamonds, viewers, own_points, rival_points, first_seq
      FROM pulse WHERE session = ? ORDER BY at DESC LIMIT ${openPulses}`;
    return this.#database
      .all(sql, [this.#session])
      .map((row) => Object.keys(row).map((column) => numberOf(row, column)));
  }

  /** Going back has taken the pulses that had gone on: as they were. */
  #restorePulses(rows: readonly (readonly number[])[]): void {
    const sql = 'INSERT OR IGNORE INTO pulse VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
    for (const row of rows) {
      // One saved before positions were known to begin somewhere: where it ended.
      const [, seq = 0, , , , , , , firstSeq = seq] = row;
      this.#database.run(sql, [this.#session, ...row.slice(0, 8), firstSeq]);
    }
  }

  /**
   * Keeps one state for every so many events, the newest of these. Of those under way the first as well: it tells that
   * a short log which has lost its end is still the same.
   */
  #thinStates(): void {
    const groupOf = ({ seq }: ImportState): number => Math.floor(seq / limits.historyStateEvents.value);
    const [newest, before, earlier] = this.states();
    if (newest !== undefined && before !== undefined && earlier !== undefined && groupOf(before) === groupOf(earlier)) {
      const { seq } = groupOf(newest) === groupOf(before) ? before : earlier;
      this.#database.run('DELETE FROM import_state WHERE room = ? AND seq = ?', [this.#room, seq]);
    }
    const oldest = this.states()[limits.historyStatesKept.value];
    if (oldest !== undefined)
      this.#database.run('DELETE FROM import_state WHERE room = ? AND seq <= ?', [this.#room, oldest.seq]);
  }
}

function roomId(database: HistoryDatabase, name: string, handle: string): number {
  const row = database.get('SELECT id FROM room WHERE name = ?', [name]);
  if (row === undefined) return database.insert('INSERT INTO room (name, handle) VALUES (?, ?)', [name, handle]);
  const id = numberOf(row, 'id');
  database.run('UPDATE room SET handle = ? WHERE id = ? AND handle <> ?', [handle, id, handle]);
  return id;
}
