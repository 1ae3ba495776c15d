import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

// Bytes on a TCP connection, as they are: for what no well-behaved client would send.

export class RawSocket {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  /** The other side has sent all it will. */
  ended = false;
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => (this.received = Buffer.concat([this.received, bytes])));
    socket.on('end', () => (this.ended = true));
    socket.on('close', () => (this.closed = true));
    socket.on('error', () => (this.closed = true));
  }

  static async open(port: number): Promise<RawSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const raw = new RawSocket(socket);
    await once(socket, 'connect');
    return raw;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Sends each byte in a packet of its own, as far as the kernel lets it. */
  async sendByteByByte(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) {
      this.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  /** Takes what was received up to now. */
  take(): Buffer {
    const taken = this.received;
    this.received = Buffer.alloc(0);
    return taken;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The lines of a request, with the Host that the broker on `port` expects. */
export function request(port: number, line: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = { host: `127.0.0.1:${port}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

export const handshakeHeaders = {
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'meks.v1',
} as const;
