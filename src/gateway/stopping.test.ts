import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { openRig, type Rig } from '../../test/support/gateway-rig.ts';
import { handshakeHeaders, RawSocket, request } from '../../test/support/raw-socket.ts';
import { until } from '../../test/support/until.ts';
import { WireClient } from '../../test/support/websocket-wire.ts';
import { pushSubprotocol } from '../protocol/push.ts';
import type { PushAdmission } from './push-rooms.ts';
import type { PushTarget } from './rooms.ts';

// Who arrives while the gateway stops: their connection was accepted before, their request is complete only then.

const stream = 'GET /v1/rooms/main/stream';
const pushHeaders = { ...handshakeHeaders, 'sec-websocket-protocol': `${pushSubprotocol}, the-token` };

/** Sends all of `text` but its end; the function returned sends that. */
async function nearly(rig: Rig, text: string): Promise<{ readonly raw: RawSocket; readonly complete: () => void }> {
  const raw = await RawSocket.open(rig.port);
  raw.send(text.slice(0, -2));
  return { raw, complete: () => raw.send(text.slice(-2)) };
}

/** Stops a gateway of which a dashboard does not answer the close, so that the stop takes as long as it may. */
async function stopSlowly(rig: Rig): Promise<{ readonly stopped: Promise<void> }> {
  const mute = await WireClient.open(rig.port, '/v1/rooms/main/stream');
  const stopped = rig.close();
  await mute.expectClose();
  return { stopped: stopped.finally(() => mute.close()) };
}

test('a dashboard that arrives while the gateway stops is sent away, and does not hold it up', async () => {
  // At one in a second the second one would wait for its turn, which nobody gives any more.
  const rig = await openRig({ limits: { closeMs: 300, openingsPerSecondMax: 1 } });
  const late = [
    await nearly(rig, request(rig.port, stream, handshakeHeaders)),
    await nearly(rig, request(rig.port, 'GET /v1/rooms/main/events')),
  ];
  const { stopped } = await stopSlowly(rig);
  for (const { complete } of late) complete();
  await until('they are sent away', () => late.every(({ raw }) => raw.closed));
  await stopped;
  assert.equal(rig.room.seats.length, 1, 'nobody was let in');
  assert.equal(rig.gateway.counters.get('upgradesAbandoned'), 2);
  await assertSums(rig.gateway);
});

/** A room that is pushed to, and notes who comes and goes. */
class NotedTarget implements PushTarget {
  connections = 0;
  admits = (): boolean => true;
  take: PushTarget['take'] = () => Promise.resolve({ kind: 'busy' });
  connected = (): void => void this.connections++;
  disconnected = (): void => void this.connections--;
}

test('a pusher that arrives while the gateway stops is sent away', async () => {
  const target = new NotedTarget();
  const rig = await openRig({ limits: { closeMs: 300 } });
  rig.room.pushed = target;
  const late = await nearly(rig, request(rig.port, 'GET /v1/rooms/main/push', pushHeaders));
  const { stopped } = await stopSlowly(rig);
  late.complete();
  await until('it is sent away', () => late.raw.closed);
  await stopped;
  const { counters } = rig.gateway;
  assert.deepEqual([counters.get('pushOpened'), counters.get('pushRefused'), target.connections], [0, 1, 0]);
});

/** A sender's gateway: whether a pusher may come in is for another thread to say, and takes a while. */
async function openSenderRig(): Promise<{ readonly rig: Rig; readonly asked: ((admission: PushAdmission) => void)[] }> {
  const asked: ((admission: PushAdmission) => void)[] = [];
  const pushRooms = { admit: () => new Promise<PushAdmission>((resolve) => void asked.push(resolve)) };
  const rooms = { find: () => null, portShared: false, elsewhere: () => 0, pushRooms };
  return { rig: await openRig({ rooms, limits: { closeMs: 300 } }), asked };
}

test('a pusher that waits to be admitted when the gateway stops is told to come back, and comes in nowhere', async () => {
  const target = new NotedTarget();
  const { rig, asked } = await openSenderRig();
  const raw = await RawSocket.open(rig.port);
  raw.send(request(rig.port, 'GET /v1/rooms/main/push', pushHeaders));
  await until('its token is looked at', () => asked.length === 1);
  const stopped = rig.close();
  asked[0]!({ kind: 'admitted', room: 'main', target });
  await stopped;
  await until('it is closed', () => raw.closed);
  assert.match(raw.text, /server is stopping/);
  const { counters } = rig.gateway;
  assert.deepEqual([counters.get('pushOpened'), counters.get('pushRefused'), target.connections], [0, 1, 0]);
});
