// What a day looked like from one side: the events that a room would have published, message by message. One witness
// stands at the source and sees everything in order; the other behind the feed, and sees what came through.

import { Normalizer } from '../../src/normalizer/normalizer.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { GiftEvent, MeksEvent } from '../../src/protocol/events.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';
import { Ranking } from '../../src/ranking/ranking.ts';

export class Witness {
  readonly normalizer: Normalizer;
  readonly ranking: Ranking;
  /** Ids of the messages seen. */
  readonly seen = new Set<string>();
  /** What each event but gifts said, by its id. */
  readonly facts = new Map<string, string>();
  /** Diamonds by streak; a gift without one stands for itself. */
  readonly diamonds = new Map<string, number>();
  /** The streak that a gift message was of, by its id. */
  readonly #streaks = new Map<string, string>();
  readonly #events: MeksEvent[] = [];
  #seq = 0;

  constructor(clock: Clock) {
    this.normalizer = new Normalizer({ room: { id: 'day' }, clock });
    this.ranking = new Ranking({ room: { id: 'day', handle: 'day' } });
  }

  message(raw: RawMessage): void {
    this.seen.add(raw.msgId);
    this.normalizer.normalize(raw, this.#events);
    this.#publish();
  }

  /** The streaks that the message of this id has counted for: none or one. */
  keysOf(msgId: string): readonly string[] {
    const key = this.#streaks.get(msgId);
    return key === undefined ? [] : [key];
  }

  /** Settles what fell silent. */
  expire(): void {
    this.normalizer.expire(this.#events);
    this.#publish();
  }

  #publish(): void {
    for (const event of this.#events) {
      // Before the ranking fills in where the gifter stands: that depends on what else has come.
      if (event.kind === 'gift') {
        this.diamonds.set(streakOf(event), this.#before(event) + event.diamonds);
        this.#streaks.set(event.id, streakOf(event));
      } else if (isFact(event)) {
        const id = idOf(event);
        this.facts.set(id, JSON.stringify({ ...event, id, ...(id.startsWith('settled') ? { at: 0 } : {}) }));
      }
      this.ranking.apply(++this.#seq, event);
    }
    this.#events.length = 0;
  }

  #before(event: GiftEvent): number {
    return this.diamonds.get(streakOf(event)) ?? 0;
  }
}

/** One row of gifts, or one gift. */
function streakOf(event: GiftEvent): string {
  return event.streak === null ? event.id : `${event.user.id}|${event.gift.id}|${event.streak.group}`;
}

/**
 * Some ids are made of the message's bytes as well, which have more to them when upstream adds fields; the end of a
 * battle is told twice, and whichever comes first is the event.
 */
function idOf(event: MeksEvent): string {
  if (event.kind === 'battle' && event.change === 'state' && event.phase === 'settled')
    return `settled${event.battleId}`;
  return event.id.replace(/-[0-9a-f]{16}$/, '');
}

/** Which LIVE it is is told by whatever message comes first; who is on a list by what was told before. */
function isFact(event: MeksEvent): boolean {
  return event.kind !== 'rank' && !(event.kind === 'room' && event.topic === 'live');
}
