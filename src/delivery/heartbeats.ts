import { textFrame } from '../protocol/websocket-frame.ts';

// Owns the last heartbeat's frame: connections that stand at the same place share it. Bounded: one frame.

export class Heartbeats {
  readonly #text: (seq: number) => string;
  #cursor = -1;
  #frame: Buffer = Buffer.alloc(0);

  /** `text` is that of the frame for a connection that has been sent everything up to `seq`. */
  constructor(text: (seq: number) => string) {
    this.#text = text;
  }

  /** Something that heartbeats tell has changed, the time included. */
  renew(): void {
    this.#cursor = -1;
  }

  /** The frame for a connection that has been sent everything before `cursor`. */
  frame(cursor: number): Buffer {
    if (cursor !== this.#cursor) {
      this.#cursor = cursor;
      this.#frame = textFrame(this.#text(cursor - 1));
    }
    return this.#frame;
  }
}
