import type { Clock } from '../../base/clock.ts';

// How much of upstream a connection reads. Owns whether its socket is paused: because the intake is full, or because
// this turn of the loop has read enough. Behind a stall there may be megabytes to read, and the system would give them
// all in one turn: a tenth of a second in which nobody is sent anything.

/** Frames read in one turn before others have theirs: about a millisecond. What a chunk still holds comes on top. */
const framesPerTurn = 64;

export interface PausableSocket {
  pause(): void;
  resume(): void;
}

export class Reading {
  readonly #clock: Clock;
  readonly #socket: PausableSocket;
  readonly #onTurnEnd = (): void => this.#turnEnd();
  #framesInTurn = 0;
  #held = false;
  #ended = false;

  constructor(clock: Clock, socket: PausableSocket) {
    this.#clock = clock;
    this.#socket = socket;
  }

  /** Whether the intake is full: silence means nothing then. */
  get held(): boolean {
    return this.#held;
  }

  /** Counts a frame, and stops reading in the middle of a turn when that is enough. */
  frame(): void {
    if (this.#framesInTurn++ === 0) this.#clock.soon(this.#onTurnEnd);
    if (this.#framesInTurn === framesPerTurn && !this.#held) this.#socket.pause();
  }

  /** The intake is full: nothing more is read until `release`. False: that was known, or the connection is over. */
  hold(): boolean {
    if (this.#held || this.#ended) return false;
    this.#held = true;
    this.#socket.pause();
    return true;
  }

  /** The intake has room again. False: nothing was held, or the connection is over. */
  release(): boolean {
    if (!this.#held || this.#ended) return false;
    this.#held = false;
    this.#socket.resume();
    return true;
  }

  /** The connection is over: its socket is not touched again. */
  end(): void {
    this.#ended = true;
  }

  #turnEnd(): void {
    const stopped = this.#framesInTurn >= framesPerTurn;
    this.#framesInTurn = 0;
    if (stopped && !this.#held && !this.#ended) this.#socket.resume();
  }
}
