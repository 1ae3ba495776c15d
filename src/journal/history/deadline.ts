import type { Clock } from '../../base/clock.ts';

/** A query took longer than it may. Caught where queries are answered, and told to whoever asked. */
export class QueryTimeout extends Error {
  override readonly name = 'QueryTimeout';
}

/** How long a query may take. Long ones look at it between chunks of rows. */
export class Deadline {
  readonly #clock: Clock;
  readonly #untilMs: number;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#untilMs = clock.nowMs() + ms;
  }

  isOver(): boolean {
    return this.#clock.nowMs() > this.#untilMs;
  }

  /** Throws QueryTimeout when it is over. */
  check(): void {
    if (this.isOver()) throw new QueryTimeout('the query took longer than it may');
  }
}
