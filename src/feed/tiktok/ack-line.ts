import type { Clock, Timer } from '../../base/clock.ts';

// Acknowledgements on their way out. One at a time goes at once; those that follow within `gatherMs` go together, in
// one write: five hundred frames a second cost fifty writes and not five hundred, and upstream cannot tell.
// Owns what waits: at most what `framesMax` says, then it goes without waiting further.

const gatherMs = 20;
const framesMax = 256;

export class AckLine {
  readonly #clock: Clock;
  readonly #send: (frames: readonly Uint8Array[]) => void;
  readonly #frames: Uint8Array[] = [];
  readonly #onTimer = (): void => this.#timerFired();
  #timer: Timer | null = null;

  /** `send` writes all of the frames at once, in order; it keeps none. */
  constructor(clock: Clock, send: (frames: readonly Uint8Array[]) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  add(frame: Uint8Array): void {
    this.#frames.push(frame);
    if (this.#timer === null) {
      this.flush();
      this.#timer = this.#clock.after(gatherMs, this.#onTimer);
    } else if (this.#frames.length >= framesMax) this.flush();
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#frames.length === 0) return;
    this.#send(this.#frames);
    this.#frames.length = 0;
  }

  /** Nothing is sent any more: what waits is dropped. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#frames.length = 0;
  }

  #timerFired(): void {
    this.#timer = null;
    if (this.#frames.length === 0) return;
    this.flush();
    this.#timer = this.#clock.after(gatherMs, this.#onTimer);
  }
}
