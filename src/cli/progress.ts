import { type Clock, systemClock } from '../base/clock.ts';
import { grouped } from './terminal.ts';

// How far something is, on one line of standard error that is written over, where that is a terminal.

const everyMs = 100;

export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #clock: Clock;
  #shownMs = Number.NEGATIVE_INFINITY;
  #shown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr, clock: Clock = systemClock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  /** `total` 0 = not known. May be called as often as wanted: shown ten times a second. */
  show(what: string, done: number, total: number): void {
    if (!this.#stream.isTTY || this.#clock.nowMs() - this.#shownMs < everyMs) return;
    this.#shownMs = this.#clock.nowMs();
    this.#shown = true;
    const share = total > 0 ? ` of ${grouped(total)} (${Math.min(100, Math.floor((100 * done) / total))} %)` : '';
    this.#stream.write(`\r\u001B[K${what}: ${grouped(done)}${share}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001B[K');
    this.#shown = false;
  }
}
