import type { BattleState } from '../../protocol/battle-state.ts';
import type { EventFrame } from '../../protocol/frames.ts';
import { type HistoryDatabase, numberOf } from './database.ts';

// The battles of a room as the import meets them. Owns the newest few in memory: gifts and corrections still come for
// the one before the one on display. Rows are written with each batch.

const remembered = 4;

interface Battle {
  readonly id: number;
  state: BattleState;
  endSeq: number;
  endAt: number;
  dirty: boolean;
}

export class Battles {
  readonly #database: HistoryDatabase;
  readonly #room: number;
  readonly #known = new Map<string, Battle>();
  readonly #sides = new Map<string, number>();
  /** Ids of the battle that views show, and of the one that they showed before it; '' = none. */
  #display = '';
  #former = '';

  constructor(database: HistoryDatabase, room: number) {
    this.#database = database;
    this.#room = room;
  }

  /** An event that carries the whole state of a battle. */
  see(state: BattleState, session: number, event: EventFrame, at: number): void {
    if (state.battleId !== this.#display) {
      this.#former = this.#display;
      this.#display = state.battleId;
    }
    let battle = this.#known.get(state.battleId);
    if (battle === undefined) {
      battle = { id: this.#rowOf(state, session, event.seq, at), state, endSeq: event.seq, endAt: at, dirty: true };
      this.#known.set(state.battleId, battle);
      if (this.#known.size > remembered) this.#forgetOldest();
    }
    battle.state = state;
    battle.endSeq = event.seq;
    battle.endAt = state.endedAt > 0 ? state.endedAt : at;
    battle.dirty = true;
  }

  /** A battle as views show it, or showed it last: gifts have moved its sides since its own last event. */
  shown(state: BattleState | null): void {
    if (state === null) return;
    const battle = this.#known.get(state.battleId);
    if (battle === undefined) return;
    battle.state = state;
    battle.dirty = true;
  }

  /** Number of a battle's side, by its place in the battle's `sides`; null for a battle that nobody told of. */
  sideAt(battleId: string, index: number): number | null {
    const anchor = this.#known.get(battleId)?.state.sides[index]?.id;
    return anchor === undefined ? null : this.sideOf(battleId, anchor);
  }

  /**
   * The same by the name of the side or of one of its hosts, of a battle on display or before it: as corrections name
   * it.
   */
  sideNamed(battleId: string, name: string): number | null {
    if (battleId !== this.#display && battleId !== this.#former) return null;
    if (name === '') return null;
    const sides = this.#known.get(battleId)?.state.sides ?? [];
    const index = sides.findIndex(({ id, hosts }) => id === name || hosts.some((host) => host.id === name));
    return index < 0 ? null : this.sideAt(battleId, index);
  }

  /** By the side's own name. */
  sideOf(battleId: string, anchor: string): number | null {
    const battle = this.#known.get(battleId);
    if (battle === undefined) return null;
    const key = `${battle.id} ${anchor}`;
    const known = this.#sides.get(key);
    if (known !== undefined) return known;
    const row = this.#database.get('SELECT id FROM battle_side WHERE battle = ? AND upstream = ?', [battle.id, anchor]);
    const insert = 'INSERT INTO battle_side (battle, upstream) VALUES (?, ?)';
    const id = row === undefined ? this.#database.insert(insert, [battle.id, anchor]) : numberOf(row, 'id');
    this.#sides.set(key, id);
    return id;
  }

  /** A session ended: its battles take nothing more. */
  beginSession(): void {
    this.flush();
    this.clear();
  }

  /** Forgets without writing: after a transaction that did not happen. */
  clear(): void {
    this.#known.clear();
    this.#sides.clear();
    this.#display = '';
    this.#former = '';
  }

  flush(): void {
    for (const battle of this.#known.values()) {
      if (!battle.dirty) continue;
      const { id, state, endSeq, endAt } = battle;
      const sql = 'UPDATE battle SET end_seq = ?, end_at = ?, phase = ?, complete = ?, state = ? WHERE id = ?';
      this.#database.run(sql, [endSeq, endAt, state.phase, state.complete ? 1 : 0, JSON.stringify(state), id]);
      battle.dirty = false;
    }
  }

  #rowOf(state: BattleState, session: number, seq: number, at: number): number {
    const { battleId, phase, complete } = state;
    const row = this.#database.get('SELECT id FROM battle WHERE session = ? AND upstream = ?', [session, battleId]);
    if (row !== undefined) return numberOf(row, 'id');
    const startAt = state.startAt > 0 ? state.startAt : at;
    return this.#database.insert(
      `INSERT INTO battle (room, session, upstream, start_seq, end_seq, start_at, end_at, phase, complete, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [this.#room, session, battleId, seq, seq, startAt, at, phase, complete ? 1 : 0, JSON.stringify(state)],
    );
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.keys();
    this.flush();
    this.#known.delete(oldest!);
  }
}
