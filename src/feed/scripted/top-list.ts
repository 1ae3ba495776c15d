import type { Person } from './people.ts';

export interface TopRow {
  readonly person: Person;
  points: number;
  diamonds: number;
}

/** Everybody's points and diamonds, with the `size` largest by points kept in order. Totals only grow. */
export class TopList {
  readonly rows: TopRow[] = [];
  readonly #all = new Map<string, TopRow>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  /** Adds, and returns the person's place from 1 before and after (0 = not in the list). */
  add(person: Person, points: number, diamonds: number): { readonly before: number; readonly after: number } {
    let row = this.#all.get(person.id);
    if (row === undefined) this.#all.set(person.id, (row = { person, points: 0, diamonds: 0 }));
    row.points += points;
    row.diamonds += diamonds;
    const { rows } = this;
    const before = rows.indexOf(row) + 1;
    let at = before === 0 ? rows.push(row) - 1 : before - 1;
    while (at > 0 && rows[at - 1]!.points < row.points) {
      rows[at] = rows[at - 1]!;
      at--;
    }
    rows[at] = row;
    if (rows.length > this.#size) rows.pop();
    return { before, after: at < this.#size ? at + 1 : 0 };
  }
}
