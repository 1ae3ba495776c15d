// JSON as people write it: with comments (// and /* */) and a comma after the last item of a list. A mistake is told
// with its line and column, which JSON.parse does not always know.

export type Jsonc =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'malformed'; readonly line: number; readonly column: number; readonly reason: string };

/** What people write is nested a few levels deep. */
const depthMax = 64;

const blank = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const word = /(?:true|false|null)\b/y;

export function parseJsonc(text: string): Jsonc {
  try {
    return { kind: 'value', value: new Reader(text).whole() };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { kind: 'malformed', ...placeAt(text, error.at), reason: error.message };
  }
}

/** Line and column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Where in `text`, which parseJsonc has read, the value of `path` begins, or else its name where `named`. What is not
 * there is where the nearest one around it begins.
 */
export function placeOf(text: string, path: readonly PropertyKey[], named = false): Place {
  const places = new Map<string, number>();
  new Reader(text, places).whole();
  const own = named ? places.get(nameKey(path)) : undefined;
  if (own !== undefined) return placeAt(text, own);
  for (let depth = path.length; depth > 0; depth--) {
    const at = places.get(valueKey(path.slice(0, depth)));
    if (at !== undefined) return placeAt(text, at);
  }
  return placeAt(text, places.get(valueKey([]))!);
}

function placeAt(text: string, at: number): Place {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

const valueKey = (path: readonly PropertyKey[]): string => `value ${JSON.stringify(path)}`;
const nameKey = (path: readonly PropertyKey[]): string => `name ${JSON.stringify(path)}`;

class Mistake extends Error {
  readonly at: number;

  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
  }
}

/** Something else stands where JSON has `expected`. */
function mistaken(at: number, expected: string): Mistake {
  return new Mistake(at, `not JSON: expected ${expected}`);
}

class Reader {
  readonly #text: string;
  /** Where names and values begin, by path; null where nobody asks. */
  readonly #places: Map<string, number> | null;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string, places: Map<string, number> | null = null) {
    this.#text = text.replace(/^\uFEFF/, ' ');
    this.#places = places;
  }

  whole(): unknown {
    const value = this.#value(0);
    if (this.#peek() !== '') throw mistaken(this.#at, 'the end');
    return value;
  }

  #value(depth: number): unknown {
    if (depth > depthMax) throw mistaken(this.#at, 'less nesting');
    const first = this.#peek();
    this.#places?.set(valueKey(this.#path), this.#at);
    switch (first) {
      case '{': {
        const names = new Set<string>();
        return Object.fromEntries(this.#list('}', () => this.#member(depth + 1, names)));
      }
      case '[':
        return this.#list(']', (index) => this.#within(index, depth + 1));
      case '"':
        return JSON.parse(this.#token(string, 'a string that ends'));
      default:
        return JSON.parse(this.#token(/[-0-9]/.test(first) ? number : word, 'a value'));
    }
  }

  /** The value that stands under `key` of the one that is being read. */
  #within(key: string | number, depth: number): unknown {
    this.#path.push(key);
    const value = this.#value(depth);
    this.#path.pop();
    return value;
  }

  /** Of two members of one name JSON.parse takes the last in silence: whoever wrote the first would wonder. */
  #member(depth: number, names: Set<string>): [string, unknown] {
    this.#peek();
    const nameAt = this.#at;
    const name: string = JSON.parse(this.#token(string, 'a name in quotes'));
    if (names.has(name)) throw new Mistake(nameAt, `${JSON.stringify(name)} stands there twice: leave one`);
    names.add(name);
    this.#places?.set(nameKey([...this.#path, name]), nameAt);
    if (this.#peek() !== ':') throw mistaken(this.#at, '":"');
    this.#at++;
    return [name, this.#within(name, depth)];
  }

  /** Items up to `end`, from the bracket that begins it. */
  #list<Item>(end: string, item: (index: number) => Item): Item[] {
    const items: Item[] = [];
    this.#at++;
    while (this.#peek() !== end) {
      items.push(item(items.length));
      if (this.#peek() === ',') this.#at++;
      else if (this.#peek() !== end) throw mistaken(this.#at, `"," or "${end}"`);
    }
    this.#at++;
    return items;
  }

  /** The next character that is neither blank nor comment; '' at the end. */
  #peek(): string {
    blank.lastIndex = this.#at;
    this.#at += blank.exec(this.#text)![0].length;
    return this.#text[this.#at] ?? '';
  }

  #token(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw mistaken(this.#at, expected);
    this.#at += found.length;
    return found;
  }
}
