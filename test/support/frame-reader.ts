import assert from 'node:assert/strict';
import { constants, inflateRawSync } from 'node:zlib';

const syncMark = Buffer.from([0, 0, 0xff, 0xff]);

const controls = new Map([
  [0x88, 'close'],
  [0x89, 'ping'],
  [0x8a, 'pong'],
]);

/**
 * Splits the server's bytes (unmasked, unfragmented frames) into JSON objects; keeps what is incomplete. Control frames
 * come out as `{ kind: 'ping' | 'pong' | 'close' }`, a close with its `code`.
 */
export class FrameReader {
  /** Frames that came compressed. */
  compressed = 0;
  #rest: Buffer = Buffer.alloc(0);
  #deflated: Buffer = Buffer.alloc(0);
  #inflatedBytes = 0;

  push(bytes: Uint8Array): Record<string, unknown>[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    const frames: Record<string, unknown>[] = [];
    for (;;) {
      const frame = this.#next();
      if (frame === null) return frames;
      frames.push(JSON.parse(frame) as Record<string, unknown>);
    }
  }

  #next(): string | null {
    const rest = this.#rest;
    if (rest.length < 2) return null;
    const control = controls.get(rest[0]!);
    const compressed = rest[0] === 0xc1;
    if (control === undefined && !compressed) assert.equal(rest[0], 0x81, 'a final text frame');
    let length = rest[1]!;
    let at = 2;
    if (length === 126) {
      if (rest.length < 4) return null;
      length = rest.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (rest.length < 10) return null;
      length = rest.readUInt32BE(6);
      at = 10;
    }
    if (rest.length < at + length) return null;
    this.#rest = rest.subarray(at + length);
    if (control === 'close' && length >= 2) return JSON.stringify({ kind: control, code: rest.readUInt16BE(at) });
    if (control !== undefined) return JSON.stringify({ kind: control });
    if (compressed) return this.#inflate(rest.subarray(at, at + length));
    return rest.toString('utf8', at, at + length);
  }

  /** The next message of the one deflate stream that compressed frames are (RFC 7692 §7.2.2). */
  #inflate(payload: Buffer): string {
    this.#deflated = Buffer.concat([this.#deflated, payload, syncMark]);
    const all = inflateRawSync(this.#deflated, { finishFlush: constants.Z_SYNC_FLUSH });
    const text = all.toString('utf8', this.#inflatedBytes);
    this.#inflatedBytes = all.length;
    this.compressed++;
    return text;
  }
}
