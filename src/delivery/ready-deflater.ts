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
// Owns one stream for events and one for snapshots; bounded by limits. A piece beyond its limit goes out plain.

export class ReadyDeflater {
  /** Counts streams; 0 = none has begun. */
  generation = 0;
  /** The last compressed piece: events `from` to `next - 1`. */
  from = 0;
  next = 0;
  bytes: Buffer = Buffer.alloc(0);
  /** Whether that piece is the first of its generation: anybody may be sent it. */
  begins = false;
  readonly #stream = new DeflateStream(limits.compressStreamBytes.value);
  #snapshots: DeflateStream | null = null;
  #scratch = Buffer.allocUnsafeSlow(scratchBytes(limits.compressStreamBytes.value));
  #startedMs = 0;

  /** Compresses `piece` into `bytes`. False, and nothing happens: it is too large. */
  take(piece: Piece, nowMs: number): boolean {
    const { length } = piece.bytes;
    if (length > limits.compressStreamBytes.value) return false;
    const old = nowMs - this.#startedMs > limits.compressGenerationMs.value;
    this.begins = this.generation === 0 || piece.from !== this.next || old || !this.#stream.fits(length);
    if (this.begins) {
      this.#stream.restart();
      this.generation++;
      this.#startedMs = nowMs;
    }
    this.bytes = this.#compress(this.#stream, piece.bytes);
    this.from = piece.from;
    this.next = piece.next;
    return true;
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
