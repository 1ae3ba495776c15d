import { eventId } from './world.ts';
import type { GiftStep } from './world.ts';

// What MEKS makes of a gift, as ready text for the peers: same fields, same length, same place of seq and id. A peer
// only has to hand it on: it decodes, ranks, deduplicates and logs nothing, which is in its favour.

export class PayloadMaker {
  readonly #wallStartMs: number;
  readonly #diamonds = new Map<string, number>();

  constructor(wallStartMs: number) {
    this.#wallStartMs = wallStartMs;
  }

  /** Text of the event frame of schedule index `index`. */
  payload(step: GiftStep, index: number, dueMs: number): string {
    const { viewer, gift } = step;
    const diamonds = (this.#diamonds.get(viewer.id) ?? 0) + step.added * gift.price;
    this.#diamonds.set(viewer.id, diamonds);
    const event = {
      kind: 'gift',
      id: eventId(index),
      at: this.#wallStartMs + Math.floor(dueMs),
      user: { id: viewer.id, handle: viewer.handle, name: viewer.name, avatar: viewer.avatar },
      gift: { id: String(gift.id), name: gift.name, price: gift.price, type: gift.type },
      count: step.added,
      diamonds: step.added * gift.price,
      streak:
        step.group === '0' ? null : { group: step.group, total: step.repeatCount, open: !step.end, joined: false },
      receiver: '',
      multiplier: 1,
      standing: { diamonds, rank: (Number(viewer.id.slice(-4)) % 4_000) + 1, gifters: this.#diamonds.size },
      battle: null,
    };
    return `{"seq":${index + 1},${JSON.stringify(event).slice(1)}`;
  }
}
