import type { KnownPerson, Note } from '../protocol/operator.ts';

// Owns what operators know of people, across sessions, and when each was seen last. Bounded: limits.operatorNotesMax
// notes (asked before one is made); nobody is here without a note.

export interface RememberedPerson {
  note: Note;
  /** Unix ms by upstream; 0 = not since the note was made. */
  lastSeenAt: number;
  /** seq at which the session began in which they were seen last; -1 = none. */
  session: number;
}

/** When somebody was seen last, and in which session. */
export type Sighting = Pick<RememberedPerson, 'lastSeenAt' | 'session'>;

/** Somebody who is known was seen for the first time in a session. */
export interface Arrival {
  readonly note: Note;
  /** When they were seen before; 0 = never. */
  readonly before: number;
}

export class People {
  readonly #known = new Map<string, RememberedPerson>();

  get size(): number {
    return this.#known.size;
  }

  find(userId: string): RememberedPerson | undefined {
    return this.#known.get(userId);
  }

  /** Puts a note in the place of another. `seen`: of somebody who had none, should they have been seen. */
  setNote(userId: string, note: Note, seen: Sighting | null): void {
    const known = this.#known.get(userId);
    if (known !== undefined) known.note = note;
    else this.#known.set(userId, { note, lastSeenAt: seen?.lastSeenAt ?? 0, session: seen?.session ?? -1 });
  }

  /** Takes a note away; tells what was known of its person, for whoever puts it back. */
  removeNote(userId: string): Sighting | null {
    const known = this.#known.get(userId);
    if (known === undefined) return null;
    this.#known.delete(userId);
    return { lastSeenAt: known.lastSeenAt, session: known.session };
  }

  /** Somebody did something; tells when that is the first time in this session. */
  seen(userId: string, at: number, session: number): Arrival | null {
    const known = this.#known.get(userId);
    if (known === undefined) return null;
    const before = known.lastSeenAt;
    if (at > before) known.lastSeenAt = at;
    if (known.session === session) return null;
    known.session = session;
    return { note: known.note, before };
  }

  /** Regulars who were not seen in this session. */
  missing(session: number): Note[] {
    const found: Note[] = [];
    for (const known of this.#known.values())
      if (known.note.regular && known.session !== session) found.push(known.note);
    return found;
  }

  /** The newest notes first. */
  list(): KnownPerson[] {
    const sorted = [...this.#known.values()].sort((a, b) => b.note.at - a.note.at);
    return sorted.map(({ note, lastSeenAt }) => ({ note, lastSeenAt }));
  }

  save(): RememberedPerson[] {
    return [...this.#known.values()];
  }

  restore(saved: readonly RememberedPerson[]): void {
    this.#known.clear();
    for (const person of saved) this.#known.set(person.note.user.id, { ...person });
  }
}
