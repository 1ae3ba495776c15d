import type { Clock, Timer } from '../base/clock.ts';
import { limits } from '../protocol/limits.ts';
import type { Ranking } from '../ranking/ranking.ts';

// Looks every few seconds whether a room's sums agree: what the boards hold, what gift events brought, what the ledger
// explains. Some hundred comparisons; rooms take turns, each at a place of its own in the interval.

export class RoomCheck {
  readonly #clock: Clock;
  readonly #ranking: Pick<Ranking, 'check'>;
  readonly #onMismatch: (problems: readonly string[]) => void;
  readonly #firstMs: number;
  readonly #onTimer = (): void => this.#look();
  #timer: Timer | null = null;
  #agreed = true;

  constructor(options: {
    readonly clock: Clock;
    readonly id: string;
    readonly ranking: Pick<Ranking, 'check'>;
    /** Called once when sums begin to disagree, not at every look. */
    readonly onMismatch: (problems: readonly string[]) => void;
  }) {
    this.#clock = options.clock;
    this.#ranking = options.ranking;
    this.#onMismatch = options.onMismatch;
    let place = 0;
    for (let at = 0; at < options.id.length; at++) place = (place * 31 + options.id.charCodeAt(at)) % 997;
    this.#firstMs = Math.round((limits.checkIntervalMs.value * place) / 997);
  }

  /** Whether the sums agreed when they were looked at last. */
  get agrees(): boolean {
    return this.#agreed;
  }

  start(): void {
    this.#timer = this.#clock.after(this.#firstMs, this.#onTimer);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    this.#timer = this.#clock.after(limits.checkIntervalMs.value, this.#onTimer);
    const { problems } = this.#ranking.check();
    const agrees = problems.length === 0;
    if (this.#agreed && !agrees) this.#onMismatch(problems);
    this.#agreed = agrees;
  }
}
