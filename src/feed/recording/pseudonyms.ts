import { createHmac } from 'node:crypto';
import { limits } from '../../protocol/limits.ts';

// From a real id, handle or name to an invented one: the same one always, as long as the key is the same, and nobody
// without the key finds the way back. Owns the answers given last (dedupeIdsMax of each kind): a recording names the
// same people over and over.

/** Ids from here on are ids wherever they stand: no count or time of day in ms has fifteen digits. */
export const idMin = 100_000_000_000_000n;

/** Nineteen digits, below 2^63: as wide as the ids of upstream. */
const idFirst = 1_000_000_000_000_000_000n;
const idSpread = 8_000_000_000_000_000_000n;

export class Pseudonyms {
  readonly #key: string;
  readonly #ids = new Map<string, string>();
  readonly #names = new Map<string, string>();

  constructor(key: string) {
    this.#key = key;
  }

  /** For a decimal id of a person, a room, a message, a battle. '0' and '' stay. */
  id(id: string): string {
    if (id === '0' || id === '') return id;
    return cached(this.#ids, id, () => String(idFirst + (this.#hash('id', id).readBigUInt64BE() % idSpread)));
  }

  /** For a @handle. */
  handle(handle: string): string {
    if (handle === '') return '';
    return cached(this.#names, `@${handle}`, () => `user.${this.#word('handle', handle, 10)}`);
  }

  /** For a display name. */
  name(name: string): string {
    if (name === '') return '';
    return cached(this.#names, name, () => `Guest ${this.#word('name', name, 6).toUpperCase()}`);
  }

  #word(kind: string, text: string, length: number): string {
    let word = '';
    let rest = this.#hash(kind, text).readBigUInt64BE();
    for (; word.length < length; rest /= 32n) word += letters[Number(rest % 32n)];
    return word;
  }

  #hash(kind: string, text: string): Buffer {
    return createHmac('sha256', this.#key).update(`${kind}\n${text}`).digest();
  }
}

/** No letters that are taken for digits or for one another. */
const letters = 'abcdefghjkmnpqrstuvwxyz023456789';

function cached(answers: Map<string, string>, question: string, make: () => string): string {
  const known = answers.get(question);
  if (known !== undefined) return known;
  if (answers.size >= limits.dedupeIdsMax.value) answers.clear();
  const answer = make();
  answers.set(question, answer);
  return answer;
}
