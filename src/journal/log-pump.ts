import type { Clock } from '../base/clock.ts';
import { limits } from '../protocol/limits.ts';
import type { LogWriter } from './log-writer.ts';
import type { RingConsumer } from './shared-ring.ts';

// Moves one log's events from its ring to its writer, a batch at a time. Owns the patience with a disk that refuses:
// 10 ms, doubling up to a second. Meanwhile the ring fills, and the hot side sees that by itself.

const retryMsMin = 10;
const retryMsMax = 1_000;

export interface LogPumpOptions {
  readonly clock: Clock;
  readonly ring: RingConsumer;
  readonly writer: LogWriter;
  /** Asks for `pump` to be called again: the disk has been left alone for long enough. */
  readonly wake: () => void;
  readonly batchBytesMax?: number;
}

export class LogPump {
  readonly writer: LogWriter;
  readonly #options: LogPumpOptions;
  readonly #batchBytesMax: number;
  readonly #onRetry = (): void => this.#retry();
  #retryMs = retryMsMin;
  #resting = false;

  constructor(options: LogPumpOptions) {
    this.writer = options.writer;
    this.#options = options;
    this.#batchBytesMax = options.batchBytesMax ?? limits.journalBatchBytesMax.value;
  }

  /** Whether `pump` could do something now. */
  get ready(): boolean {
    return !this.#resting && !this.#options.ring.empty;
  }

  /** Everything taken has been written. */
  get drained(): boolean {
    return this.#options.ring.empty;
  }

  /** Writes one batch, if there is something and the disk takes it. */
  pump(): void {
    const { ring, writer, clock } = this.#options;
    if (this.#resting || !ring.peek(this.#batchBytesMax)) return;
    const { bytes, start, end } = ring;
    const written = writer.write(bytes, start, end);
    ring.release(written);
    if (written === end) {
      this.#retryMs = retryMsMin;
      return;
    }
    this.#resting = true;
    clock.after(this.#retryMs, this.#onRetry);
    this.#retryMs = Math.min(retryMsMax, this.#retryMs * 2);
  }

  #retry(): void {
    this.#resting = false;
    this.#options.wake();
  }
}
