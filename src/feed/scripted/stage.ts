import type { Clock } from '../../base/clock.ts';
import { BoundedQueue } from '../../base/bounded-queue.ts';
import type { Random } from '../../base/random.ts';
import type { Draft, Envelopes } from './envelope.ts';
import type { CatalogueGift, GiftCatalogue } from './gifts.ts';
import type { Outbox } from './outbox.ts';
import type { Person, Population } from './people.ts';
import type { FaultRates, RateProfile } from './profile.ts';
import type { Effect } from './truth.ts';

// What everything that happens in a scripted LIVE has in common: time, chance, people, and the flow of messages, whose
// rate is kept by giving each message that can wait its turn in a slot. Owns the messages that wait (waitingMax; beyond
// it they go at once) and those held until a battle's edge is past.

/** A gift as the story sees it, at the moment it is given. */
export interface Given {
  readonly sender: Person;
  readonly gift: CatalogueGift;
  readonly count: number;
  readonly multiplier: number;
}

const waitingMax = 50_000;

export class Stage {
  readonly clock: Clock;
  readonly random: Random;
  readonly envelopes: Envelopes;
  readonly people: Population;
  readonly gifts: GiftCatalogue;
  readonly profile: RateProfile;
  readonly faults: FaultRates;
  readonly host: Person;
  /** Multiplies match points of gifts that are given now; a battle's cards set it. */
  multiplier: () => number = () => 1;
  /** Told of every gift: the room keeps its books, and so does a battle while it runs. */
  roomBooks: (given: Given) => void = () => {};
  battleBooks: (given: Given) => void = () => {};
  inBattle = false;
  /** Diamonds of the room since the LIVE began. */
  roomDiamonds = 0;
  readonly #outbox: Outbox;
  readonly #waiting = new BoundedQueue<() => void>(waitingMax);
  readonly #lastGroup = new Map<number, number>();
  #held: (() => void)[] = [];
  #holding = false;

  constructor(
    parts: Pick<Stage, 'clock' | 'random' | 'envelopes' | 'people' | 'gifts' | 'profile' | 'faults' | 'host'> & {
      readonly outbox: Outbox;
    },
  ) {
    this.clock = parts.clock;
    this.random = parts.random;
    this.envelopes = parts.envelopes;
    this.people = parts.people;
    this.gifts = parts.gifts;
    this.profile = parts.profile;
    this.faults = parts.faults;
    this.host = parts.host;
    this.#outbox = parts.outbox;
  }

  /** Sends a message now. */
  send(draft: Draft, effect: Effect | null = null): void {
    this.#outbox.put(draft, effect, effect !== null && effect.kind !== 'gift');
  }

  /** Takes the next free slot of the flow. */
  inTurn(run: () => void): void {
    if (!this.#waiting.offer(run)) run();
  }

  /** The same for what gives gifts: it waits while nobody does. */
  inTurnToGive(run: () => void): void {
    this.inTurn(() => {
      if (this.#holding) this.#held.push(run);
      else run();
    });
  }

  /** Runs what has waited longest for a slot; false when nothing does. */
  takeTurn(): boolean {
    const run = this.#waiting.take();
    if (run === undefined) return false;
    run();
    return true;
  }

  get holdsGifts(): boolean {
    return this.#holding;
  }

  /** At the edges of a battle nobody gives: whether such a gift counts would be a matter of milliseconds. */
  holdGifts(): void {
    this.#holding = true;
  }

  releaseGifts(): void {
    this.#holding = false;
    const held = this.#held;
    this.#held = [];
    for (const run of held) this.inTurnToGive(run);
  }

  /** A streak's group: the sender's clock when it began, in ms. Nobody begins two at once. */
  freshGroup(sender: Person): string {
    const began = this.clock.wallMs() - 80 - this.random.int(400);
    const group = Math.max(began, (this.#lastGroup.get(sender.index) ?? 0) + 1);
    this.#lastGroup.set(sender.index, group);
    return String(group);
  }

  given(given: Given): void {
    this.roomDiamonds += given.count * given.gift.price;
    this.roomBooks(given);
    this.battleBooks(given);
  }
}
