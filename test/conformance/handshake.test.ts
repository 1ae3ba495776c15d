import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { codeOf, readAnswer } from '../support/http-raw.ts';
import { handshakeHeaders, RawSocket, request } from '../support/raw-socket.ts';
import { until } from '../support/until.ts';
import { Conformance } from './stream.ts';

// RFC 6455 §4: the opening handshake.

const broker = await Conformance.open();
after(async () => await broker.close());

/** The answer to a handshake with these changes; a header set to '' is left out. */
async function refused(changes: Record<string, string>, method = 'GET'): Promise<string> {
  const raw = await RawSocket.open(broker.port);
  const merged: Record<string, string> = { ...handshakeHeaders, ...changes };
  const headers = Object.entries(merged).filter(([, value]) => value !== '');
  raw.send(request(broker.port, `${method} /v1/rooms/main/stream`, Object.fromEntries(headers)));
  const answer = await readAnswer(raw);
  await until('the connection is ended', () => raw.ended);
  raw.close();
  return `${answer.status} ${codeOf(answer)}`;
}

test('4.2.2: the answer proves that the key was read', async () => {
  const client = await broker.connect();
  const [status, ...lines] = client.head.trim().split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(': ')));
  assert.equal(status, 'HTTP/1.1 101 Switching Protocols');
  assert.equal(headers['upgrade'], 'websocket');
  assert.equal(headers['connection'], 'upgrade');
  // The key and its answer of §1.3.
  assert.match(client.head, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  client.close();
});

test('4.2.1: words are read whatever their case, and among others', async () => {
  const client = await broker.connect({ upgrade: 'WebSocket', connection: 'keep-alive, upgrade' });
  assert.match(client.head, /^HTTP\/1\.1 101 /);
  client.close();
});

test('9.1: an extension that was offered and is not wanted is not agreed to', async () => {
  const offer = 'permessage-deflate; client_max_window_bits, x-unknown';
  const client = await broker.connect({ 'sec-websocket-extensions': offer });
  assert.match(client.head, /^HTTP\/1\.1 101 /);
  assert.doesNotMatch(client.head, /sec-websocket-extensions/i);
  client.close();
});

test('4.2.1: a handshake without a good key is refused', async () => {
  for (const key of ['', 'short', 'dGhlIHNhbXBsZSBub25jZQ', 'dGhlIHNhbXBsZSBub25jZSBpcyBsb25n'])
    assert.equal(await refused({ 'sec-websocket-key': key }), '400 MEKS_HANDSHAKE_INVALID', key);
});

test('4.4: another version is refused with the one that is spoken', async () => {
  for (const version of ['', '0', '12', '14', 'thirteen'])
    assert.equal(await refused({ 'sec-websocket-version': version }), '426 MEKS_UPGRADE_REQUIRED', version);
  const raw = await RawSocket.open(broker.port);
  raw.send(request(broker.port, 'GET /v1/rooms/main/stream', { ...handshakeHeaders, 'sec-websocket-version': '12' }));
  const answer = await readAnswer(raw);
  assert.equal(answer.headers['sec-websocket-version'], '13');
  raw.close();
});

test('4.2.1: only GET may open a connection', async () => {
  assert.equal(await refused({}, 'POST'), '400 MEKS_HANDSHAKE_INVALID');
});

test('11.3.4: a malformed list of subprotocols is refused', async () => {
  assert.equal(await refused({ 'sec-websocket-protocol': 'meks.v1,,' }), '400 MEKS_HANDSHAKE_INVALID');
  assert.equal(await refused({ 'sec-websocket-protocol': 'meks.v1, meks.v1' }), '400 MEKS_HANDSHAKE_INVALID');
});
