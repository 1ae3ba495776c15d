import type { GiftInfo, User } from '../../protocol/events.ts';
import { limits } from '../../protocol/limits.ts';
import { type HistoryDatabase, numberOf, textOf } from './database.ts';

// The history's own short numbers for people and gifts. Owns a cache of those met last, bounded by historyPeopleCached;
// beyond it the oldest are looked up again. A handle or name that changed is changed here: the newest one stands.

interface Known {
  readonly id: number;
  handle: string;
  name: string;
  avatar: string;
}

export class People {
  readonly #database: HistoryDatabase;
  readonly #cache = new Map<string, Known>();
  readonly #gifts = new Map<string, number>();

  constructor(database: HistoryDatabase) {
    this.#database = database;
  }

  /** Number of this person; makes one for somebody new. */
  idOf(user: User): number {
    const known = this.#cache.get(user.id) ?? this.#lookUp(user);
    // What upstream leaves out is no change.
    if (
      (user.handle !== '' && user.handle !== known.handle) ||
      (user.name !== '' && user.name !== known.name) ||
      (user.avatar !== '' && user.avatar !== known.avatar)
    )
      this.#update(known, user);
    return known.id;
  }

  giftIdOf(gift: GiftInfo): number {
    const key = `${gift.id} ${gift.price} ${gift.name}`;
    const known = this.#gifts.get(key);
    if (known !== undefined) return known;
    const values = [gift.id, gift.name, gift.price] as const;
    const row = this.#database.get('SELECT id FROM gift WHERE upstream = ? AND name = ? AND price = ?', [...values]);
    const id =
      row === undefined
        ? this.#database.insert('INSERT INTO gift (upstream, name, price) VALUES (?, ?, ?)', [...values])
        : numberOf(row, 'id');
    if (this.#gifts.size >= limits.historyPeopleCached.value) this.#gifts.clear();
    this.#gifts.set(key, id);
    return id;
  }

  /** Forgets what was cached: after a transaction that did not happen. */
  clear(): void {
    this.#cache.clear();
    this.#gifts.clear();
  }

  #lookUp(user: User): Known {
    const row = this.#database.get('SELECT id, handle, name, avatar FROM person WHERE upstream = ?', [user.id]);
    const known: Known =
      row === undefined
        ? { id: this.#insert(user), handle: user.handle, name: user.name, avatar: user.avatar }
        : {
            id: numberOf(row, 'id'),
            handle: textOf(row, 'handle'),
            name: textOf(row, 'name'),
            avatar: textOf(row, 'avatar'),
          };
    if (this.#cache.size >= limits.historyPeopleCached.value) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(user.id, known);
    return known;
  }

  #insert({ id, handle, name, avatar }: User): number {
    const sql = 'INSERT INTO person (upstream, handle, name, avatar) VALUES (?, ?, ?, ?)';
    return this.#database.insert(sql, [id, handle, name, avatar]);
  }

  #update(known: Known, user: User): void {
    known.handle = user.handle || known.handle;
    known.name = user.name || known.name;
    known.avatar = user.avatar || known.avatar;
    const sql = 'UPDATE person SET handle = ?, name = ?, avatar = ? WHERE id = ?';
    this.#database.run(sql, [known.handle, known.name, known.avatar, known.id]);
  }
}
