import type { GiftEvent, MeksEvent, User } from '../protocol/events.ts';
import type { Alert, AlertRule, OperatorEvent } from '../protocol/operator.ts';
import { isUnderWay, type RoomView } from '../protocol/room-view.ts';
import type { Arrival, People } from './people.ts';
import { Velocity } from './velocity.ts';

// Holds each published event against the rules of the room, and makes the alerts that come of it. Owns when each rule
// was last heard, and what its rest held back. A rule that is not set costs nothing; no rule makes an object of an
// event that it lets pass. What is usual, and what was held back, begins anew with the process: alerts that were given
// are in the log. Bounded by the rules that there are.

/** A minute of fewer diamonds than this is quiet: three times nothing is no news. */
const usualMin = 50;
/** Names in one alert about who is missing. */
const namesMax = 8;

interface Heard {
  readonly at: number;
  held: number;
}

/** What an alert needs to know beside the event. */
export interface Moment {
  /** Who arrived with the event. */
  readonly arrival: Arrival | null;
  readonly people: People;
  /** Unix ms by the broker's clock. */
  readonly at: number;
  /** Unix ms by the room's time, which one event that is dated wrongly does not move. */
  readonly now: number;
}

interface Told {
  readonly user: User | null;
  readonly value: number;
  readonly usual: number;
  readonly text: string;
}

export class Alerts {
  readonly #velocity = new Velocity();
  readonly #heard = new Map<string, Heard>();
  /** By rule about who is missing: the session in which it was asked. */
  readonly #asked = new Map<string, number>();
  /** The same, of questions that nothing came of. */
  readonly #answered = new Map<string, number>();

  /** Alerts held back by the rest of their rule, ever. */
  held = 0;

  /** An alert was published, or read from the log. */
  took({ rule, kind, at }: Alert, session: number): void {
    if (rule === '') return;
    this.#heard.set(rule, { at, held: 0 });
    if (kind === 'missing') this.#asked.set(rule, session);
  }

  /** A rule was taken away: one that is set again begins anew. */
  forget(rule: string): void {
    this.#heard.delete(rule);
    this.#asked.delete(rule);
    this.#answered.delete(rule);
  }

  beginSession(): void {
    this.#velocity.clear();
  }

  /** Adds to `out` what the rules say of an event that was applied to `view`. */
  observe(view: RoomView, event: MeksEvent, moment: Moment, out: MeksEvent[]): void {
    // What the broker or its operators do sets off nothing, nor what is run again: it happened some time ago.
    if (event.kind === 'operator' || event.kind === 'correction' || event.kind === 'gap' || event.late === true) return;
    const { rules } = view.operator;
    let paced = false;
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index]!;
      if (rule.kind === 'velocity' && !paced && event.kind === 'gift') {
        this.#velocity.add(moment.now, event.diamonds);
        paced = true;
      }
      if (!isAsked(rule, view)) continue;
      const told = this.#ask(rule, view, event, moment);
      if (told !== null) this.#raise(rule, told, event, moment.at, out);
    }
  }

  #ask(rule: AlertRule, view: RoomView, event: MeksEvent, moment: Moment): Told | null {
    switch (rule.kind) {
      case 'value':
        return event.kind === 'gift' ? valueOf(rule, event) : null;
      case 'velocity':
        return event.kind === 'gift' && event.diamonds > 0 ? this.#pace(rule) : null;
      case 'arrival': {
        const { arrival } = moment;
        if (arrival === null || !arrival.note.regular) return null;
        return { user: arrival.note.user, value: arrival.before, usual: 0, text: arrival.note.text };
      }
      default:
        return this.#missing(rule, view, moment);
    }
  }

  #pace(rule: AlertRule): Told | null {
    const { usual, lastMinute } = this.#velocity;
    if (usual === null || lastMinute < rule.threshold * Math.max(usual, usualMin)) return null;
    return { user: null, value: lastMinute, usual: Math.round(usual), text: '' };
  }

  /** Asked once in a session, when its time has come. */
  #missing(rule: AlertRule, view: RoomView, { now, people }: Moment): Told | null {
    const { startAt, startSeq, status } = view.session;
    if (status !== 'live' || startAt === 0 || now < startAt + rule.threshold * 60_000) return null;
    if (this.#asked.get(rule.id) === startSeq) return null;
    if (this.#answered.get(rule.id) === startSeq) return null;
    this.#answered.set(rule.id, startSeq);
    const missing = people.missing(startSeq);
    if (missing.length === 0) return null;
    const names = missing.slice(0, namesMax).map(({ user }) => user.name || user.handle || user.id);
    const text = names.join(', ') + (missing.length > namesMax ? ', …' : '');
    return { user: missing.length === 1 ? missing[0]!.user : null, value: missing.length, usual: 0, text };
  }

  #raise(rule: AlertRule, told: Told, event: MeksEvent, at: number, out: MeksEvent[]): void {
    const heard = this.#heard.get(rule.id);
    if (heard !== undefined && at - heard.at < rule.cooldownSec * 1_000) {
      heard.held++;
      this.held++;
      return;
    }
    const alert = { id: `alert-${rule.id}-${event.id}`, rule: rule.id, kind: rule.kind, at, ...told };
    out.push(alertEvent({ ...alert, held: heard?.held ?? 0 }));
  }

  /** By rule: when it was heard last, and the session in which it was asked. The same events give the same rows. */
  save(): SavedAlerts {
    return { heard: [...this.#heard].map(([rule, { at }]) => [rule, at]), asked: [...this.#asked] };
  }

  restore(saved: SavedAlerts): void {
    for (const [rule, at] of saved.heard) this.#heard.set(rule, { at, held: 0 });
    for (const [rule, session] of saved.asked) this.#asked.set(rule, session);
  }
}

export interface SavedAlerts {
  readonly heard: readonly (readonly [rule: string, at: number])[];
  readonly asked: readonly (readonly [rule: string, session: number])[];
}

export function alertEvent(alert: Alert): OperatorEvent {
  return { kind: 'operator', id: alert.id, at: alert.at, by: '', change: { list: 'alert', alert } };
}

function isAsked({ scope }: AlertRule, { battle }: RoomView): boolean {
  return scope === 'always' || (battle !== null && isUnderWay(battle)) === (scope === 'battle');
}

/** A streak is told once, with the step that carries it over. */
function valueOf(rule: AlertRule, event: GiftEvent): Told | null {
  const { diamonds, streak, gift } = event;
  const whole = streak === null || streak.joined ? diamonds : streak.total * gift.price;
  if (diamonds === 0 || whole < rule.threshold || (whole > diamonds && whole - diamonds >= rule.threshold)) return null;
  return { user: event.user, value: whole, usual: 0, text: gift.name };
}
