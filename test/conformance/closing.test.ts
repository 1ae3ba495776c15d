import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '../support/until.ts';
import { opcodes } from '../support/websocket-wire.ts';
import { badText, Conformance, protocolError } from './stream.ts';

// RFC 6455 §5.5.1, §7: the closing handshake and its codes. Autobahn section 7.

const broker = await Conformance.open();
after(async () => await broker.close());

const { close, text, ping, pong } = opcodes;

function closePayload(code: number, reason: string | Uint8Array = ''): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return Buffer.concat([payload, Buffer.from(reason)]);
}

test('7.1.5: a close is answered with a close of the same code, and the server ends the connection', async () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
    const client = await broker.connect();
    client.send({ opcode: close, payload: closePayload(code) });
    assert.equal((await client.expectClose()).code, code);
    await until('the server ends the connection', () => client.raw.ended);
    client.close();
  }
});

test('5.5.1: a close without a code is answered with a close', async () => {
  const client = await broker.connect();
  client.send({ opcode: close });
  assert.ok([1000, 1005].includes((await client.expectClose()).code));
  await until('the server ends the connection', () => client.raw.ended);
  client.close();
});

test('7.4: codes that must not be sent are refused', async () => {
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
    await broker.isRefused(protocolError, { opcode: close, payload: closePayload(code) });
});

test('5.5.1: a close payload of one byte is refused', async () => {
  await broker.isRefused(protocolError, { opcode: close, payload: 'x' });
});

test('5.5.1: a reason of up to 123 bytes is taken, if it is UTF-8', async () => {
  const client = await broker.connect();
  client.send({ opcode: close, payload: closePayload(1000, 'x'.repeat(123)) });
  assert.equal((await client.expectClose()).code, 1000);
  client.close();
  await broker.isRefused(badText, {
    opcode: close,
    payload: closePayload(1000, Buffer.of(0xce, 0xba, 0xed, 0xa0, 0x80)),
  });
});

test('1.4: nothing that comes after a close is looked at', async () => {
  const client = await broker.connect();
  client.send({ opcode: close, payload: closePayload(1000) });
  client.send({ opcode: ping, payload: 'too late' });
  client.send({ opcode: text, payload: 'too late' });
  assert.equal((await client.expectClose()).code, 1000);
  await until('the server ends the connection', () => client.raw.ended);
  assert.ok(!client.read().some((frame) => frame.opcode === pong));
  assert.ok(!client.messages().some((message) => message['kind'] === 'error'));
  client.close();
});

test('7.1.7: a connection that is cut without a close costs nobody else anything', async () => {
  const bystander = await broker.connect();
  for (let cut = 0; cut < 20; cut++) {
    const client = await broker.connect();
    client.raw.send(Buffer.of(0x81));
    client.raw.socket.resetAndDestroy();
  }
  bystander.send({ opcode: ping });
  await bystander.expect(pong);
  bystander.close();
});
