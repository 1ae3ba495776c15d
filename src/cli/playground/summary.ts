import { assert } from '../../base/assert.ts';
import type { EventKind } from '../../protocol/events.ts';
import { eventKinds } from '../../protocol/events.ts';
import type { Outcome, Published } from './room-run.ts';

// What a run comes to. Every raw message and every hand-written event is in exactly one place:
// messages = understood + duplicates + ignored + quarantined + unknownMethods, which `finish` asserts.

/** A gift whose counted diamonds are not those that it says itself. */
export interface Disagreement {
  readonly msgId: string;
  readonly room: string;
  readonly file: string;
  readonly line: number;
  readonly told: number;
  readonly counted: number;
  readonly cause: string;
}

export interface Summary {
  readonly kind: 'summary';
  readonly messages: number;
  /** Messages that gave at least one event. */
  readonly understood: number;
  readonly events: Readonly<Record<EventKind, number>>;
  readonly diamonds: number;
  readonly duplicates: number;
  readonly ignored: number;
  readonly quarantined: number;
  readonly unknownMethods: number;
  readonly rooms: number;
  readonly malformedLines: number;
  /** How far gifts agree with the diamonds that upstream says each adds (its "fan tickets"). */
  readonly fanTicket: {
    readonly agreed: number;
    readonly disagreed: readonly Disagreement[];
    /** Disagreements that are not listed. */
    readonly more: number;
  };
}

/** A recording may be long: beyond this, disagreements are counted as `more`. */
const disagreementsMax = 1000;

export class SummaryBuilder {
  #counts = { messages: 0, events: 0, duplicate: 0, ignored: 0, quarantined: 0, unknown: 0, malformed: 0 };
  #events = Object.fromEntries(eventKinds.map((kind) => [kind, 0])) as Record<EventKind, number>;
  #diamonds = 0;
  #agreed = 0;
  #disagreed: Disagreement[] = [];
  #more = 0;

  /** A line that is no input. */
  malformed(): void {
    this.#counts.malformed++;
  }

  outcome(outcome: Outcome): void {
    this.#counts.messages++;
    this.#counts[outcome.result]++;
    this.published(outcome.published);
    if (outcome.fanTicket === null) return;
    const { told, counted } = outcome.fanTicket;
    if (told === counted) this.#agreed++;
    else if (this.#disagreed.length < disagreementsMax) this.#disagreed.push(disagreementOf(outcome, told, counted));
    else this.#more++;
  }

  /** Events, of a message or of streaks that silence settled. */
  published(published: readonly Published[]): void {
    for (const { event } of published) {
      this.#events[event.kind]++;
      if (event.kind === 'gift') this.#diamonds += event.diamonds;
    }
  }

  finish(rooms: number): Summary {
    const { messages, events, duplicate, ignored, quarantined, unknown, malformed } = this.#counts;
    assert(messages === events + duplicate + ignored + quarantined + unknown, 'every message is in one place');
    return {
      kind: 'summary',
      messages,
      understood: events,
      events: this.#events,
      diamonds: this.#diamonds,
      duplicates: duplicate,
      ignored,
      quarantined,
      unknownMethods: unknown,
      rooms,
      malformedLines: malformed,
      fanTicket: { agreed: this.#agreed, disagreed: this.#disagreed, more: this.#more },
    };
  }
}

function disagreementOf(outcome: Outcome, told: number, counted: number): Disagreement {
  const { msgId, place } = outcome;
  const { room, file, line } = place;
  return { msgId, room, file, line, told, counted, cause: causeOf(outcome, counted) };
}

function causeOf(outcome: Outcome, counted: number): string {
  if (outcome.notes.length > 0) return outcome.notes.join('; ');
  return counted === 0 ? 'out of order: a later tick of the streak had counted it already' : 'not known';
}
