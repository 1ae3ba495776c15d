import type { ClientClock } from './environment.ts';

// One moment, kept by both clocks of this machine: the monotonic one stands still while it sleeps, the wall clock may
// be set back. Of the two ages the greater one counts: what is shown is rather called too old than too new.

export class Moment {
  readonly #clock: ClientClock;
  #nowMs: number | null = null;
  #wallMs = 0;

  constructor(clock: ClientClock) {
    this.#clock = clock;
  }

  /** It is now. */
  mark(): void {
    this.#nowMs = this.#clock.nowMs();
    this.#wallMs = this.#clock.wallMs();
  }

  /** Milliseconds since then; null = it has not been yet. */
  get ageMs(): number | null {
    if (this.#nowMs === null) return null;
    return Math.max(this.#clock.nowMs() - this.#nowMs, this.#clock.wallMs() - this.#wallMs);
  }
}
