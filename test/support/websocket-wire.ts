import { handshakeHeaders, RawSocket, request } from './raw-socket.ts';
import { until } from './until.ts';

// A WebSocket client made of bytes: frames are built and taken apart here, so that a test sees what is on the wire.

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  readonly fin?: boolean;
  /** Bits RSV1 to RSV3, in bits 6 to 4. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** Writes the length in 16 or 64 bits although it would fit in fewer. */
  readonly lengthBits?: 7 | 16 | 64;
}

/** A frame as a client sends it (RFC 6455 §5.2). */
export function clientFrame(options: FrameOptions): Buffer {
  const { opcode, fin = true, reserved = 0, masked = true } = options;
  const payload = Buffer.from(options.payload ?? '');
  const lengthBits = options.lengthBits ?? (payload.length < 126 ? 7 : payload.length < 65_536 ? 16 : 64);
  const head = Buffer.alloc(lengthBits === 7 ? 2 : lengthBits === 16 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | reserved | opcode;
  head[1] = (masked ? 0x80 : 0) | (lengthBits === 7 ? payload.length : lengthBits === 16 ? 126 : 127);
  if (lengthBits === 16) head.writeUInt16BE(payload.length, 2);
  if (lengthBits === 64) head.writeBigUInt64BE(BigInt(payload.length), 2);
  if (!masked) return Buffer.concat([head, payload]);
  const mask = Buffer.of(0x37, 0xfa, 0x21, 0x3d);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index & 3]!)]);
}

export interface ServerFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** Takes whole frames off the front of `bytes`. */
export function splitFrames(bytes: Buffer): { frames: ServerFrame[]; rest: Buffer } {
  const frames: ServerFrame[] = [];
  let at = 0;
  while (bytes.length - at >= 2) {
    const short = bytes[at + 1]! & 0x7f;
    const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length - at < headBytes) break;
    const length =
      short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
    if (bytes.length - at < headBytes + length) break;
    const payload = bytes.subarray(at + headBytes, at + headBytes + length);
    frames.push({
      opcode: bytes[at]! & 0x0f,
      fin: (bytes[at]! & 0x80) !== 0,
      masked: (bytes[at + 1]! & 0x80) !== 0,
      payload,
    });
    at += headBytes + length;
  }
  return { frames, rest: bytes.subarray(at) };
}

export class WireClient {
  readonly raw: RawSocket;
  readonly frames: ServerFrame[] = [];
  /** Status line and headers of the answer to the handshake. */
  readonly head: string;

  private constructor(raw: RawSocket, head: string) {
    this.raw = raw;
    this.head = head;
  }

  /** Connects and shakes hands. `headers` replace or add to the usual ones; an empty value leaves one out. */
  static async open(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<WireClient> {
    const raw = await RawSocket.open(port);
    const merged: Record<string, string> = { ...handshakeHeaders, ...headers };
    const all = Object.entries(merged).filter(([, value]) => value !== '');
    raw.send(request(port, `GET ${path}`, Object.fromEntries(all)));
    await until('the handshake is answered', () => raw.text.includes('\r\n\r\n') || raw.closed);
    const text = raw.text;
    const headEnd = text.indexOf('\r\n\r\n') + 4;
    raw.received = raw.received.subarray(headEnd);
    return new WireClient(raw, text.slice(0, headEnd));
  }

  send(options: FrameOptions): void {
    this.raw.send(clientFrame(options));
  }

  /** Frames that have come until now. */
  read(): readonly ServerFrame[] {
    const { frames, rest } = splitFrames(this.raw.received);
    this.raw.received = rest;
    this.frames.push(...frames);
    return this.frames;
  }

  /** Waits for a frame with `opcode` and gives it. */
  async expect(opcode: number): Promise<ServerFrame> {
    let found: ServerFrame | undefined;
    await until(`a frame with opcode ${opcode} comes`, () => {
      found = this.read().find((frame) => frame.opcode === opcode);
      return found !== undefined || this.raw.closed;
    });
    if (found === undefined) throw new Error(`the connection ended without a frame of opcode ${opcode}`);
    return found;
  }

  /** Waits for the server's close frame: its code (1005 = none given) and reason. */
  async expectClose(): Promise<{ code: number; reason: string }> {
    const { payload } = await this.expect(opcodes.close);
    if (payload.length === 0) return { code: 1005, reason: '' };
    return { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) };
  }

  /** The JSON of the text frames that have come. */
  messages(): Record<string, unknown>[] {
    const texts = this.read().filter((frame) => frame.opcode === opcodes.text);
    return texts.map((frame) => JSON.parse(frame.payload.toString()) as Record<string, unknown>);
  }

  close(): void {
    this.raw.close();
  }
}
