import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { monotonicMs } from '../monotonic.ts';
import type { FrameSink } from './frame-reader.ts';
import type { Recorder, Temper } from './recorder.ts';
import { websocketFrame } from './tape.ts';
import { makeReader, wires } from './wire.ts';
import type { Wire, WireName, WireReader } from './wire.ts';

// Owns the connections of a generator: raw sockets that read into one shared buffer, so that a delivery costs a read
// and a look at its head. Bounded by their number. Slow and stalled dashboards read into small buffers of their own.

export interface DashboardTarget {
  readonly port: number;
  readonly tls: boolean;
  /** `{room}` in it stands for a room: dashboard d looks at room d mod their number. */
  readonly path: string;
  readonly rooms: readonly string[];
  readonly protocol: string;
  readonly wire: WireName;
}

const connectsAtOnceMax = 64;
const readBufferBytes = 524_288;
/** A slow dashboard reads this much each `slowEveryMs`: 1 KB/s. */
const slowReadBytes = 128;
const slowEveryMs = 125;

interface Dashboard {
  readonly index: number;
  readonly temper: Temper;
  socket: Socket | null;
  state: 'away' | 'handshake' | 'greeting' | 'ready';
  handshake: string;
  epoch: string;
  whenReady: (() => void) | null;
}

export class Dashboards implements FrameSink {
  readonly #target: DashboardTarget;
  readonly #wire: Wire;
  readonly #recorder: Recorder;
  readonly #reader: WireReader;
  readonly #all: Dashboard[];
  readonly #sharedBuffer = Buffer.allocUnsafe(readBufferBytes);
  /** Connections that the server closed, by close code; 0 = without a close frame. */
  readonly closes = new Map<number, number>();
  #running = false;
  #ending = false;
  #slowTimer: NodeJS.Timeout | null = null;

  constructor(target: DashboardTarget, tempers: readonly Temper[], recorder: Recorder) {
    this.#target = target;
    this.#wire = wires[target.wire];
    this.#recorder = recorder;
    this.#reader = makeReader(target.wire, tempers.length, this);
    this.#all = tempers.map((temper, index) => ({
      index,
      temper,
      socket: null,
      state: 'away',
      handshake: '',
      epoch: '',
      whenReady: null,
    }));
  }

  /** Connects all, some at once, and resolves when each is being served. */
  async connectAll(): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < this.#all.length) await this.#connect(this.#all[next++]!, '');
    };
    await Promise.all(Array.from({ length: connectsAtOnceMax }, worker));
  }

  /** From now on slow dashboards are slow, stalled ones stall and what comes is measured. */
  run(startMs: number): void {
    this.#running = true;
    this.#recorder.start(startMs);
    const slow = this.#all.filter((dashboard) => dashboard.temper === 'slow');
    if (slow.length === 0) return;
    this.#slowTimer = setInterval(() => {
      for (const dashboard of slow) dashboard.socket?.resume();
    }, slowEveryMs);
  }

  /** Cuts every connection without a word, and comes back after `delayMs(dashboard)`: a reconnect storm. */
  async storm(delayMs: (dashboard: number) => number): Promise<void> {
    for (const dashboard of this.#all) this.#leave(dashboard);
    await Promise.all(
      this.#all.map(async (dashboard) => {
        await new Promise((resolve) => setTimeout(resolve, delayMs(dashboard.index)));
        const resumable = dashboard.epoch !== '' && this.#recorder.seqOf(dashboard.index) > 0;
        const since = resumable ? `since=${dashboard.epoch}:${this.#recorder.seqOf(dashboard.index)}` : '';
        await this.#connect(dashboard, since);
      }),
    );
  }

  end(): void {
    this.#ending = true;
    if (this.#slowTimer !== null) clearInterval(this.#slowTimer);
    for (const dashboard of this.#all) this.#leave(dashboard);
  }

  event(dashboard: number, index: number, seq: number, nowMs: number): void {
    this.#recorder.event(dashboard, index, seq, nowMs);
  }

  message(dashboard: number, bytes: Uint8Array, start: number, end: number): void {
    const one = this.#all[dashboard]!;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
    const answer = this.#wire.answer(text);
    if (answer !== '') this.#say(one, answer);
    if (this.#wire.name === 'meks') this.#meksMessage(one, text);
    if (one.state === 'greeting' && this.#wire.isReady(text)) this.#ready(one);
  }

  control(dashboard: number, opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const one = this.#all[dashboard]!;
    if (opcode === 9) one.socket?.write(websocketFrame(Uint8Array.prototype.slice.call(bytes, start, end), 0x8a, true));
    if (opcode !== 8) return;
    const code = end - start >= 2 ? bytes[start]! * 256 + bytes[start + 1]! : 1_005;
    this.#closed(one, code);
  }

  #meksMessage(dashboard: Dashboard, text: string): void {
    if (text.startsWith('{"kind":"hello"')) {
      dashboard.epoch = /"epoch":"([^"]*)"/.exec(text)?.[1] ?? '';
      if (this.#running) this.#recorder.back(dashboard.index, monotonicMs(), text.includes('"resumed":true'));
    } else if (this.#running && text.startsWith('{"kind":"snapshot"')) {
      this.#recorder.snapshot(dashboard.index);
    } else if (text.startsWith('{"kind":"lagged"')) {
      this.#recorder.lagged(dashboard.index);
    }
  }

  #connect(dashboard: Dashboard, query: string): Promise<void> {
    this.#reader.reset(dashboard.index);
    dashboard.state = 'handshake';
    dashboard.handshake = '';
    const own = dashboard.temper !== 'good';
    const buffer = own ? Buffer.allocUnsafe(slowReadBytes) : this.#sharedBuffer;
    const callback = (length: number): boolean => this.#read(dashboard, buffer, length);
    const options = { port: this.#target.port, host: '127.0.0.1', noDelay: true, onread: { buffer, callback } };
    const socket = this.#target.tls ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
    dashboard.socket = socket;
    socket.once(this.#target.tls ? 'secureConnect' : 'connect', () =>
      socket.write(this.#request(dashboard.index, query)),
    );
    return new Promise((resolve, reject) => {
      dashboard.whenReady = resolve;
      socket.on('error', (error) => {
        if (dashboard.state === 'handshake') reject(error);
      });
      socket.on('close', () => {
        if (dashboard.socket !== socket) return;
        if (dashboard.state !== 'ready')
          reject(new Error(`dashboard ${dashboard.index} was closed while it connected`));
        this.#closed(dashboard, 0);
      });
    });
  }

  #request(index: number, query: string): string {
    const { port, protocol, rooms } = this.#target;
    const path = this.#target.path.replace('{room}', rooms[index % rooms.length] ?? '');
    const target = query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
    const offer = protocol === '' ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
    return (
      `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bWVrcyBiZW5jaG1hcmsuLg==\r\n${offer}\r\n`
    );
  }

  /** Returns false to be left alone until the next `resume`. */
  #read(dashboard: Dashboard, buffer: Buffer, length: number): boolean {
    const nowMs = monotonicMs();
    if (dashboard.state === 'handshake') this.#readHandshake(dashboard, buffer, length, nowMs);
    else this.#reader.read(dashboard.index, buffer, 0, length, nowMs);
    return dashboard.temper === 'good' || !this.#running;
  }

  #readHandshake(dashboard: Dashboard, buffer: Buffer, length: number, nowMs: number): void {
    const before = dashboard.handshake.length;
    dashboard.handshake += buffer.toString('latin1', 0, length);
    const end = dashboard.handshake.indexOf('\r\n\r\n');
    if (end < 0) return;
    const status = dashboard.handshake.slice(0, dashboard.handshake.indexOf('\r\n'));
    if (!status.startsWith('HTTP/1.1 101')) {
      dashboard.socket?.destroy(new Error(`dashboard ${dashboard.index} was refused: ${status}`));
      return;
    }
    dashboard.state = 'greeting';
    if (this.#wire.greeting !== '') this.#say(dashboard, this.#wire.greeting);
    if (!this.#wire.waitsForReady) this.#ready(dashboard);
    this.#reader.read(dashboard.index, buffer, end + 4 - before, length, nowMs);
  }

  #ready(dashboard: Dashboard): void {
    dashboard.state = 'ready';
    dashboard.handshake = '';
    if (this.#running && this.#wire.name !== 'meks') this.#recorder.back(dashboard.index, monotonicMs(), false);
    dashboard.whenReady?.();
    dashboard.whenReady = null;
  }

  #say(dashboard: Dashboard, text: string): void {
    dashboard.socket?.write(websocketFrame(Buffer.from(text), this.#wire.binary ? 0x82 : 0x81, true));
  }

  #leave(dashboard: Dashboard): void {
    const socket = dashboard.socket;
    dashboard.socket = null;
    dashboard.state = 'away';
    socket?.destroy();
  }

  #closed(dashboard: Dashboard, code: number): void {
    if (dashboard.socket === null) return;
    if (!this.#ending) this.closes.set(code, (this.closes.get(code) ?? 0) + 1);
    this.#leave(dashboard);
  }
}
