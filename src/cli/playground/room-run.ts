import { fromBinary } from '@bufbuild/protobuf';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Normalizer } from '../../normalizer/normalizer.ts';
import type { Outcome as Result } from '../../normalizer/normalizer.ts';
import type { MeksEvent } from '../../protocol/events.ts';
import { limits } from '../../protocol/limits.ts';
import type { FeedGap, RawMessage } from '../../protocol/raw.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import { WebcastGiftMessageSchema } from '../../protocol/webcast/webcast_pb.ts';
import { Ranking } from '../../ranking/ranking.ts';
import type { Place } from './input.ts';

// One room of a playground: the broker's own normalizer and ranking, on a clock that moves as the recording's does, so
// that streaks settle by silence exactly as they would have. Owns their order, as broker/room.ts does there.

/** The diamonds that a gift message says it adds, beside what was counted of it. */
export interface FanTicket {
  readonly told: number;
  readonly counted: number;
}

/** A published event with its number in its room. */
export interface Published {
  readonly seq: number;
  readonly event: MeksEvent;
}

export interface Outcome {
  readonly place: Place;
  /** Webcast method, or '' for what was written by hand and for gaps. */
  readonly method: string;
  readonly msgId: string;
  readonly result: Result;
  /** What the normalizer noticed, in its own words: alarms, the reason of a quarantine. */
  readonly notes: readonly string[];
  readonly published: readonly Published[];
  /** null for everything but gifts that were understood and had not come before. */
  readonly fanTicket: FanTicket | null;
}

export class RoomRun {
  readonly id: string;
  readonly #clock: VirtualClock;
  readonly #normalizer: Normalizer;
  readonly #ranking: Ranking;
  readonly #events: MeksEvent[] = [];
  #seq = 0;
  #receivedAt = 0;

  /** `startAt`: Unix ms of the first message, 0 = not known. */
  constructor(id: string, startAt: number) {
    this.id = id;
    this.#clock = startAt > 0 ? new VirtualClock(startAt) : new VirtualClock();
    this.#receivedAt = startAt;
    this.#normalizer = new Normalizer({ room: { id }, clock: this.#clock });
    this.#ranking = new Ranking({ room: { id, handle: id.replace(/^@/, '') } });
  }

  get view(): RoomView {
    return this.#ranking.view;
  }

  /** Streaks that silence has settled by the time that `receivedAt` says. Call before the message of that time. */
  settleUntil(receivedAt: number): Published[] {
    if (receivedAt <= this.#receivedAt) return [];
    if (this.#receivedAt > 0) this.#clock.advance(receivedAt - this.#receivedAt);
    this.#receivedAt = receivedAt;
    this.#normalizer.expire(this.#events);
    return this.#publish();
  }

  /** The recording is over: what still runs settles. */
  settleAll(): Published[] {
    return this.settleUntil(this.#clock.wallMs() + limits.streakSilenceMs.value + 1);
  }

  /** One raw message through the whole path. */
  message(raw: RawMessage, place: Place): Outcome {
    const { counters } = this.#normalizer;
    const before = counters.read();
    const stamped = raw.receivedAt === 0 ? { ...raw, receivedAt: this.#clock.wallMs() } : raw;
    const result = this.#normalizer.normalize(stamped, this.#events);
    const notes = alarms(counters.spec, before, counters.read());
    if (result === 'quarantined') notes.push(this.#newestQuarantine());
    const published = this.#publish();
    const fanTicket = saysDiamonds(result, notes) ? fanTicketOf(raw, published) : null;
    return { place, method: raw.method, msgId: raw.msgId, result, notes, published, fanTicket };
  }

  /** An event as it is: hand-written, it needs no normalizing. */
  event(event: MeksEvent, place: Place): Outcome {
    this.#events.push({ ...event, id: event.id === '' ? `hand-${this.#seq + 1}` : event.id });
    const published = this.#publish();
    return { place, method: '', msgId: '', result: 'events', notes: [], published, fanTicket: null };
  }

  gap(gap: FeedGap, place: Place): Outcome {
    return this.event({ kind: 'gap', id: `gap-${this.#seq + 1}`, ...gap }, place);
  }

  #publish(): Published[] {
    const published = this.#events.map((event) => {
      const seq = ++this.#seq;
      this.#ranking.apply(seq, event);
      return { seq, event };
    });
    this.#events.length = 0;
    return published;
  }

  #newestQuarantine(): string {
    const entry = this.#normalizer.quarantine.entries.at(-1);
    if (entry === undefined) return '';
    return entry.detail === '' ? entry.reason : `${entry.reason}: ${entry.detail}`;
  }
}

/** The sentences of the alarms that rose between two readings. */
function alarms(
  spec: Readonly<Record<string, string>>,
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): string[] {
  const rose = Object.keys(spec).filter((name) => name.startsWith('alarm') && after[name]! > before[name]!);
  return rose.map((name) => spec[name]!);
}

/** A message that came before says nothing of its own; a tick that others overtook (an alarm tells) does. */
function saysDiamonds(result: Result, notes: readonly string[]): boolean {
  return result === 'events' || (result === 'duplicate' && notes.length > 0);
}

function fanTicketOf(raw: RawMessage, published: readonly Published[]): FanTicket | null {
  if (raw.method !== 'WebcastGiftMessage') return null;
  const told = fromBinary(WebcastGiftMessageSchema, raw.payload).fanTicketCount;
  let counted = 0;
  for (const { event } of published) if (event.kind === 'gift') counted += event.diamonds;
  return { told, counted };
}
