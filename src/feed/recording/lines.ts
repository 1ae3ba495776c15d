import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { limits } from '../../protocol/limits.ts';

// Owns one open recording file and the beginning of the line that the last chunk cut off: at most one chunk
// (64 KB, inflated) and one line (recordingLineBytesMax) in memory, whatever the file's size. A longer line is skipped
// and told. Compression is known by the first bytes, not by the name.

export interface RecordingLine {
  /** Line number in its file, from 1. */
  readonly number: number;
  /** Without its end; null when it was longer than recordingLineBytesMax. */
  readonly text: string | null;
}

/** How a file ended. `torn` = in the middle of its compressed data or its last line, as a crash leaves it. */
export type FileEnd = { readonly kind: 'end' } | { readonly kind: 'torn'; readonly detail: string };

const lineFeed = 10;

export class LineReader {
  readonly path: string;
  #chunks: AsyncIterator<Buffer>;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #skipping = false;
  #number = 0;
  #end: FileEnd | null = null;

  /** Looks at the first bytes; the first `read` opens the file for good. */
  constructor(path: string) {
    this.path = path;
    this.#chunks = openChunks(path);
  }

  /** How the file ended; null while there is more to read. */
  get end(): FileEnd | null {
    return this.#end;
  }

  /**
   * The complete lines of the next chunk, possibly none; null at the end. Rejects when the file cannot be read, or
   * holds damaged data: what came before the damage has been given already.
   */
  async read(): Promise<RecordingLine[] | null> {
    if (this.#end !== null) return null;
    let next: IteratorResult<Buffer>;
    try {
      next = await this.#chunks.next();
    } catch (error) {
      if (!isTornEnd(error)) throw error;
      this.#end = { kind: 'torn', detail: 'the compressed data stops in the middle' };
      return null;
    }
    if (next.done !== true) return this.#split(next.value);
    this.#end = { kind: 'end' };
    return this.#lastLine();
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    this.#end ??= { kind: 'end' };
    await this.#chunks.return?.();
  }

  #split(chunk: Buffer): RecordingLine[] {
    const lines: RecordingLine[] = [];
    let from = 0;
    for (;;) {
      const to = chunk.indexOf(lineFeed, from);
      if (to === -1) break;
      this.#keep(chunk.subarray(from, to));
      lines.push(this.#takeLine());
      from = to + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  #keep(part: Buffer): void {
    if (part.length === 0 || this.#skipping) return;
    if (this.#restBytes + part.length > limits.recordingLineBytesMax.value) {
      this.#skipping = true;
      this.#rest = [];
      this.#restBytes = 0;
      return;
    }
    this.#rest.push(part);
    this.#restBytes += part.length;
  }

  #takeLine(): RecordingLine {
    this.#number++;
    const only = this.#rest.length === 1 ? this.#rest[0]! : Buffer.concat(this.#rest);
    const line = only.toString('utf8');
    // Windows begins a text with a byte order mark, which is none of its first line.
    const text = this.#skipping ? null : this.#number === 1 ? line.replace(/^\uFEFF/, '') : line;
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = false;
    return { number: this.#number, text };
  }

  #lastLine(): RecordingLine[] | null {
    return this.#restBytes > 0 || this.#skipping ? [this.#takeLine()] : null;
  }
}

function openChunks(path: string): AsyncIterator<Buffer> {
  const file = createReadStream(path);
  const kind = compressionOf(path);
  if (kind === 'none') return file[Symbol.asyncIterator]();
  const inflate = kind === 'gzip' ? createGunzip() : createZstdDecompress();
  // Without this an unreadable file would leave the decompressor waiting for ever.
  file.once('error', (error) => inflate.destroy(error));
  inflate.once('close', () => file.destroy());
  return file.pipe(inflate)[Symbol.asyncIterator]();
}

function compressionOf(path: string): 'none' | 'gzip' | 'zstd' {
  const head = Buffer.alloc(4);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return 'none';
  }
  try {
    readSync(file, head, 0, 4, 0);
  } finally {
    closeSync(file);
  }
  if (head.readUInt32LE() === 0xfd2fb528) return 'zstd';
  return head[0] === 0x1f && head[1] === 0x8b ? 'gzip' : 'none';
}

function isTornEnd(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
}
