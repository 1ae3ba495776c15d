import { limits } from '../protocol/limits.ts';
import type { DriftReport } from '../protocol/drift.ts';
import { likelyName } from './likely-name.ts';
import type { QuarantineReason } from './quarantine.ts';
import type { WireCheck } from './wire-check.ts';

// Owns what shows that upstream has changed: methods nobody has heard of, fields that are new, missing or of another
// type, and the alarms that are due at the first sign of what would cost events. Bounded by names; what comes beyond is
// counted together. A good message of a known shape costs two comparisons.

export interface Sighting {
  count: number;
  /** Unix ms of arrival. */
  firstSeenAt: number;
  lastSeenAt: number;
}

export interface FieldDrift extends Sighting {
  readonly method: string;
  /** Field numbers from the top of the message: `15`, or `7.3` for a field inside of field 7. */
  readonly path: string;
  /**
   * `new`: not among the fields known in 2026. `missing`: a message of this method always had it. `mistyped`: of
   * another wire type than the schema says; such a message is quarantined.
   */
  readonly change: 'new' | 'missing' | 'mistyped';
}

/** A sign that events are being lost to a change upstream: raised once for each kind and method. */
export interface DriftAlarm {
  /**
   * `method-unknown`: a method nobody has heard of has nearly the name of one that is read: renamed? `method-changed`:
   * messages of a method that is read cannot be understood as they used to. `price-mismatch`: a gift's own diamonds fit
   * neither price nor count.
   */
  readonly kind: 'method-unknown' | 'method-changed' | 'price-mismatch';
  readonly method: string;
  /** The method that is read and that this is about: the same, or the one that it may have been until now. */
  readonly concerns: string;
  /** For people: what was seen, and what it may mean. */
  readonly detail: string;
  /** Unix ms of arrival. */
  readonly at: number;
}

const others = '(other)';
const methodCharsMax = 100;

/** Reasons that speak of another schema, not of bytes that were damaged on the way. */
const schemaReasons: ReadonlySet<QuarantineReason> = new Set([
  'type-changed',
  'undecodable',
  'too-many-fields',
  'user-missing',
  'gift-missing',
  'count-missing',
  'battle-missing',
]);

export class Drift {
  readonly #namesMax: number;
  readonly #methods = new Map<string, Sighting>();
  readonly #fields = new Map<string, FieldDrift>();
  readonly #alarms = new Map<string, DriftAlarm>();
  /** Told of each alarm as it is raised: for the log. */
  onAlarm: (alarm: DriftAlarm) => void = () => {};

  constructor(namesMax: number = limits.driftNamesMax.value) {
    this.#namesMax = namesMax;
  }

  /** Methods that MEKS has never heard of. */
  get unknownMethods(): ReadonlyMap<string, Readonly<Sighting>> {
    return this.#methods;
  }

  /** New, missing and mistyped fields, in order of first sight. */
  get fields(): readonly Readonly<FieldDrift>[] {
    return [...this.#fields.values()];
  }

  /** In the order in which they were raised. */
  get alarms(): readonly DriftAlarm[] {
    return [...this.#alarms.values()];
  }

  report(): DriftReport {
    const methods = [...this.#methods].map(([method, sighting]) => Object.assign({ method }, sighting));
    return { methods, fields: this.fields, alarms: this.alarms };
  }

  /** True: the first one whose name says that it used to be another. */
  unknownMethod(method: string, receivedAt: number): boolean {
    const full = !this.#methods.has(method) && this.#methods.size >= this.#namesMax;
    const name = full || method.length > methodCharsMax ? others : method;
    const known = this.#methods.get(name);
    if (known !== undefined) {
      see(known, receivedAt);
      return false;
    }
    this.#methods.set(name, { count: 1, firstSeenAt: receivedAt, lastSeenAt: receivedAt });
    const likely = likelyName(name);
    return likely !== '' && this.#raise('method-unknown', name, likely, `may be the new name of ${likely}`, receivedAt);
  }

  /** How often a method that MEKS has never heard of was seen, those counted together as one. */
  timesSeen(method: string): number {
    return (this.#methods.get(method.slice(0, methodCharsMax)) ?? this.#methods.get(others))?.count ?? 0;
  }

  /**
   * Compares the fields that `check` has just noted with those that `method` should have. Returns the first that is
   * missing; 0 = none is.
   */
  fieldsOf(method: string, check: WireCheck, expected: readonly number[], receivedAt: number): number {
    for (let index = 0; index < check.newFieldsCount; index++)
      this.#field(method, String(check.newFields[index]), 'new', receivedAt);
    let first = 0;
    for (let index = 0; index < expected.length; index++) {
      const path = expected[index]!;
      if (check.has(path)) continue;
      if (first === 0) first = path;
      this.#field(method, String(path), 'missing', receivedAt);
    }
    return first;
  }

  /** A message without a field that it always had said nothing: the field moved? True: the first. */
  emptied(method: string, path: number, receivedAt: number): boolean {
    return this.#raise(
      'method-changed',
      method,
      method,
      `field ${path} is missing, and nothing came of it`,
      receivedAt,
    );
  }

  /** A message of a method that is read was set aside. True: the first whose reason speaks of another schema. */
  quarantined(method: string, reason: QuarantineReason, detail: string, path: string, receivedAt: number): boolean {
    if (reason === 'type-changed') this.#field(method, path, 'mistyped', receivedAt);
    return (
      schemaReasons.has(reason) && this.#raise('method-changed', method, method, `${reason}: ${detail}`, receivedAt)
    );
  }

  /** A gift's own diamonds fit neither price nor count. True: the first. */
  mismatch(method: string, msgId: string, receivedAt: number): boolean {
    return this.#raise('price-mismatch', method, method, `first at message ${msgId}`, receivedAt);
  }

  #raise(kind: DriftAlarm['kind'], method: string, concerns: string, detail: string, at: number): boolean {
    const key = `${kind} ${method}`;
    if (this.#alarms.has(key) || this.#alarms.size >= this.#namesMax) return false;
    const alarm: DriftAlarm = { kind, method, concerns, detail, at };
    this.#alarms.set(key, alarm);
    this.onAlarm(alarm);
    return true;
  }

  #field(method: string, path: string, change: FieldDrift['change'], receivedAt: number): void {
    let name = `${method} ${change} ${path}`;
    const full = !this.#fields.has(name) && this.#fields.size >= this.#namesMax;
    if (full) name = others;
    const known = this.#fields.get(name);
    if (known !== undefined) see(known, receivedAt);
    else {
      const of = full ? { method: others, path: '0' } : { method, path };
      this.#fields.set(name, { ...of, change, count: 1, firstSeenAt: receivedAt, lastSeenAt: receivedAt });
    }
  }
}

function see(sighting: Sighting, receivedAt: number): void {
  sighting.count++;
  sighting.lastSeenAt = receivedAt;
}
