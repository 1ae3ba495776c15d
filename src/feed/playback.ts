import type { Clock, Timer } from '../base/clock.ts';
import type { FeedGap, RawMessage } from '../protocol/raw.ts';
import type { FeedSink } from './feed.ts';

// Plays timed steps into a sink: on time, in order, each once, waiting where the sink is full. Owns one step at a time
// and one timer. What could not be played on time (the sink was full, the source was slow) is caught up as fast as it
// is taken: due times are counted from the start, not from the step before.

export type Step =
  | { readonly kind: 'message'; readonly dueMs: number; readonly raw: RawMessage }
  | { readonly kind: 'gap'; readonly dueMs: number; readonly gap: FeedGap };

export interface StepSource {
  /**
   * Takes the next step, due `dueMs` after the start. 'later' = not loaded yet, the source calls `Playback.wake` when
   * it is. 'end' = there is no more.
   */
  take(): Step | 'later' | 'end';
  /** Told when the step taken last was played: a message was taken by the sink, a gap was told. */
  played?(): void;
}

/** One turn plays at most this many steps, so that whoever drains the sink gets its turns too. */
const stepsPerTurnMax = 64;

export interface PlaybackOptions {
  readonly source: StepSource;
  readonly sink: FeedSink;
  readonly clock: Clock;
  /** Called once, after the last step was played. Not after `stop`. */
  readonly onEnd: () => void;
}

export class Playback {
  readonly #source: StepSource;
  readonly #sink: FeedSink;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #startMs: number;
  #step: Step | null = null;
  #timer: Timer | null = null;
  #phase: 'playing' | 'waiting-for-space' | 'stopped' = 'playing';
  #pumping = false;
  #yielding = false;
  /** Milliseconds that the last step was played after it was due. */
  lateMs = 0;
  /** Times the sink had no room. */
  refusals = 0;

  constructor(options: PlaybackOptions) {
    this.#source = options.source;
    this.#sink = options.sink;
    this.#clock = options.clock;
    this.#onEnd = options.onEnd;
    this.#startMs = options.clock.nowMs();
  }

  /** Plays what is due: to begin with, and whenever the source has more after it said 'later'. */
  wake(): void {
    if (this.#timer === null && !this.#yielding) this.#pump();
  }

  /** Plays nothing from here on. */
  stop(): void {
    this.#phase = 'stopped';
    this.#timer?.cancel();
    this.#timer = null;
    this.#step = null;
  }

  readonly #onTime = (): void => {
    this.#timer = null;
    this.#pump();
  };

  readonly #onTurn = (): void => {
    this.#yielding = false;
    this.#pump();
  };

  readonly #onSpace = (): void => {
    if (this.#phase !== 'waiting-for-space') return;
    this.#phase = 'playing';
    this.#pump();
  };

  #pump(): void {
    // A sink may call back from inside `whenSpace`; the loop below then simply goes on.
    if (this.#pumping) return;
    this.#pumping = true;
    let left = stepsPerTurnMax;
    while (this.#phase === 'playing' && this.#timer === null) {
      if (left-- === 0) {
        this.#yielding = true;
        this.#clock.soon(this.#onTurn);
        break;
      }
      if (!this.#playOne()) break;
    }
    this.#pumping = false;
  }

  /** False when there is nothing to play now: not loaded, not due, or the end. */
  #playOne(): boolean {
    if (this.#step === null) {
      const next = this.#source.take();
      if (next === 'later') return false;
      if (next === 'end') {
        this.stop();
        this.#onEnd();
        return false;
      }
      this.#step = next;
    }
    const step = this.#step;
    const waitMs = this.#startMs + step.dueMs - this.#clock.nowMs();
    if (waitMs > 0) {
      this.#timer = this.#clock.after(waitMs, this.#onTime);
      return false;
    }
    this.lateMs = -waitMs;
    if (step.kind === 'gap') this.#sink.gap(step.gap);
    else if (!this.#sink.offer(step.raw)) {
      this.refusals++;
      this.#phase = 'waiting-for-space';
      this.#sink.whenSpace(this.#onSpace);
      return true;
    }
    this.#step = null;
    this.#source.played?.();
    return true;
  }
}
