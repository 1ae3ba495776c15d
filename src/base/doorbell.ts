import type { Clock } from './clock.ts';

// How a thread tells another that there is something to look at, in shared memory. Waking a sleeping thread costs the
// one that rings about 15 microseconds, so that nobody rings twice for the same: a thread that was woken says that it
// is awake, looks once more a millisecond later, and only then asks to be rung again. So a bell is rung at most once a
// millisecond however much happens, and what happens while its owner is awake costs nobody anything.

const asleep = 0;
const awake = 1;
/** How long a thread stays awake after it found something, in milliseconds. */
const lookMs = 1;

/** One word of shared memory, for both sides. */
export function doorbellMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/** The side that rings. */
export class Doorbell {
  readonly #word: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#word = new Int32Array(memory);
  }

  /** To be called after what there is to look at has been stored (with Atomics). */
  ring(): void {
    if (Atomics.exchange(this.#word, 0, awake) === asleep) Atomics.notify(this.#word, 0);
  }
}

export interface DoorbellOptions {
  readonly memory: SharedArrayBuffer;
  readonly clock: Clock;
  /** Takes what there is. */
  readonly look: () => void;
  /** Whether there is something that `look` has not taken. */
  readonly news: () => boolean;
}

/** The side that is rung: an ordinary event loop that does other things meanwhile. */
export class DoorbellWatch {
  readonly #options: DoorbellOptions;
  readonly #word: Int32Array;
  readonly #onTimer = (): void => this.#again();
  readonly #onRung = (): void => this.#rung();
  #waiting = false;
  #ended = false;

  constructor(options: DoorbellOptions) {
    this.#options = options;
    this.#word = new Int32Array(options.memory);
  }

  /** Looks, and goes on looking whenever it is rung. */
  start(): void {
    Atomics.store(this.#word, 0, awake);
    this.#look();
  }

  end(): void {
    this.#ended = true;
  }

  #look(): void {
    this.#options.look();
    this.#options.clock.after(lookMs, this.#onTimer);
  }

  #again(): void {
    if (this.#ended) return;
    if (this.#options.news()) {
      this.#look();
      return;
    }
    Atomics.store(this.#word, 0, asleep);
    // Whoever stored something before the word said so has not rung; whoever does after it will.
    if (this.#options.news()) {
      Atomics.store(this.#word, 0, awake);
      this.#look();
      return;
    }
    if (this.#waiting) return;
    const wait = Atomics.waitAsync(this.#word, 0, asleep);
    if (!wait.async) {
      this.#look();
      return;
    }
    this.#waiting = true;
    void wait.value.then(this.#onRung);
  }

  #rung(): void {
    this.#waiting = false;
    if (!this.#ended) this.#look();
  }
}
