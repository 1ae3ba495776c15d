import type { CorrectionEffect, CorrectionEvent } from '../../protocol/corrections.ts';
import type { GiftEvent, User } from '../../protocol/events.ts';
import { limits } from '../../protocol/limits.ts';
import type { Battles } from './battles.ts';
import { BoardRows } from './board-rows.ts';
import { bytesOf, type HistoryDatabase, numberOf } from './database.ts';
import type { People } from './people.ts';

// Turns gifts and corrections into entries: the only thing that boards of the past are computed from. Owns the board
// of the session under way (for checkpoints, and to compare with what the ranking said), and what the batch at hand
// adds to each gifter's sums. What a correction did is what the ranking
// says that it did.

/** Entries of these parts are on the session board; unranked gifts (the roster was full) are not. */
export const rankedPartsBelow = 2;
const unrankedPart = 2;
/** Parts from here on are on boards of battle sides alone. */
const sideParts = 10;

const insertEntry = `INSERT INTO entry
  (room, seq, part, session, person, diamonds, gift, count, receiver, side, side_diamonds, at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const upsertSum = `INSERT INTO session_gifter
  (session, person, diamonds, gifts, first_seq, last_seq, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (session, person) DO UPDATE SET
  diamonds = diamonds + excluded.diamonds, gifts = gifts + excluded.gifts, last_seq = excluded.last_seq,
  first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at) RETURNING first_seq`;

const upsertTotal = `INSERT INTO room_gifter VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (room, person) DO UPDATE SET
  diamonds = diamonds + excluded.diamonds, gifts = gifts + excluded.gifts, sessions = sessions + excluded.sessions,
  first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`;

interface GifterSum {
  diamonds: number;
  gifts: number;
  readonly firstSeq: number;
  lastSeq: number;
  firstAt: number;
  lastAt: number;
}

/** Where an entry belongs. */
export interface Place {
  readonly session: number;
  readonly seq: number;
  readonly at: number;
}

interface Entry {
  readonly part: number;
  readonly person: number;
  readonly diamonds: number;
  readonly gift: number | null;
  readonly count: number;
  readonly receiver: string;
  readonly side: number | null;
  readonly sideDiamonds: number;
}

const bare = { gift: null, count: 0, receiver: '', side: null, sideDiamonds: 0 };

export class BoardEntries {
  /** Times that the ranking's own total of a gifter was another one than that of the entries. */
  disagreements = 0;
  readonly #database: HistoryDatabase;
  readonly #people: People;
  readonly #battles: Battles;
  readonly #room: number;
  #board = new BoardRows();
  #sinceCheckpoint = 0;
  readonly #sums = new Map<number, GifterSum>();

  constructor(database: HistoryDatabase, people: People, battles: Battles, room: number) {
    this.#database = database;
    this.#people = people;
    this.#battles = battles;
    this.#room = room;
  }

  /** Loads the board of a session as it was after `seq`. */
  load(session: number, seq: number): void {
    const newest = 'SELECT seq, rows FROM checkpoint WHERE session = ? AND seq <= ? ORDER BY seq DESC LIMIT 1';
    const row = this.#database.get(newest, [session, seq]);
    this.#board = row === undefined ? new BoardRows() : BoardRows.load(bytesOf(row, 'rows'));
    const from = row === undefined ? -1 : numberOf(row, 'seq');
    this.#sinceCheckpoint = 0;
    const sql = `SELECT person, diamonds, seq FROM entry
      WHERE room = ? AND seq > ? AND seq <= ? AND session = ? AND part < ${rankedPartsBelow} AND diamonds <> 0`;
    for (const entry of this.#database.prepare(sql).iterate(this.#room, from, seq, session)) {
      this.#board.add(numberOf(entry, 'person'), numberOf(entry, 'diamonds'), numberOf(entry, 'seq'));
      this.#sinceCheckpoint++;
    }
  }

  beginSession(): void {
    this.#board = new BoardRows();
    this.#sinceCheckpoint = 0;
  }

  gift(place: Place, event: GiftEvent): void {
    if (event.count === 0) return;
    const person = this.#people.idOf(event.user);
    const ranked = event.standing !== null || event.diamonds === 0;
    const side = event.battle === null ? null : this.#battles.sideAt(event.battle.battleId, event.battle.side);
    this.#put(place, {
      part: ranked ? 0 : unrankedPart,
      person,
      diamonds: event.diamonds,
      gift: this.#people.giftIdOf(event.gift),
      count: event.count,
      receiver: event.receiver,
      side,
      sideDiamonds: side === null ? 0 : event.diamonds,
    });
    if (event.standing !== null && event.standing.diamonds !== this.#board.diamondsOf(person)) this.disagreements++;
  }

  correction(place: Place, event: CorrectionEvent): void {
    const { action, user, target, side, reason, by, diamonds } = event;
    const applied = event.applied ?? 0;
    const person = this.#people.idOf(user);
    const receives = target === null ? null : this.#people.idOf(target);
    const named = side === undefined ? null : this.#battles.sideNamed(side.battleId, side.sideId);
    this.#database.run('INSERT INTO correction VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', [
      this.#room,
      place.seq,
      place.session,
      place.at,
      action,
      person,
      receives,
      diamonds,
      applied,
      reason,
      by,
      named,
      event.id,
      event.undoes ?? '',
      sessionChange(event.effect ?? null),
    ]);
    if (event.effect !== undefined && event.effect !== null)
      this.#carry(place, event.effect, { user, person, receives });
  }

  /** Writes what the ranking says that a correction did. */
  #carry(
    place: Place,
    effect: CorrectionEffect,
    known: { readonly user: User; readonly person: number; readonly receives: number | null },
  ): void {
    const personOf = (id: string): number | null =>
      id === '' ? null : id === known.user.id ? known.person : known.receives;
    const [from, to] = [personOf(effect.from), personOf(effect.to)];
    const { session } = effect;
    if (session !== 0 && from !== null) this.#put(place, { ...bare, part: 0, person: from, diamonds: -session });
    if (session !== 0 && to !== null) this.#put(place, { ...bare, part: 1, person: to, diamonds: session });
    for (const [index, { battleId, sideId, taken, given }] of effect.sides.entries()) {
      const side = this.#battles.sideOf(battleId, sideId);
      if (side === null) continue;
      const onSide = { ...bare, diamonds: 0, side };
      const part = sideParts + 2 * index;
      if (taken > 0 && from !== null) this.#put(place, { ...onSide, part, person: from, sideDiamonds: -taken });
      if (given > 0 && to !== null) this.#put(place, { ...onSide, part: part + 1, person: to, sideDiamonds: given });
    }
  }

  /** Writes sums, and a checkpoint when enough has come since the last one. */
  flush(session: number, seq: number): void {
    for (const [person, sum] of this.#sums) {
      const { diamonds, gifts, firstSeq, lastSeq, firstAt, lastAt } = sum;
      const values = [session, person, diamonds, gifts, firstSeq, lastSeq, firstAt, lastAt];
      const sessions = numberOf(this.#database.get(upsertSum, values), 'first_seq') === firstSeq ? 1 : 0;
      this.#database.run(upsertTotal, [this.#room, person, diamonds, gifts, sessions, firstAt, lastAt]);
    }
    this.#sums.clear();
    // Half as many entries as rows: all checkpoints together stay about as large as the entries.
    if (this.#sinceCheckpoint < Math.max(limits.historyCheckpointEntries.value, this.#board.size / 2)) return;
    this.#database.run('INSERT INTO checkpoint VALUES (?, ?, ?)', [session, seq, this.#board.save()]);
    this.#sinceCheckpoint = 0;
  }

  /** Forgets what was not written: after a transaction that did not happen. */
  clear(): void {
    this.#sums.clear();
  }

  #put(place: Place, entry: Entry): void {
    const { session, seq, at } = place;
    const { part, person, diamonds, gift, count, receiver, side, sideDiamonds } = entry;
    this.#database.run(insertEntry, [
      this.#room,
      seq,
      part,
      session,
      person,
      diamonds,
      gift,
      count,
      receiver,
      side,
      sideDiamonds,
      at,
    ]);
    if (part >= sideParts) return;
    if (part < rankedPartsBelow && diamonds !== 0) {
      this.#board.add(person, diamonds, seq);
      this.#sinceCheckpoint++;
    }
    const sum = this.#sums.get(person);
    if (sum === undefined) {
      this.#sums.set(person, { diamonds, gifts: count, firstSeq: seq, lastSeq: seq, firstAt: at, lastAt: at });
      return;
    }
    sum.diamonds += diamonds;
    sum.gifts += count;
    sum.lastSeq = seq;
    sum.firstAt = Math.min(sum.firstAt, at);
    sum.lastAt = Math.max(sum.lastAt, at);
  }
}

/** What a correction added to its session's total: below 0 for what it took away. */
function sessionChange(effect: CorrectionEffect | null): number {
  if (effect === null) return 0;
  return (effect.from === '' ? effect.session : 0) - (effect.to === '' ? effect.session : 0);
}
