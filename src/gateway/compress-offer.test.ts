import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { compressionAgreed } from './compress-offer.ts';

function handshake(extensions: string, remoteAddress: string, forwarded = false): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  const request = new IncomingMessage(socket);
  if (extensions !== '') request.headers['sec-websocket-extensions'] = extensions;
  if (forwarded) request.headers['x-forwarded-for'] = '192.0.2.7';
  return request;
}

test('compression is agreed to with who asks and is elsewhere; a proxy on this machine speaks for somebody elsewhere', () => {
  const offer = 'permessage-deflate; client_max_window_bits';
  for (const [address, forwarded, remote] of [
    ['127.0.0.1', false, false],
    ['::1', false, false],
    ['::ffff:127.0.0.1', false, false],
    ['::ffff:127.0.0.1', true, true],
    ['192.0.2.1', false, true],
  ] as const) {
    assert.equal(compressionAgreed(handshake(offer, address, forwarded), 'remote'), remote, address);
    assert.equal(compressionAgreed(handshake(offer, address, forwarded), 'always'), true);
    assert.equal(compressionAgreed(handshake(offer, address, forwarded), 'never'), false);
  }
});

test('offers that want a window of their own, or are of something else, get plain frames', () => {
  for (const offer of [
    '',
    'x-webkit-deflate-frame',
    'permessage-deflated',
    'permessage-deflate; server_no_context_takeover',
    'permessage-deflate; server_max_window_bits=10',
    'permessage-deflate; server_no_context_takeover, permessage-deflate',
  ])
    assert.equal(compressionAgreed(handshake(offer, '192.0.2.1'), 'always'), false, offer);
  for (const offer of [
    'permessage-deflate',
    'foo, permessage-deflate',
    'permessage-deflate; client_no_context_takeover',
  ])
    assert.equal(compressionAgreed(handshake(offer, '192.0.2.1'), 'always'), true, offer);
});
