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
    return { kind: 'value', value: new Reader(text.replace(/^\uFEFF/, ' ')).whole() };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const before = text.slice(0, error.at).split('\n');
    return { kind: 'malformed', line: before.length, column: before.at(-1)!.length + 1, reason: error.message };
  }
}

class Mistake extends Error {
  readonly at: number;

  constructor(at: number, expected: string) {
    super(`not JSON: expected ${expected}`);
    this.at = at;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    const value = this.#value(0);
    if (this.#peek() !== '') throw new Mistake(this.#at, 'the end');
    return value;
  }

  #value(depth: number): unknown {
    if (depth > depthMax) throw new Mistake(this.#at, 'less nesting');
    switch (this.#peek()) {
      case '{':
        return Object.fromEntries(this.#list('}', () => this.#member(depth + 1)));
      case '[':
        return this.#list(']', () => this.#value(depth + 1));
      case '"':
        return JSON.parse(this.#token(string, 'a string that ends'));
      default:
        return JSON.parse(this.#token(/[-0-9]/.test(this.#peek()) ? number : word, 'a value'));
    }
  }

  #member(depth: number): [string, unknown] {
    this.#peek();
    const name: string = JSON.parse(this.#token(string, 'a name in quotes'));
    if (this.#peek() !== ':') throw new Mistake(this.#at, '":"');
    this.#at++;
    return [name, this.#value(depth)];
  }

  /** Items up to `end`, from the bracket that begins it. */
  #list<Item>(end: string, item: () => Item): Item[] {
    const items: Item[] = [];
    this.#at++;
    while (this.#peek() !== end) {
      items.push(item());
      if (this.#peek() === ',') this.#at++;
      else if (this.#peek() !== end) throw new Mistake(this.#at, `"," or "${end}"`);
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
    if (found === undefined) throw new Mistake(this.#at, expected);
    this.#at += found.length;
    return found;
  }
}
