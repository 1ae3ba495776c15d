import { EventHead, notAnEvent } from './event-head.ts';

// Owns the reading of WebSocket server frames for all dashboards of a generator: cheap on purpose, since its cost is
// paid on the machine that is measured. No object per message: the header and the first bytes of a payload are looked
// at where they lie, the rest is skipped. State is three numbers per dashboard and, while a head is cut between two
// reads, its bytes (at most `headBytes` + the frame header). RFC 6455; server frames are never masked.

/** What a reader tells of the frames it reads. `bytes` are only valid during the call. */
export interface FrameSink {
  /** The last byte of an event's frame was read. `index` is the event's number in the schedule, -1 if not ours. */
  event(dashboard: number, index: number, seq: number, nowMs: number): void;
  /** A data frame that is no event; `start` to `end` is its head, `payloadBytes` the whole payload's length. */
  message(dashboard: number, bytes: Uint8Array, start: number, end: number, payloadBytes: number): void;
  /** A ping, pong or close frame. */
  control(dashboard: number, opcode: number, bytes: Uint8Array, start: number, end: number): void;
}

/** As much of a payload as is looked at: enough for an event's id and for the epoch in a hello. */
export const headBytes = 224;
const headerBytesMax = 10;
const stashBytes = headBytes + headerBytesMax;

export class FrameReader {
  readonly #sink: FrameSink;
  /** Where the event's `{` lies in the payload: 0, or behind a wrapping such as `42["event",`. */
  readonly #eventOffset: number;
  /** Payload bytes of the current frame still to come. */
  readonly #skip: Float64Array;
  /** Event whose payload is being skipped; `notAnEvent` = the frame is none. */
  readonly #pending: Int32Array;
  readonly #pendingSeq: Float64Array;
  readonly #stashed: Uint16Array;
  readonly #stash: Uint8Array;
  readonly #eventHead = new EventHead();

  constructor(dashboards: number, sink: FrameSink, eventOffset = 0) {
    this.#sink = sink;
    this.#eventOffset = eventOffset;
    this.#skip = new Float64Array(dashboards);
    this.#pending = new Int32Array(dashboards).fill(notAnEvent);
    this.#pendingSeq = new Float64Array(dashboards);
    this.#stashed = new Uint16Array(dashboards);
    this.#stash = new Uint8Array(dashboards * stashBytes);
  }

  /** Forgets a half-read frame: the connection is a new one. */
  reset(dashboard: number): void {
    this.#skip[dashboard] = 0;
    this.#pending[dashboard] = notAnEvent;
    this.#stashed[dashboard] = 0;
  }

  /** Reads bytes `start` to `end` of `bytes`, which arrived at `nowMs`. */
  read(dashboard: number, bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    let at = start;
    if (this.#stashed[dashboard]! > 0) at = this.#completeHead(dashboard, bytes, at, end, nowMs);
    while (at < end) {
      const skip = this.#skip[dashboard]!;
      if (skip > 0) {
        const taken = Math.min(skip, end - at);
        at += taken;
        this.#skip[dashboard] = skip - taken;
        if (skip === taken) this.#complete(dashboard, nowMs);
        continue;
      }
      const needed = headNeeded(bytes, at, end);
      if (at + needed > end) {
        this.#keep(dashboard, bytes, at, end);
        return;
      }
      at = this.#head(dashboard, bytes, at, end, nowMs);
    }
  }

  /** Looks at a frame whose head lies whole at `at`; returns where reading goes on. */
  #head(dashboard: number, bytes: Uint8Array, at: number, end: number, nowMs: number): number {
    const opcode = bytes[at]! & 0x0f;
    const payload = at + headerLength(bytes[at + 1]!);
    const payloadBytes = payloadLength(bytes, at);
    const headEnd = payload + Math.min(payloadBytes, headBytes);
    if (opcode >= 8) {
      this.#sink.control(dashboard, opcode, bytes, payload, headEnd);
      return payload + payloadBytes;
    }
    const index = this.#eventHead.indexOf(bytes, payload + this.#eventOffset, headEnd);
    if (index === notAnEvent) this.#sink.message(dashboard, bytes, payload, headEnd, payloadBytes);
    const frameEnd = payload + payloadBytes;
    if (frameEnd <= end) {
      if (index !== notAnEvent) this.#sink.event(dashboard, index, this.#eventHead.seq, nowMs);
      return frameEnd;
    }
    this.#pending[dashboard] = index;
    this.#pendingSeq[dashboard] = this.#eventHead.seq;
    this.#skip[dashboard] = frameEnd - end;
    return end;
  }

  #complete(dashboard: number, nowMs: number): void {
    const index = this.#pending[dashboard]!;
    this.#pending[dashboard] = notAnEvent;
    if (index !== notAnEvent) this.#sink.event(dashboard, index, this.#pendingSeq[dashboard]!, nowMs);
  }

  #keep(dashboard: number, bytes: Uint8Array, at: number, end: number): void {
    this.#stash.set(bytes.subarray(at, end), dashboard * stashBytes);
    this.#stashed[dashboard] = end - at;
  }

  /** Adds to a head that was cut, one read after another, until it is whole; returns where reading goes on. */
  #completeHead(dashboard: number, bytes: Uint8Array, start: number, end: number, nowMs: number): number {
    const base = dashboard * stashBytes;
    let have = this.#stashed[dashboard]!;
    let at = start;
    for (;;) {
      const needed = headNeeded(this.#stash, base, base + have);
      const taken = Math.min(needed - have, end - at);
      if (taken <= 0) break;
      this.#stash.set(bytes.subarray(at, at + taken), base + have);
      have += taken;
      at += taken;
    }
    this.#stashed[dashboard] = have;
    if (have < headNeeded(this.#stash, base, base + have)) return end;
    this.#stashed[dashboard] = 0;
    this.#head(dashboard, this.#stash, base, base + have, nowMs);
    return at;
  }
}

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length === 126 ? 4 : 10;
}

/** Payload length of the frame whose whole header lies at `at`. */
function payloadLength(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1]!;
  if (length < 126) return length;
  if (length === 126) return bytes[at + 2]! * 256 + bytes[at + 3]!;
  let long = 0;
  for (let byte = at + 2; byte < at + 10; byte++) long = long * 256 + bytes[byte]!;
  return long;
}

/** How many bytes from `at` make a whole head, as far as the bytes before `end` can tell. */
function headNeeded(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return 2;
  if ((bytes[at]! & 0x40) !== 0) throw new Error('a frame is compressed, which was not negotiated');
  if (bytes[at + 1]! > 127) throw new Error('a server frame is masked');
  const header = headerLength(bytes[at + 1]!);
  if (end - at < header) return header;
  return header + Math.min(payloadLength(bytes, at), headBytes);
}
