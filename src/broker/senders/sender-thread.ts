import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { assert, unreachable } from '../../base/assert.ts';
import { clockOriginMs, systemClock } from '../../base/clock.ts';
import { Counters } from '../../base/counters.ts';
import { DoorbellWatch } from '../../base/doorbell.ts';
import type { Log, LogFields } from '../../base/log.ts';
import { stopMessage, type ThreadData } from '../../base/supervised-thread.ts';
import { findRoom, Gateway, gatewayCounterSpec } from '../../gateway/gateway.ts';
import { MeksError } from '../../protocol/errors.ts';
import { BoardRelay } from './board-relay.ts';
import { PushRelay } from './push-relay.ts';
import type { FromSender, SenderSettings, ToSender } from './sender-messages.ts';
import { SenderRoom } from './sender-room.ts';

// A sender thread's program: the one port once more, and for each room a delivery over a ring that follows the shared
// one. Sleeps until the bell is rung; asks the hot thread for nothing but snapshots.

const { settings, ports }: ThreadData<SenderSettings> = workerData;
const control = ports['sender']!;
const offsetMs = settings.hotOriginMs - clockOriginMs();
const rooms = new Map<string, SenderRoom>();
const counters = settings.gatewayValues.map((values) => new Counters(gatewayCounterSpec, values));
const own = counters[settings.index - 1]!;
let gateway: Gateway | null = null;
let cold: MessagePort | null = null;

function say(message: FromSender): void {
  control.postMessage(message);
}

const pushRooms = new PushRelay(say);
const boards = new BoardRelay(systemClock, say);

const log: Log = {
  info: (event, fields) => logLine('info', event, fields),
  warn: (event, fields) => logLine('warn', event, fields),
  error: (event, fields) => logLine('error', event, fields),
};

function logLine(level: 'info' | 'warn' | 'error', event: string, fields: LogFields = {}): void {
  say({ kind: 'log', level, event, fields });
}

/** Streams that the other senders have open. */
function elsewhere(): number {
  let sum = 0;
  for (const other of counters) if (other !== own) sum += other.get('connections');
  return sum;
}

async function listen(port: number): Promise<void> {
  const { host, allowedHosts, allowedOrigins, compress, portShared } = settings;
  gateway = new Gateway({
    clock: systemClock,
    log,
    host,
    port,
    allowedHosts,
    allowedOrigins,
    compress,
    counters: own,
    rooms: { portShared, elsewhere, pushRooms, find: (name) => rooms.get(name) ?? findRoom(rooms.values(), name) },
  });
  if (cold !== null) gateway.coldUser.started(cold);
  try {
    say({ kind: 'listening', ...(await gateway.listen()) });
  } catch (error) {
    if (!(error instanceof MeksError)) throw error;
    say({ kind: 'not-listening', code: error.code, message: error.message });
  }
}

function takeCold(port: MessagePort): void {
  cold = port;
  gateway?.coldUser.started(port);
  port.on('close', () => {
    if (cold !== port) return;
    cold = null;
    gateway?.coldUser.stopped();
  });
}

const watch = new DoorbellWatch({
  memory: settings.bell,
  clock: systemClock,
  look: () => {
    for (const room of rooms.values()) room.wake();
  },
  news: () => {
    for (const room of rooms.values()) if (room.news) return true;
    return false;
  },
});

function take(message: ToSender): void {
  switch (message.kind) {
    case 'listen':
      void listen(message.port);
      break;
    case 'room': {
      const { id } = message.room;
      assert(!rooms.has(id), `room ${id} is opened once`);
      const askSnapshot = (): void => say({ kind: 'snapshot-wanted', id });
      rooms.set(id, new SenderRoom({ clock: systemClock, room: message.room, offsetMs, boards, askSnapshot }));
      break;
    }
    case 'room-closed':
      rooms.get(message.id)?.close(message.reason);
      rooms.delete(message.id);
      break;
    case 'announce':
      rooms.get(message.id)?.announce();
      break;
    case 'snapshot':
      rooms.get(message.id)?.snapshotCame(message.seq, message.bytes);
      break;
    case 'push-admission':
    case 'push-answer':
      pushRooms.take(message);
      break;
    case 'board-bytes':
    case 'board-ping':
    case 'board-close':
    case 'board-refused':
      boards.take(message);
      break;
    case 'cold':
      takeCold(message.port);
      break;
    case 'close':
      void close();
      break;
    default:
      unreachable(message);
  }
}

async function close(): Promise<void> {
  watch.end();
  await gateway?.close();
  say({ kind: 'closed' });
}

control.on('message', take);
watch.start();
parentPort!.on('message', (message: unknown) => {
  if (message === stopMessage) process.exit();
});
