import { assert } from './assert.ts';

// Owns one block of counters: numbers in shared memory, written by one thread and read by any other. A room declares
// its counters once, each with the sentence that /metrics shows; a sentence that ends in `(gauge)` tells of what is
// now.

/** Counter names with what each one counts, in words and unit. */
export type CounterSpec<Name extends string> = Readonly<Record<Name, string>>;

export class Counters<Name extends string> {
  readonly spec: CounterSpec<Name>;
  readonly values: Float64Array;
  readonly #index: Record<Name, number>;

  /** `values` has one place per name in the order of `spec`; without it shared memory is taken. */
  constructor(spec: CounterSpec<Name>, values?: Float64Array) {
    const names = Object.keys(spec) as Name[];
    this.spec = spec;
    this.values = values ?? new Float64Array(new SharedArrayBuffer(names.length * 8));
    assert(this.values.length === names.length, `counters need ${names.length} places, not ${this.values.length}`);
    this.#index = Object.fromEntries(names.map((name, index) => [name, index])) as Record<Name, number>;
  }

  add(name: Name, amount = 1): void {
    this.values[this.#index[name]]! += amount;
  }

  /** For gauges: what is, not what was counted. */
  set(name: Name, value: number): void {
    this.values[this.#index[name]] = value;
  }

  get(name: Name): number {
    return this.values[this.#index[name]]!;
  }

  /** All values by name: for tests and reports. */
  read(): Record<Name, number> {
    return Object.fromEntries(Object.entries<number>(this.#index).map(([n, i]) => [n, this.values[i]!])) as Record<
      Name,
      number
    >;
  }
}
