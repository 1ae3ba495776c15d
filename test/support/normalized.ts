// A normalizer with a virtual clock, and what tests ask of it.

import assert from 'node:assert/strict';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Normalizer, type NormalizerLimits, type Outcome } from '../../src/normalizer/normalizer.ts';
import type { GiftEvent, MeksEvent } from '../../src/protocol/events.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';

export class Normalized {
  readonly clock = new VirtualClock();
  readonly normalizer: Normalizer;
  /** Every event so far. */
  readonly events: MeksEvent[] = [];

  constructor(limits: Partial<NormalizerLimits> = {}) {
    this.normalizer = new Normalizer({ room: { id: 'room' }, clock: this.clock, limits });
  }

  read(raw: RawMessage): Outcome {
    return this.normalizer.normalize(raw, this.events);
  }

  /** Reads one message and gives what became of it with the events that it alone made; which LIVE it is goes unsaid. */
  readOne(raw: RawMessage): { outcome: Outcome; events: MeksEvent[] } {
    const start = this.events.length;
    const outcome = this.read(raw);
    const events = this.events.slice(start).filter((event) => event.kind !== 'room' || event.topic !== 'live');
    return { outcome, events };
  }

  expire(): MeksEvent[] {
    const start = this.events.length;
    this.normalizer.expire(this.events);
    return this.events.slice(start);
  }

  gifts(): GiftEvent[] {
    return this.events.filter((event) => event.kind === 'gift');
  }

  get diamonds(): number {
    let sum = 0;
    for (const gift of this.gifts()) sum += gift.diamonds;
    return sum;
  }

  /** What each message came to adds up, and so do the events. */
  assertCountersAddUp(): void {
    const counted = this.normalizer.counters.read();
    assert.equal(
      counted.messages,
      counted.understood + counted.duplicates + counted.ignored + counted.quarantined + counted.unknown,
    );
    assert.equal(counted.quarantined, this.normalizer.quarantine.total);
    assert.equal(counted.events, this.events.length);
    let byKind = 0;
    for (const kind of [
      'gift',
      'battle',
      'score',
      'rank',
      'viewers',
      'like',
      'follow',
      'share',
      'join',
      'chat',
      'room',
    ])
      byKind += counted[kind as 'gift'];
    assert.equal(counted.events, byKind);
    assert.equal(counted.diamondsCounted, this.diamonds);
    const ids = this.events.map((event) => event.id);
    assert.equal(new Set(ids).size, ids.length, 'every event has an id of its own');
  }
}

/** The only event of a reading. */
export function only(events: readonly MeksEvent[]): MeksEvent {
  assert.equal(events.length, 1, `one event, not ${JSON.stringify(events)}`);
  return events[0]!;
}
