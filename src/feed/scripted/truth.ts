import type { CatalogueGift } from './gifts.ts';
import type { Person } from './people.ts';

// What a broker should have counted from the messages given so far. It follows the messages, not the story behind them:
// a streak's total counts as far as it was told, and a battle runs from its OPEN message to its FINISH message. Around
// both the scripted people hold their gifts, so that going by the clock instead gives the same answer.

/** What one message changes. A message that is repeated (a backlog) changes nothing the second time. */
export type Effect =
  | {
      readonly kind: 'gift';
      readonly sender: Person;
      readonly gift: CatalogueGift;
      /** True when a guest, not the host, got it. */
      readonly toGuest: boolean;
      /** null = comes alone: `total` counts once. */
      readonly streak: StreakTruth | null;
      readonly total: number;
    }
  | { readonly kind: 'battle-open'; readonly battleId: string; readonly anchorId: string; readonly rivalId: string }
  | { readonly kind: 'battle-over'; readonly points: number; readonly rivalPoints: number };

export interface StreakTruth {
  /** Highest total told so far. */
  highest: number;
}

export interface BattleTruth {
  readonly battleId: string;
  /** The room's own host. */
  readonly anchorId: string;
  readonly rivalId: string;
  over: boolean;
  /** Diamonds given to the room's own side while it ran. */
  diamonds: number;
  /** The same by giver. */
  readonly diamondsByUser: Map<string, number>;
  /** Match points at the end; 0 before it. */
  points: number;
  rivalPoints: number;
}

/** Battles kept: older ones are forgotten, as boards of past battles are not asked for. */
const battlesKeptMax = 100;

export class WorldTruth {
  /** Messages given, repeated ones included. */
  messages = 0;
  /** Messages given again. */
  repeated = 0;
  diamonds = 0;
  /** Gifts, a streak of five counted as five. */
  gifts = 0;
  readonly diamondsByUser = new Map<string, number>();
  readonly messagesByMethod = new Map<string, number>();
  /** Oldest first. */
  readonly battles: BattleTruth[] = [];
  #running: BattleTruth | null = null;

  apply(method: string, effect: Effect | null, repeated: boolean): void {
    this.messages++;
    if (repeated) {
      this.repeated++;
      return;
    }
    add(this.messagesByMethod, method, 1);
    if (effect?.kind === 'gift') this.#gift(effect);
    else if (effect?.kind === 'battle-open') this.#open(effect);
    else if (effect?.kind === 'battle-over') this.#over(effect);
  }

  #gift(effect: Effect & { readonly kind: 'gift' }): void {
    const { streak, total, gift, sender } = effect;
    const count = streak === null ? total : Math.max(0, total - streak.highest);
    if (streak !== null) streak.highest = Math.max(streak.highest, total);
    const diamonds = count * gift.price;
    if (count === 0) return;
    this.gifts += count;
    this.diamonds += diamonds;
    add(this.diamondsByUser, sender.id, diamonds);
    if (this.#running === null || effect.toGuest) return;
    this.#running.diamonds += diamonds;
    add(this.#running.diamondsByUser, sender.id, diamonds);
  }

  #open(effect: Effect & { readonly kind: 'battle-open' }): void {
    const { battleId, anchorId, rivalId } = effect;
    this.#running = {
      battleId,
      anchorId,
      rivalId,
      over: false,
      diamonds: 0,
      diamondsByUser: new Map(),
      points: 0,
      rivalPoints: 0,
    };
    this.battles.push(this.#running);
    if (this.battles.length > battlesKeptMax) this.battles.shift();
  }

  #over(effect: Effect & { readonly kind: 'battle-over' }): void {
    if (this.#running === null) return;
    Object.assign(this.#running, { over: true, points: effect.points, rivalPoints: effect.rivalPoints });
    this.#running = null;
  }
}

function add(map: Map<string, number>, key: string, amount: number): void {
  map.set(key, (map.get(key) ?? 0) + amount);
}
