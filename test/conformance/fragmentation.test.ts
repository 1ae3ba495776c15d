import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type FrameOptions, opcodes } from '../support/websocket-wire.ts';
import { Conformance, notUnderstood, protocolError, tooBig } from './stream.ts';

// RFC 6455 §5.4: messages in pieces. Autobahn section 5.

const broker = await Conformance.open();
after(async () => await broker.close());

const { text, binary, continuation, ping, pong } = opcodes;
const first = (payload: string, opcode: number = text): FrameOptions => ({ opcode, payload, fin: false });
const middle = (payload: string): FrameOptions => ({ opcode: continuation, payload, fin: false });
const last = (payload: string): FrameOptions => ({ opcode: continuation, payload });

test('5.4: pieces are put together in their order', async () => {
  await broker.isMessage('text 6', first('abc'), last('def'));
  await broker.isMessage('binary 9', first('abc', binary), middle('def'), last('ghi'));
});

test('5.4: pieces may be empty', async () => {
  await broker.isMessage('text 0', first(''), middle(''), last(''));
  await broker.isMessage('text 3', first(''), middle('abc'), last(''));
});

test('5.4: a control frame between pieces is answered at once, and does not disturb the message', async () => {
  const client = await broker.connect();
  client.send(first('abc'));
  client.send({ opcode: ping, payload: 'in between' });
  assert.equal((await client.expect(pong)).payload.toString(), 'in between');
  client.send(middle('def'));
  client.send({ opcode: pong });
  client.send(last('ghi'));
  const { code, message } = await broker.closing(client);
  assert.deepEqual([code, message], [notUnderstood, 'text 9']);
});

test('5.4: a continuation of nothing is refused', async () => {
  await broker.isRefused(protocolError, last('abc'));
  await broker.isRefused(protocolError, middle('abc'));
});

test('5.4: a new message inside of another is refused', async () => {
  await broker.isRefused(protocolError, first('abc'), { opcode: text, payload: 'def' });
  await broker.isRefused(protocolError, first('abc'), first('def', binary));
});

test('10.4: the limit holds for the whole message, not for its pieces', async () => {
  await broker.isRefused(tooBig, first('x'.repeat(4000)), last('x'.repeat(97)));
});

test('10.4: the number of pieces has a limit of its own, because each costs memory', async () => {
  // 1008 is what `ws` says to too many pieces.
  const client = await broker.connect();
  client.send(first(''));
  for (let piece = 0; piece < 200; piece++) client.send(middle(''));
  assert.equal((await client.expectClose()).code, 1008);
  client.close();
});
