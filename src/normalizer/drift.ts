import { limits } from '../protocol/limits.ts';
import type { WireCheck } from './wire-check.ts';

// Owns what shows that upstream has changed: methods nobody has heard of, fields that are new, fields that are missing.
// Bounded by names; what comes beyond is counted together. A good message of a known shape costs two comparisons.

export interface Sighting {
  count: number;
  /** Unix ms of arrival. */
  firstSeenAt: number;
  lastSeenAt: number;
}

export interface FieldDrift extends Sighting {
  readonly method: string;
  readonly field: number;
  /** `new`: not among the fields known in 2026. `missing`: a message of this method always had it. */
  readonly change: 'new' | 'missing';
}

const others = '(other)';
const methodCharsMax = 100;

export class Drift {
  readonly #namesMax: number;
  readonly #methods = new Map<string, Sighting>();
  readonly #fields = new Map<string, FieldDrift>();

  constructor(namesMax: number = limits.driftNamesMax.value) {
    this.#namesMax = namesMax;
  }

  /** Methods that MEKS has never heard of. */
  get unknownMethods(): ReadonlyMap<string, Readonly<Sighting>> {
    return this.#methods;
  }

  /** New and missing fields, in order of first sight. */
  get fields(): readonly Readonly<FieldDrift>[] {
    return [...this.#fields.values()];
  }

  unknownMethod(method: string, receivedAt: number): void {
    let name = method.slice(0, methodCharsMax);
    if (!this.#methods.has(name) && this.#methods.size >= this.#namesMax) name = others;
    const known = this.#methods.get(name);
    if (known === undefined) this.#methods.set(name, { count: 1, firstSeenAt: receivedAt, lastSeenAt: receivedAt });
    else see(known, receivedAt);
  }

  /** Compares the fields that `check` has just noted with those that `method` should have. */
  fieldsOf(method: string, check: WireCheck, expected: readonly number[], receivedAt: number): void {
    for (let index = 0; index < check.newFieldsCount; index++)
      this.#field(method, check.newFields[index]!, 'new', receivedAt);
    for (let index = 0; index < expected.length; index++)
      if (!check.has(expected[index]!)) this.#field(method, expected[index]!, 'missing', receivedAt);
  }

  #field(method: string, field: number, change: FieldDrift['change'], receivedAt: number): void {
    let name = `${method} ${change} ${field}`;
    const full = !this.#fields.has(name) && this.#fields.size >= this.#namesMax;
    if (full) name = others;
    const known = this.#fields.get(name);
    if (known !== undefined) see(known, receivedAt);
    else {
      const of = full ? { method: others, field: 0 } : { method, field };
      this.#fields.set(name, { ...of, change, count: 1, firstSeenAt: receivedAt, lastSeenAt: receivedAt });
    }
  }
}

function see(sighting: Sighting, receivedAt: number): void {
  sighting.count++;
  sighting.lastSeenAt = receivedAt;
}
