import type { Clock, Timer } from './clock.ts';

// Collects this thread's young objects at a moment of its own choosing: after many that stay have been made at once
// (the start, a crowd of connections), as soon as no more are. What stays is carried by a collection in milliseconds,
// twice; here that happens while nothing waits for it, and not in the middle of the burst that comes next. Bounded: at
// most one collection in each look, two for each crowd.

const lookMs = 100;
/** Fewer than this are carried in the nursery's own time. */
const crowdMin = 32;
/** A second one puts what has survived the first among the old. */
const collectionsPerCrowd = 2;

export interface YoungCollectorOptions {
  readonly clock: Clock;
  /** How many long-lived things have been made up to now. */
  readonly made: () => number;
  /** Collects the young generation. By default V8's own, where the launcher has exposed it; else nothing is done. */
  readonly collect?: () => void;
}

export class YoungCollector {
  readonly #options: YoungCollectorOptions;
  readonly #onLook = (): void => this.#look();
  #timer: Timer | null = null;
  /** Made before the last crowd was collected, and at the last look. */
  #settled = 0;
  #seen = 0;
  /** The start is a crowd. */
  #due = collectionsPerCrowd;

  constructor(options: YoungCollectorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.after(lookMs, this.#onLook);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    this.#timer = this.#options.clock.after(lookMs, this.#onLook);
    const made = this.#options.made();
    const quiet = made === this.#seen;
    this.#seen = made;
    if (!quiet) return;
    if (made - this.#settled >= crowdMin) {
      this.#settled = made;
      this.#due = collectionsPerCrowd;
    }
    if (this.#due === 0) return;
    this.#due--;
    (this.#options.collect ?? collectYoung)();
  }
}

function collectYoung(): void {
  globalThis.gc?.({ type: 'minor', execution: 'sync' });
}
