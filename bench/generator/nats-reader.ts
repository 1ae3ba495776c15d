import { EventHead } from './event-head.ts';
import type { FrameSink } from './frame-reader.ts';

// Owns the reading of NATS's own protocol inside WebSocket frames, for the peer that speaks it. There the frames are
// only pieces of a byte stream: `MSG room 1 <bytes>\r\n<payload>\r\n`. Two layers, both fed any cut of bytes: the
// outer one strips frame headers, the inner one finds messages. Bounded like FrameReader: a few numbers a dashboard.

const stashBytes = 192;
const payloadHeadBytes = 96;
const lineFeed = 0x0a;

export class NatsReader {
  readonly #sink: FrameSink;
  readonly #head = new EventHead();
  readonly #state: State[] = [];

  constructor(dashboards: number, sink: FrameSink) {
    this.#sink = sink;
    for (let dashboard = 0; dashboard < dashboards; dashboard++) this.#state.push(new State());
  }

  reset(dashboard: number): void {
    this.#state[dashboard] = new State();
  }

  read(dashboard: number, bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    const state = this.#state[dashboard]!;
    let at = start;
    while (at < end) {
      if (state.frameLeft === 0) {
        state.header[state.headerLength++] = bytes[at++]!;
        if (state.headerWhole()) state.openFrame();
        continue;
      }
      const taken = Math.min(state.frameLeft, end - at);
      this.#stream(dashboard, state, bytes, at, at + taken, nowMs);
      state.frameLeft -= taken;
      at += taken;
    }
  }

  #stream(dashboard: number, state: State, bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    let at = start;
    while (at < end) {
      if (state.skip > 0) {
        const taken = Math.min(state.skip, end - at);
        state.skip -= taken;
        at += taken;
        if (state.skip === 0) this.#sink.event(dashboard, state.index, state.seq, nowMs);
      } else if (state.headNeeded > 0) {
        at = this.#payloadHead(state, bytes, at, end);
      } else {
        const byte = bytes[at++]!;
        if (byte !== lineFeed) {
          if (state.stashed < stashBytes) state.stash[state.stashed++] = byte;
          continue;
        }
        this.#line(dashboard, state);
      }
    }
  }

  /** Gathers the first bytes of a payload and reads the event's identity out of them. */
  #payloadHead(state: State, bytes: Uint8Array, start: number, end: number): number {
    const taken = Math.min(state.headNeeded - state.stashed, end - start);
    state.stash.set(bytes.subarray(start, start + taken), state.stashed);
    state.stashed += taken;
    if (state.stashed < state.headNeeded) return end;
    state.index = this.#head.indexOf(state.stash, 0, state.stashed);
    state.seq = this.#head.seq;
    state.skip = state.payloadBytes + 2 - state.headNeeded;
    state.headNeeded = 0;
    state.stashed = 0;
    return start + taken;
  }

  #line(dashboard: number, state: State): void {
    const stash = state.stash;
    const length = state.stashed;
    state.stashed = 0;
    if (stash[0] !== 0x4d) {
      this.#sink.message(dashboard, stash, 0, length, length);
      return;
    }
    let bytes = 0;
    let scale = 1;
    // `MSG room 1 558\r`: the number at the end, read backwards over its digits.
    for (let at = length - 2; stash[at]! >= 0x30; at--, scale *= 10) bytes += (stash[at]! - 0x30) * scale;
    state.payloadBytes = bytes;
    state.headNeeded = Math.min(bytes, payloadHeadBytes);
  }
}

class State {
  readonly header = new Uint8Array(10);
  headerLength = 0;
  frameLeft = 0;
  readonly stash = new Uint8Array(stashBytes);
  stashed = 0;
  headNeeded = 0;
  payloadBytes = 0;
  skip = 0;
  index = 0;
  seq = 0;

  headerWhole(): boolean {
    if (this.headerLength < 2) return false;
    const length = this.header[1]!;
    return this.headerLength === (length < 126 ? 2 : length === 126 ? 4 : 10);
  }

  openFrame(): void {
    const header = this.header;
    let length = header[1]!;
    if (length === 126) length = header[2]! * 256 + header[3]!;
    else if (length === 127) length = header.subarray(2, 10).reduce((sum, byte) => sum * 256 + byte, 0);
    this.frameLeft = length;
    this.headerLength = 0;
  }
}
