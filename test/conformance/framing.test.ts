import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '../support/until.ts';
import { clientFrame, opcodes } from '../support/websocket-wire.ts';
import { Conformance, protocolError, tooBig } from './stream.ts';

// RFC 6455 §5.2 to §5.6: frames, masks, reserved bits and opcodes, lengths. Autobahn sections 1, 3, 4, 9 and 10.

const broker = await Conformance.open();
after(async () => await broker.close());

const { text, binary, ping, close } = opcodes;
const messageBytesMax = 4096;

test('5.2: messages of every form of length are read', async () => {
  for (const length of [0, 1, 125, 126, 127, 128, 1000, messageBytesMax]) {
    await broker.isMessage(`text ${length}`, { opcode: text, payload: 'x'.repeat(length) });
    await broker.isMessage(`binary ${length}`, { opcode: binary, payload: Buffer.alloc(length, 0xfe) });
  }
});

test('5.2: a length that is told in more bits than it needs is read all the same', async () => {
  await broker.isMessage('text 5', { opcode: text, payload: 'hello', lengthBits: 16 });
  await broker.isMessage('text 5', { opcode: text, payload: 'hello', lengthBits: 64 });
});

test('10.4: a message above the limit is refused', async () => {
  await broker.isRefused(tooBig, { opcode: text, payload: 'x'.repeat(messageBytesMax + 1) });
  await broker.isRefused(tooBig, { opcode: binary, payload: Buffer.alloc(100_000) });
});

test('10.4: a length that no machine could hold is refused by its number alone', async () => {
  const client = await broker.connect();
  client.raw.send(Buffer.from('82ff7fffffffffffffff00000000', 'hex'));
  assert.ok([tooBig, protocolError].includes((await client.expectClose()).code));
  client.close();
});

test('5.1: a frame that is not masked is refused', async () => {
  for (const opcode of [text, binary, ping, close]) await broker.isRefused(protocolError, { opcode, masked: false });
});

test('5.1: frames of the server are not masked', async () => {
  const client = await broker.connect();
  client.send({ opcode: ping, payload: 'x' });
  await client.expect(opcodes.pong);
  assert.ok(client.frames.every((frame) => !frame.masked));
  client.close();
});

test('5.2: reserved bits are refused where no extension gave them a meaning', async () => {
  for (const reserved of [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70])
    for (const opcode of [text, binary, ping, close])
      await broker.isRefused(protocolError, { opcode, reserved, payload: '' });
});

test('5.2: reserved opcodes are refused', async () => {
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    await broker.isRefused(protocolError, { opcode });
    await broker.isRefused(protocolError, { opcode, payload: 'payload' });
  }
});

test('5.2: frames are read however their bytes are cut into packets', async () => {
  const frames = [
    { opcode: ping, payload: 'first' },
    { opcode: text, payload: 'é'.repeat(100) },
  ];
  const bytes = Buffer.concat(frames.map(clientFrame));
  for (let cut = 1; cut < bytes.length; cut += 7) {
    const client = await broker.connect();
    client.raw.send(bytes.subarray(0, cut));
    await new Promise(setImmediate);
    client.raw.send(bytes.subarray(cut));
    const { message } = await broker.closing(client);
    assert.equal(message, 'text 200', `cut at ${cut}`);
  }
});

test('1.7: what is broken on one connection is broken on no other', async () => {
  const bystander = await broker.connect();
  await broker.isRefused(protocolError, { opcode: 15 });
  bystander.send({ opcode: ping, payload: 'still here' });
  await until('it is answered', () => bystander.read().some((frame) => frame.payload.toString() === 'still here'));
  bystander.close();
});
