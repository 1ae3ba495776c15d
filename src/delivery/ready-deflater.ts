import type { Piece } from '../base/byte-ring.ts';
import { DeflateStream } from '../base/deflate-stream.ts';
import { limits } from '../protocol/limits.ts';
import { compressedBit, frameHeaderBytes, payloadBytesAt, writeFrameHeader } from '../protocol/websocket-frame.ts';

// Compresses what is ready (RFC 7692), once for everybody who takes it and stands at the same place. Messages find
// their repetitions in those before them, across flushes: that is where nearly all of the gain is. So whoever is sent
// them must have been sent all of them since the stream began. A stream lives for seconds or for 64 KB, whichever
// comes first: one generation. Who comes new, or was sent something else in between, gets plain frames until the next
// one begins. A server may do so at any time, as long as it did not agree to `server_no_context_takeover`.
//
// What is ready comes in several pieces where it crosses the end of a segment of the ring, and everybody takes all of
// them in turn: so those of one flush are kept until the next.
//
// Owns one stream for events and one for snapshots; bounded by limits. A piece beyond its limit goes out plain. The
// pieces kept are at most as many as the ring has segments.

const nothing = Buffer.alloc(0);

/** A piece that was compressed: events `from` to `next - 1`. */
export class ReadyPiece {
  from = 0;
  next = 0;
  bytes: Buffer = nothing;
  /** The stream that it belongs to. */
  generation = 0;
  /** Whether it is the first of its generation: anybody may be sent it. */
  begins = false;
}

export class ReadyDeflater {
  /** Counts streams; 0 = none has begun. */
  #generation = 0;
  /** Behind the last piece that was compressed. */
  #next = 0;
  /** Those of the flush that began at `#flushedTo`, the first `#kept` of them; used again in the next. */
  readonly #pieces: ReadyPiece[] = [];
  #kept = 0;
  #flushedTo = 0;
  readonly #stream = new DeflateStream(limits.compressStreamBytes.value);
  #snapshots: DeflateStream | null = null;
  #scratch = Buffer.allocUnsafeSlow(scratchBytes(limits.compressStreamBytes.value));
  #startedMs = 0;

  /** Everybody who keeps up begins at `flushedTo` or behind it: what was kept before that is let go of. */
  begin(flushedTo: number): void {
    if (flushedTo === this.#flushedTo) return;
    this.#flushedTo = flushedTo;
    let gone = 0;
    for (; gone < this.#kept && this.#pieces[gone]!.next <= flushedTo; gone++) this.#pieces[gone]!.bytes = nothing;
    if (gone === 0) return;
    for (let index = gone; index < this.#kept; index++) {
      const free = this.#pieces[index - gone]!;
      this.#pieces[index - gone] = this.#pieces[index]!;
      this.#pieces[index] = free;
    }
    this.#kept -= gone;
  }

  /** Where the piece that is kept at `cursor` ends, or the next one begins; `limit` at most. */
  cut(cursor: number, limit: number): number {
    for (let index = 0; index < this.#kept; index++) {
      const { from, next } = this.#pieces[index]!;
      if (next > cursor) return Math.min(limit, from > cursor ? from : next);
    }
    return limit;
  }

  /** What was made of `piece` in this flush, if it was. */
  find(piece: Piece): ReadyPiece | null {
    for (let index = 0; index < this.#kept; index++) {
      const kept = this.#pieces[index]!;
      if (kept.from === piece.from && kept.next === piece.next) return kept;
    }
    return null;
  }

  /** Compresses `piece`. Null, and nothing happens: it is too large, or not on the way of those who keep up. */
  take(piece: Piece, nowMs: number): ReadyPiece | null {
    const { length } = piece.bytes;
    const follows = piece.from === this.#next;
    if (!follows && (this.#kept > 0 || piece.from !== this.#flushedTo)) return null;
    if (length > limits.compressStreamBytes.value) return null;
    const old = nowMs - this.#startedMs > limits.compressGenerationMs.value;
    const begins = this.#generation === 0 || !follows || old || !this.#stream.fits(length);
    if (begins) {
      this.#stream.restart();
      this.#generation++;
      this.#startedMs = nowMs;
    }
    const ready = (this.#pieces[this.#kept++] ??= new ReadyPiece());
    ready.bytes = this.#compress(this.#stream, piece.bytes);
    ready.from = piece.from;
    ready.next = piece.next;
    ready.generation = this.#generation;
    ready.begins = begins;
    this.#next = piece.next;
    return ready;
  }

  /** One frame compressed by itself: whoever is sent it has to wait for a new generation. Null: it is too large. */
  alone(frame: Buffer): Buffer | null {
    const bytesMax = limits.compressSnapshotBytesMax.value;
    if (frame.length > bytesMax) return null;
    this.#snapshots ??= new DeflateStream(bytesMax);
    if (this.#scratch.length < scratchBytes(bytesMax)) this.#scratch = Buffer.allocUnsafeSlow(scratchBytes(bytesMax));
    this.#snapshots.restart();
    return this.#compress(this.#snapshots, frame);
  }

  /** The same frames, compressed, in memory of their own: a socket may keep them. */
  #compress(stream: DeflateStream, frames: Buffer): Buffer {
    const out = this.#scratch;
    let to = 0;
    for (let at = 0; at < frames.length;) {
      const payloadBytes = payloadBytesAt(frames, at);
      const from = at + frameHeaderBytes(payloadBytes);
      at = from + payloadBytes;
      const start = to + headerBytesMax;
      const end = stream.write(frames, { from, to: at }, out, start);
      const payloadAt = writeFrameHeader(out, to, end - start);
      out[to]! |= compressedBit;
      out.copyWithin(payloadAt, start, end);
      to = payloadAt + end - start;
    }
    return Buffer.from(out.subarray(0, to));
  }
}

const headerBytesMax = 10;

/** What frames of so many bytes can take at most: the shortest have two bytes of header and two of payload. */
function scratchBytes(framesBytes: number): number {
  return DeflateStream.bytesMax(framesBytes) + (framesBytes / 4) * (headerBytesMax + 8);
}
