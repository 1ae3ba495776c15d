import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '../support/until.ts';
import { clientFrame, opcodes, type WireClient } from '../support/websocket-wire.ts';
import { Conformance, protocolError } from './stream.ts';

// RFC 6455 §5.5: pings and pongs. Autobahn section 2.

const broker = await Conformance.open();
after(async () => await broker.close());

const { ping, pong, close } = opcodes;

function pongs(client: WireClient): string[] {
  return client
    .read()
    .filter((frame) => frame.opcode === pong)
    .map((frame) => frame.payload.toString('latin1'));
}

test('5.5.2: a ping is answered with a pong that carries the same bytes', async () => {
  const client = await broker.connect();
  const payloads = [
    '',
    'hello',
    Buffer.of(0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff).toString('latin1'),
    'x'.repeat(125),
  ];
  for (const payload of payloads) client.send({ opcode: ping, payload: Buffer.from(payload, 'latin1') });
  await until('all are answered', () => pongs(client).length === payloads.length);
  assert.deepEqual(pongs(client), payloads);
  client.close();
});

test('5.5.2: pings sent at once are answered in their order', async () => {
  const client = await broker.connect();
  const payloads = Array.from({ length: 10 }, (_, index) => `ping ${index}`);
  client.raw.send(Buffer.concat(payloads.map((payload) => clientFrame({ opcode: ping, payload }))));
  await until('all are answered', () => pongs(client).length === 10);
  assert.deepEqual(pongs(client), payloads);
  client.close();
});

test('5.5.2: a ping is answered whatever packets its bytes come in', async () => {
  const client = await broker.connect();
  await client.raw.sendByteByByte(clientFrame({ opcode: ping, payload: 'slowly' }));
  await until('it is answered', () => pongs(client).includes('slowly'));
  client.close();
});

test('5.5.3: a pong that nobody asked for is taken as it is', async () => {
  const client = await broker.connect();
  client.send({ opcode: pong, payload: 'unasked' });
  client.send({ opcode: ping, payload: 'asked' });
  await until('the ping is answered', () => pongs(client).length > 0);
  assert.deepEqual(pongs(client), ['asked']);
  client.close();
});

test('5.5: a control frame of more than 125 bytes is refused', async () => {
  for (const opcode of [ping, pong, close])
    await broker.isRefused(protocolError, { opcode, payload: Buffer.alloc(126, 0x2a) });
});

test('5.5: a control frame in pieces is refused', async () => {
  for (const opcode of [ping, pong, close])
    await broker.isRefused(
      protocolError,
      { opcode, fin: false, payload: 'a' },
      { opcode: opcodes.continuation, payload: 'b' },
    );
});
