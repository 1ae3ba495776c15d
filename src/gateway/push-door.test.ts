import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRig, withRig } from '../../test/support/gateway-rig.ts';
import { rawRequest } from '../../test/support/http-raw.ts';
import { handshakeHeaders, RawSocket, request } from '../../test/support/raw-socket.ts';
import { until } from '../../test/support/until.ts';
import { clientFrame, opcodes, splitFrames } from '../../test/support/websocket-wire.ts';
import { limits } from '../protocol/limits.ts';
import { type PushAnswer, pushSubprotocol } from '../protocol/push.ts';
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

/** The answer whose ack has 100 KB. */
const largeAnswer: PushAnswer = {
  kind: 'taken',
  malformed: [{ item: 1, reason: 'x'.repeat(100_000) }],
  malformedCount: 1,
  taken: 1,
  understood: 1,
  duplicates: 0,
  ignored: 0,
  quarantined: 0,
  unknown: 0,
};

test('a pusher that reads no acks is not read either, and goes on where it was once it does', async () => {
  await withRig({ cold: true }, async (rig) => {
    let taken = 0;
    rig.room.pushed = {
      admits: () => true,
      take: () => {
        taken++;
        return Promise.resolve(largeAnswer);
      },
      connected: () => undefined,
      disconnected: () => undefined,
    };
    const headers = { ...handshakeHeaders, 'sec-websocket-protocol': `${pushSubprotocol}, the-token` };
    // So long that one read of a socket holds few of them.
    const push = clientFrame({ opcode: opcodes.text, payload: JSON.stringify('x'.repeat(16_000)) });
    const open = async (): Promise<RawSocket> => {
      const raw = await RawSocket.open(rig.port);
      raw.send(request(rig.port, 'GET /v1/rooms/main/push', headers));
      await until('it is welcome', () => raw.text.includes('"kind":"welcome"'));
      raw.take();
      return raw;
    };
    const deaf = await open();
    deaf.socket.pause();
    // Acks of 20 MB: more than the kernel keeps for both ends of a connection.
    const pushes = 200;
    deaf.send(Buffer.concat(Array.from({ length: pushes }, () => push)));
    // Another one is served all the time: by the end of its pushes those of the first would all have been taken.
    const reader = await open();
    for (let n = 1; n <= pushes; n++) {
      reader.send(push);
      await until(
        'it is acknowledged',
        () => reader.text.includes(`"push":${n},`) || reader.text.includes(`"push":${n}}`),
      );
      reader.take();
    }
    assert.ok(taken < 2 * pushes, `${taken - pushes} of ${pushes} were taken`);
    deaf.socket.resume();
    await until('all are acknowledged', () => deaf.received.length > pushes * 100_000 && taken === 2 * pushes);
    await until('all have come', () => splitFrames(deaf.received).frames.length === pushes);
    for (const raw of [deaf, reader]) raw.close();
  });
});
