import { createHash } from 'node:crypto';
import { setPriority } from 'node:os';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { monotonicMs } from '../monotonic.ts';
import { Histogram } from './histogram.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { makeSchedule } from './schedule.ts';
import type { Phase } from './schedule.ts';
import { makeTape, websocketFrame } from './tape.ts';
import type { Upstream } from './tape.ts';

// The upstream of a run, on a thread of its own so that reading a thousand dashboards does not make it late. Open loop:
// a message goes out when it is due, whatever became of the one before; what the kernel does not take waits in memory
// and its latency counts. How late it was with each message is measured and reported.

export interface SenderSettings {
  readonly seed: number;
  readonly phases: readonly Phase[];
  readonly upstream: Upstream;
  /** Webcast connections, one a room: `?room=3` in the address says which. */
  readonly rooms: number;
  readonly wallStartMs: number;
}

export type SenderOrder =
  | { readonly kind: 'connect'; readonly port: number; readonly path: string }
  | { readonly kind: 'run'; readonly startMs: number }
  /** Asks for `sent`: how it went up to now. */
  | { readonly kind: 'report' };

export type SenderReport =
  /** `port` is where a Webcast client may connect; 0 for the other upstreams. */
  | { readonly kind: 'prepared'; readonly port: number; readonly bytesPerEvent: number }
  /** The program takes events from here: it has connected, or let itself be connected to. */
  | { readonly kind: 'linked' }
  | {
      readonly kind: 'sent';
      readonly accepted: number;
      readonly lateP99Ms: number;
      readonly lateMaxMs: number;
    };

/** Blocking longer than this would keep the loop from draining a socket that has come to a stand. */
const waitMsMax = 5;
const heartbeatEveryMs = 5_000;

if (parentPort === null) throw new Error('sender-thread.ts runs as a worker of generator.ts');
const port = parentPort;
const settings = workerData as SenderSettings;
const schedule = makeSchedule(settings.seed, settings.phases);
const tape = makeTape(schedule, settings.upstream, settings.wallStartMs, settings.rooms);
const lateness = new Histogram();
const sleeper = new Int32Array(new SharedArrayBuffer(4));
/** By room. */
const links: (Socket | undefined)[] = [];
const writtenBefore: number[] = [];
let startMs = 0;
let message = 0;
let position = 0;
let running = false;

port.on('message', (order: SenderOrder) => {
  if (order.kind === 'connect') connectTo(order.port, order.path);
  else if (order.kind === 'run') run(order.startMs);
  else tellSent();
});

// On Linux this is about the calling thread alone. A sender that waits behind the program for a core would be late for
// all programs; it needs a hundredth of one. Not allowed without privileges: then its lateness shows in the report.
try {
  setPriority(0, -10);
} catch {}

if (settings.upstream === 'webcast') serveWebcast();
else report({ kind: 'prepared', port: 0, bytesPerEvent: tape.bytesPerEvent });

function report(what: SenderReport): void {
  port.postMessage(what);
}

function run(atMs: number): void {
  startMs = atMs;
  running = true;
  for (const [room, link] of links.entries()) writtenBefore[room] = link?.bytesWritten ?? 0;
  setImmediate(turn);
}

/** Sends all that is due in one write, sleeps until something is due, and lets the loop breathe in between. */
function turn(): void {
  const nowMs = monotonicMs();
  let due = message;
  while (due < schedule.messages && startMs + schedule.messageDueMs[due]! <= nowMs) due++;
  if (due > message) {
    for (let sent = message; sent < due; sent++) lateness.record(nowMs - startMs - schedule.messageDueMs[sent]!);
    send(due);
  }
  if (message === schedule.messages) return;
  const waitMs = startMs + schedule.messageDueMs[message]! - monotonicMs();
  if (waitMs > 0) Atomics.wait(sleeper, 0, 0, Math.min(waitMs, waitMsMax));
  setImmediate(turn);
}

/** Writes all messages before `due`: to one room in one write, to several each into its own. */
function send(due: number): void {
  if (settings.rooms === 1) {
    const end = tape.messageEnd[due - 1]!;
    links[0]?.write(tape.bytes.subarray(position, end));
    position = end;
    message = due;
    return;
  }
  for (; message < due; message++) {
    const end = tape.messageEnd[message]!;
    links[message % settings.rooms]?.write(tape.bytes.subarray(position, end));
    position = end;
  }
}

/** What the kernel has taken of the tape is what the program was willing to read. */
function tellSent(): void {
  const left = links.map(
    (link, room) => (link?.bytesWritten ?? 0) - (link?.writableLength ?? 0) - writtenBefore[room]!,
  );
  let accepted = 0;
  for (let sent = 0; sent < schedule.messages; sent++) {
    const room = sent % settings.rooms;
    left[room]! -= tape.messageEnd[sent]! - (sent === 0 ? 0 : tape.messageEnd[sent - 1]!);
    if (left[room]! >= 0) accepted += schedule.messageFirstEvent[sent + 1]! - schedule.messageFirstEvent[sent]!;
  }
  report({
    kind: 'sent',
    accepted,
    lateP99Ms: lateness.quantileMs(0.99),
    lateMaxMs: lateness.maxMs,
  });
}

function connectTo(toPort: number, path: string): void {
  const socket = connect({ port: toPort, host: '127.0.0.1', noDelay: true });
  links[0] = socket;
  socket.on('error', (error) => {
    throw new Error(`upstream of the program broke: ${error.message}`);
  });
  socket.once('connect', () => {
    if (settings.upstream === 'length-prefixed') report({ kind: 'linked' });
    if (settings.upstream === 'nats') socket.write('CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n');
    if (settings.upstream === 'websocket') {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bWVrcyBiZW5jaG1hcmsuLg==\r\n\r\n',
      );
    }
  });
  // What the program says to its publisher (`101`, `PONG`, nchan's count of subscribers) only matters the first time.
  let linked = settings.upstream === 'length-prefixed';
  socket.on('data', (bytes) => {
    const text = linked ? '' : bytes.toString('latin1');
    if (linked || !(text.includes('PONG') || text.includes('101 Switching'))) {
      if (settings.upstream === 'nats' && bytes.length < 16 && bytes.toString('latin1') === 'PING\r\n')
        socket.write('PONG\r\n');
      return;
    }
    linked = true;
    report({ kind: 'linked' });
  });
}

/** TikTok's side of a Webcast connection, as far as a client needs it: the upgrade, the room's welcome, heartbeats. */
function serveWebcast(): void {
  const server = createServer({ noDelay: true }, (socket) => {
    let head = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      if (links.includes(socket)) return;
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const key = /sec-websocket-key: *(\S+)/i.exec(head)?.[1] ?? '';
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${accept}\r\nHandshake-Status: 0\r\nHandshake-Msg: OK\r\nHandshake-Options: ping-interval=15;\r\n\r\n`,
      );
      socket.write(pushFrame('im_enter_room_resp'));
      // Only while nothing else is said: the count of bytes taken is of the tape alone.
      const heartbeat = setInterval(() => running || socket.write(pushFrame('hb')), heartbeatEveryMs);
      socket.on('close', () => clearInterval(heartbeat));
      links[Number(/^GET [^ ]*[?&]room=(\d+)/.exec(head)?.[1] ?? 0)] = socket;
      if (links.filter((link) => link !== undefined).length === settings.rooms) report({ kind: 'linked' });
    });
  });
  server.listen(0, '127.0.0.1', () => {
    report({ kind: 'prepared', port: (server.address() as AddressInfo).port, bytesPerEvent: tape.bytesPerEvent });
  });
}

function pushFrame(payloadType: string): Buffer {
  const frame = new ProtobufWriter().varint(2, 1).varint(3, 8_888).varint(4, 8).text(6, 'pb').text(7, payloadType);
  return websocketFrame(frame.bytes(8, new Uint8Array()).finish(), 0x82, false);
}
