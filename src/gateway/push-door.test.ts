import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRig } from '../../test/support/gateway-rig.ts';
import { rawRequest } from '../../test/support/http-raw.ts';
import { handshakeHeaders, RawSocket, request } from '../../test/support/raw-socket.ts';
import { until } from '../../test/support/until.ts';
import { limits } from '../protocol/limits.ts';
import { pushSubprotocol } from '../protocol/push.ts';
import type { PushAdmission } from './push-rooms.ts';

test('pushers that go before they are admitted take no place from those who come', async () => {
  const asked: ((admission: PushAdmission) => void)[] = [];
  const pushRooms = { admit: () => new Promise<PushAdmission>((resolve) => void asked.push(resolve)) };
  const rig = await openRig({ rooms: { find: () => null, portShared: false, elsewhere: () => 0, pushRooms } });
  const told = { connected: 0, gone: 0 };
  const target = {
    admits: () => true,
    take: () => Promise.resolve({ kind: 'busy' } as const),
    connected: () => void told.connected++,
    disconnected: () => void told.connected--,
    gone: () => void told.gone++,
  };
  const headers = { ...handshakeHeaders, 'sec-websocket-protocol': `${pushSubprotocol}, the-token` };
  const arrive = async (): Promise<RawSocket> => {
    const raw = await RawSocket.open(rig.port);
    const before = asked.length;
    raw.send(request(rig.port, 'GET /v1/rooms/main/push', headers));
    await until('its token is looked at', () => asked.length > before);
    return raw;
  };
  const pushersMax = limits.pushConnectionsMax.value;
  for (let n = 0; n < pushersMax; n++) (await arrive()).socket.resetAndDestroy();
  // Whoever is answered after them came after they went.
  for (let n = 0; n < 2; n++) await rawRequest(rig.port, 'GET /v1/rooms');
  for (const admit of asked) admit({ kind: 'admitted', room: 'main', target });
  const { counters } = rig.gateway;
  await until('nobody of them is left', () => counters.get('pushOpened') + counters.get('pushRefused') === pushersMax);
  await until('nobody of them is left', () => counters.get('pushers') === 0);
  assert.deepEqual([told.connected, told.gone], [0, counters.get('pushRefused')]);
  const one = await arrive();
  asked.at(-1)!({ kind: 'admitted', room: 'main', target });
  await until('it is welcome', () => one.text.includes('"kind":"welcome"'));
  one.close();
  await rig.close();
});
