import type { MessagePort } from 'node:worker_threads';
import { BoundedQueue } from '../base/bounded-queue.ts';
import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import type { Log, LogFields } from '../base/log.ts';
import { limits } from '../protocol/limits.ts';
import type { LogLevel, LogLine } from './telemetry-messages.ts';

// Owns the lines on their way from the hot thread to the cold one that writes them. Bounded by logLinesPendingMax, both
// for what the cold thread has not written yet and for what waits while there is none; beyond that lines are dropped
// and counted, and the next line that gets through is preceded by one that says how many.

export const logCounterSpec = {
  lines: 'log lines handed to the thread that writes them',
  linesDropped: 'log lines dropped because too many were waiting',
  linesLost: 'log lines that were on their way when the thread that writes them ended',
} as const;

export class HotLog implements Log {
  readonly #clock: Clock;
  readonly #counters: Counters<keyof typeof logCounterSpec>;
  readonly #waiting = new BoundedQueue<LogLine>(limits.logLinesPendingMax.value);
  /** Lines that the cold thread has taken, counted by itself. Wraps as 32-bit numbers do. */
  #taken: Int32Array = new Int32Array(1);
  #sent = 0;
  #port: MessagePort | null = null;
  /** Dropped since the last line that got through. */
  #dropped = 0;

  constructor(clock: Clock, counters: Counters<keyof typeof logCounterSpec>) {
    this.#clock = clock;
    this.#counters = counters;
  }

  info(event: string, fields?: LogFields): void {
    this.#add('info', event, fields);
  }
  warn(event: string, fields?: LogFields): void {
    this.#add('warn', event, fields);
  }
  error(event: string, fields?: LogFields): void {
    this.#add('error', event, fields);
  }

  /** A life of the cold thread begins: what waited goes first. `taken` is the counter that it moves. */
  started(port: MessagePort, taken: Int32Array): void {
    this.#port = port;
    this.#taken = taken;
    this.#sent = 0;
    for (let line = this.#waiting.take(); line !== undefined; line = this.#waiting.take()) this.#post(line);
  }

  /** That life is over: what it had not taken is lost with it. */
  stopped(): void {
    this.#counters.add('linesLost', this.pending());
    this.#port = null;
    this.#sent = 0;
    this.#taken = new Int32Array(1);
  }

  /** Lines sent that are not written yet. */
  pending(): number {
    return (this.#sent - Atomics.load(this.#taken, 0)) | 0;
  }

  /** Gives out what waits for a thread that will not come: for the last words of a process. */
  takeWaiting(): LogLine | undefined {
    return this.#waiting.take();
  }

  #add(level: LogLevel, event: string, fields: LogFields = {}): void {
    if (this.#dropped > 0) {
      const dropped = this.#dropped;
      if (!this.#hand(this.#line('warn', 'log.dropped', { lines: dropped }))) {
        this.#drop();
        return;
      }
      this.#dropped = 0;
    }
    if (!this.#hand(this.#line(level, event, fields))) this.#drop();
  }

  #line(level: LogLevel, event: string, fields: LogFields): LogLine {
    return { kind: 'line', level, event, time: this.#clock.wallMs(), fields };
  }

  #hand(line: LogLine): boolean {
    if (this.#port === null) return this.#waiting.offer(line);
    if (this.pending() >= this.#waiting.capacity) return false;
    this.#post(line);
    return true;
  }

  #post(line: LogLine): void {
    this.#port?.postMessage(line);
    this.#sent = (this.#sent + 1) | 0;
    this.#counters.add('lines');
  }

  #drop(): void {
    this.#dropped++;
    this.#counters.add('linesDropped');
  }
}
