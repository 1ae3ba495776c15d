import type { Clock, Timer } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { RawMessage } from '../protocol/raw.ts';

// Lets what happens in a room happen: by the times of its source, or as fast as the clients can follow. Messages that
// are due together share a frame, as upstream's do. Owns one timer and the message that comes next.

export interface TimedMessage {
  /** Milliseconds after the beginning. */
  readonly atMs: number;
  readonly raw: RawMessage;
}

export interface TimelineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly source: { next(): TimedMessage | null };
  readonly pace: 'clock' | 'max';
  /** True: `pace: 'max'` waits a moment. */
  readonly isBusy: () => boolean;
  readonly send: (messages: readonly RawMessage[]) => void;
}

/** A frame holds up to so many. */
const frameMessagesMax = 20;
const busyMs = 2;
/** What is due within a microsecond is due: the rest of a sum of fractions may be too small to wait for. */
const dueMs = 0.001;

export class WebcastTimeline {
  readonly #options: TimelineOptions;
  #next: TimedMessage | null = null;
  #startMs = 0;
  #timer: Timer | null = null;
  #state: 'new' | 'running' | 'over' = 'new';

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  /** Begins; a second call does nothing. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#startMs = this.#options.clock.nowMs();
    this.#step();
  }

  stop(): void {
    this.#state = 'over';
    this.#timer?.cancel();
  }

  readonly #step = (): void => {
    this.#timer = null;
    if (this.#state !== 'running') return;
    if (this.#options.pace === 'max') this.#stepAtMost();
    else this.#stepByClock();
  };

  #stepByClock(): void {
    const { clock, source, send } = this.#options;
    let due: RawMessage[] = [];
    const nowMs = clock.nowMs() - this.#startMs;
    for (;;) {
      this.#next ??= source.next();
      if (this.#next === null || this.#next.atMs > nowMs + dueMs) break;
      due.push(this.#next.raw);
      this.#next = null;
      if (due.length === frameMessagesMax) {
        send(due);
        due = [];
      }
    }
    if (due.length > 0) send(due);
    if (this.#next !== null) this.#timer = clock.after(this.#next.atMs - nowMs, this.#step);
  }

  #stepAtMost(): void {
    const { clock, random, source, send, isBusy } = this.#options;
    if (isBusy()) {
      this.#timer = clock.after(busyMs, this.#step);
      return;
    }
    const messages: RawMessage[] = [];
    const size = 1 + random.int(frameMessagesMax);
    for (let next = source.next(); next !== null; next = source.next()) {
      messages.push(next.raw);
      if (messages.length === size) break;
    }
    if (messages.length === 0) return;
    send(messages);
    clock.soon(this.#step);
  }
}
