import type { Random } from '../../base/random.ts';

// Pauses between attempts: exponential with full jitter, so that a thousand brokers that lost the same server do not
// come back together; and a circuit that opens after a row of failures, so that a dead sign service is not hammered.

export interface RetryOptions {
  readonly random: Random;
  readonly firstMs: number;
  readonly maxMs: number;
  /** Failures in a row that open the circuit; Infinity = it never opens. */
  readonly failuresMax: number;
  /** How long an open circuit stays open. */
  readonly openMs: number;
}

export interface RetryPause {
  readonly waitMs: number;
  /** True: the circuit is open; after the pause a single attempt decides. */
  readonly open: boolean;
}

export class Retry {
  readonly #options: RetryOptions;
  #failures = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure and says how long to wait. Never shorter than half of what is due. */
  failed(): RetryPause {
    const { random, firstMs, maxMs, failuresMax, openMs } = this.#options;
    this.#failures++;
    const jitter = 0.5 + 0.5 * random.next();
    if (this.#failures >= failuresMax) return { waitMs: openMs * jitter, open: true };
    // The exponent is capped, not only the product: 2 ** 2000 is Infinity, and Infinity times 0 is no duration.
    const dueMs = firstMs * 2 ** Math.min(this.#failures - 1, 30);
    return { waitMs: Math.min(dueMs, maxMs) * jitter, open: false };
  }

  /** The source gave what it should: the next failure is a first one again. */
  succeeded(): void {
    this.#failures = 0;
  }
}
