// The history of a world as one number: two runs of a seed that differ anywhere differ here. Owns the last lines as
// text as well, for who has to read how it came to a failure. Bounded by `linesMax`.

const linesMax = 40;

export class Trace {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;
  readonly #lines: string[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Takes up numbers: cheap, for everything that happens. */
  number(value: number): void {
    this.#a = Math.imul(this.#a ^ (value | 0), 0x01000193);
    this.#b = Math.imul(this.#b ^ (value | 0), 0x85ebca6b) ^ (this.#b >>> 13);
  }

  text(value: string): void {
    for (let index = 0; index < value.length; index++) this.number(value.charCodeAt(index));
  }

  /** Something that a person wants to know of: a fault, a start, an end. */
  say(line: string): void {
    const nowMs = this.#nowMs();
    this.number(Math.floor(nowMs * 1_000));
    this.text(line);
    if (this.#lines.push(`${(nowMs / 1_000).toFixed(3).padStart(9)} s  ${line}`) > linesMax) this.#lines.shift();
  }

  /** The newest lines, oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  get hash(): string {
    const part = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return part(this.#a) + part(this.#b);
  }
}
