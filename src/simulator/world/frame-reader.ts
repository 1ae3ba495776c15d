// Takes a connection's bytes in pieces of any size and gives the text of each whole frame: what a browser does for a
// dashboard. Holds one frame's worth of bytes at most.

export class FrameReader {
  readonly #text: (text: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(text: (text: string) => void) {
    this.#text = text;
  }

  push(bytes: Buffer): void {
    let buffer = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const head = headerOf(buffer);
      if (head === null || buffer.length < head.start + head.length) break;
      // The listener may end the connection: what it holds then does not matter.
      this.#rest = buffer.subarray(head.start + head.length);
      this.#text(buffer.toString('utf8', head.start, head.start + head.length));
      buffer = this.#rest;
    }
    this.#rest = buffer;
  }
}

/** Where the payload of the frame at the beginning starts, and its length; null = the header is not whole yet. */
function headerOf(buffer: Buffer): { readonly start: number; readonly length: number } | null {
  if (buffer.length < 2) return null;
  const short = buffer[1]! & 127;
  if (short < 126) return { start: 2, length: short };
  const start = short === 126 ? 4 : 10;
  if (buffer.length < start) return null;
  return { start, length: short === 126 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2)) };
}
