import type { SourceState } from '../protocol/frames.ts';

// Owns the newest snapshot that was asked for over HTTP, as bytes: made at most once per position and state of the
// source, however many ask.

export class SnapshotBytes {
  readonly #text: () => string;
  #bytes: Uint8Array = new Uint8Array();
  #seq = -1;
  #source: SourceState = 'connecting';

  /** `text` makes the snapshot of the moment. */
  constructor(text: () => string) {
    this.#text = text;
  }

  at(seq: number, source: SourceState): Uint8Array {
    if (this.#seq !== seq || this.#source !== source) {
      this.#bytes = Buffer.from(this.#text());
      this.#seq = seq;
      this.#source = source;
    }
    return this.#bytes;
  }
}
