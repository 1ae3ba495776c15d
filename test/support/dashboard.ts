import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import type { EventFrame } from '../../src/protocol/frames.ts';
import { applyEvent, type RoomView } from '../../src/protocol/room-view.ts';
import { FrameReader } from './frame-reader.ts';

// A dashboard over a bare TCP socket, for tests that need hundreds of them: reads the server's frames itself, keeps the
// view as a client does, and keeps account of what came. It can stop reading, which a WebSocket client cannot.

/** An empty pong, masked as a client's frames are. */
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

export interface DashboardOptions {
  readonly port: number;
  readonly room: string;
  /** `epoch:seq` to continue from. */
  readonly since?: string;
  /** Keeps no view: for load, where only the account matters. */
  readonly blind?: boolean;
}

export class Dashboard {
  view: RoomView | null = null;
  epoch = '';
  /** Position of the newest event applied; -1 before the first frame that says one. */
  seq = -1;
  /** Events delivered as events. */
  delivered = 0;
  duplicated = 0;
  disordered = 0;
  /** Holes that nobody told about. */
  lost = 0;
  lagged = 0;
  /** Events that `lagged` frames said would not come. */
  missed = 0;
  snapshots = 0;
  resumed = false;
  readonly #blind: boolean;
  readonly #socket: net.Socket;
  readonly #reader = new FrameReader();
  #head: string | null = '';
  #wake: (() => void)[] = [];
  closed = false;
  /** What the server's close frame said; 0 = none came. */
  closeCode = 0;

  constructor(options: DashboardOptions) {
    this.#blind = options.blind ?? false;
    this.#socket = net.connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    const query = options.since === undefined ? '' : `?since=${options.since}`;
    this.#socket.write(
      `GET /v1/rooms/${options.room}/stream${query} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\n` +
        `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: meks.v1\r\n\r\n`,
    );
    this.#socket.on('data', (bytes: Buffer) => this.#data(bytes));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.closed = true;
      this.#notify();
    });
  }

  /**
   * Resolves when `condition` holds; looked at after every read. Rejects, naming `what`, when the socket closes first.
   */
  async until(what: string, condition: (dashboard: this) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.closed) throw new Error(`the connection closed before: ${what} (seq ${this.seq})`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Stops reading: the kernel's buffers fill, then the broker's write does not drain. */
  stall(): void {
    this.#socket.pause();
  }

  read(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }

  #data(bytes: Buffer): void {
    let rest = bytes;
    if (this.#head !== null) {
      this.#head += bytes.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return;
      assert.match(this.#head, /^HTTP\/1\.1 101 /, this.#head.slice(0, 200));
      rest = Buffer.from(this.#head.slice(end + 4), 'latin1');
      this.#head = null;
    }
    for (const frame of this.#reader.push(rest)) this.#frame(frame);
    this.#notify();
  }

  #frame(frame: Record<string, unknown>): void {
    const kind = frame['kind'] as string;
    if (kind === 'hello') {
      this.epoch = frame['epoch'] as string;
      this.resumed = frame['resumed'] as boolean;
    } else if (kind === 'snapshot') {
      this.snapshots++;
      this.seq = frame['seq'] as number;
      this.view = this.#blind ? null : (frame['view'] as RoomView);
    } else if (kind === 'lagged') {
      this.lagged++;
      this.missed += frame['missed'] as number;
    } else if (kind === 'ping') this.#socket.write(pong);
    else if (kind === 'close') this.closeCode = frame['code'] as number;
    else if (kind !== 'heartbeat' && kind !== 'error') this.#event(frame);
  }

  #event(frame: Record<string, unknown>): void {
    const { seq, ...event } = frame as unknown as EventFrame;
    this.delivered++;
    if (this.seq >= 0 && seq !== this.seq + 1) {
      if (seq === this.seq) this.duplicated++;
      else if (seq < this.seq) this.disordered++;
      else this.lost += seq - this.seq - 1;
    }
    this.seq = seq;
    if (this.view !== null) applyEvent(this.view, seq, event);
  }
}
