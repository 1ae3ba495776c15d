import { limits } from '../protocol/limits.ts';
import type { DriftReport } from '../protocol/drift.ts';
import { likelyName } from './likely-name.ts';
import type { QuarantineReason } from './quarantine.ts';
import type { WireCheck } from './wire-check.ts';

// Owns what shows that upstream has changed: methods nobody has heard of, fields that are new, missing or of another
// type, and the alarms that are due at the first sign of what would cost events. Bounded by names; what comes beyond is
// counted together. A good message of a known shape costs three comparisons.
//
// An alarm is open until the room has gone on for an hour without another sign of it, and is raised anew by the next
// one. The hour is the room's: where nothing comes at all, nothing says that it is over.

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

/** A sign that events are being lost to a change upstream: raised for each kind and method, and then counted. */
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
  /** Unix ms of arrival: of the message that raised it, and of the newest that shows the same. */
  readonly at: number;
  readonly lastSeenAt: number;
  /** Messages since it was raised that show it. */
  readonly count: number;
  /** False once nothing of the kind has come for an hour of the room's time. */
  readonly open: boolean;
}

/** An alarm as it is kept: whether it is open is worked out when somebody asks. */
interface RaisedAlarm extends Omit<DriftAlarm, 'open' | 'count' | 'lastSeenAt'> {
  count: number;
  lastSeenAt: number;
  /** The room's time of its newest sign. */
  heardAt: number;
}

/** How long after its newest sign an alarm is open, in milliseconds of the room's time. */
const openMs = 3_600_000;

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
  readonly #alarms = new Map<string, RaisedAlarm>();
  /** The room's time: latest arrival so far, Unix ms. */
  #nowAt = 0;
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

  /** Those that are open, in the order in which they were raised. */
  get alarms(): readonly DriftAlarm[] {
    return this.#told().filter(({ open }) => open);
  }

  /** All of it, with the alarms that are no longer open. */
  report(): DriftReport {
    const methods = [...this.#methods].map(([method, sighting]) => Object.assign({ method }, sighting));
    return { methods, fields: this.fields, alarms: this.#told() };
  }

  /** A message came, whatever it is: the room's time goes on. */
  heard(receivedAt: number): void {
    if (receivedAt > this.#nowAt) this.#nowAt = receivedAt;
  }

  /** True: its name says that it used to be another, and that is an alarm now. */
  unknownMethod(method: string, receivedAt: number): boolean {
    const full = !this.#methods.has(method) && this.#methods.size >= this.#namesMax;
    const name = full || method.length > methodCharsMax ? others : method;
    const known = this.#methods.get(name);
    if (known !== undefined) {
      see(known, receivedAt);
      const raised = this.#alarms.get(`method-unknown ${name}`);
      return raised !== undefined && this.#raise(raised.kind, name, raised.concerns, raised.detail, receivedAt);
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

  /** A message without a field that it always had said nothing: the field moved? True: an alarm now. */
  emptied(method: string, path: number, receivedAt: number): boolean {
    return this.#raise(
      'method-changed',
      method,
      method,
      `field ${path} is missing, and nothing came of it`,
      receivedAt,
    );
  }

  /** A message of a method that is read was set aside. True: its reason speaks of another schema, an alarm now. */
  quarantined(method: string, reason: QuarantineReason, detail: string, path: string, receivedAt: number): boolean {
    if (reason === 'type-changed') this.#field(method, path, 'mistyped', receivedAt);
    return (
      schemaReasons.has(reason) && this.#raise('method-changed', method, method, `${reason}: ${detail}`, receivedAt)
    );
  }

  /** A gift's own diamonds fit neither price nor count. True: an alarm now. */
  mismatch(method: string, msgId: string, receivedAt: number): boolean {
    return this.#raise('price-mismatch', method, method, `first at message ${msgId}`, receivedAt);
  }

  /** True: raised just now. False: it is open and counted, or there are too many. */
  #raise(kind: DriftAlarm['kind'], method: string, concerns: string, detail: string, at: number): boolean {
    const key = `${kind} ${method}`;
    const known = this.#alarms.get(key);
    if (known !== undefined && this.#isOpen(known)) {
      see(known, at);
      known.heardAt = this.#nowAt;
      return false;
    }
    if (known === undefined && this.#alarms.size >= this.#namesMax) return false;
    // Anew, it stands last among those that were raised.
    this.#alarms.delete(key);
    const alarm = { kind, method, concerns, detail, at, lastSeenAt: at, count: 1, heardAt: this.#nowAt };
    this.#alarms.set(key, alarm);
    this.onAlarm(this.#tell(alarm));
    return true;
  }

  #isOpen({ heardAt }: RaisedAlarm): boolean {
    return this.#nowAt - heardAt < openMs;
  }

  #told(): DriftAlarm[] {
    return [...this.#alarms.values()].map((alarm) => this.#tell(alarm));
  }

  #tell(alarm: RaisedAlarm): DriftAlarm {
    const { kind, method, concerns, detail, at, lastSeenAt, count } = alarm;
    return { kind, method, concerns, detail, at, lastSeenAt, count, open: this.#isOpen(alarm) };
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

function see(sighting: Pick<Sighting, 'count' | 'lastSeenAt'>, receivedAt: number): void {
  sighting.count++;
  sighting.lastSeenAt = receivedAt;
}
