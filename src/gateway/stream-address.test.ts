import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStreamAddress } from './stream-address.ts';

test('a stream is named by its room, and by the place to go on from', () => {
  assert.deepEqual(parseStreamAddress('/v1/rooms/main/stream'), { kind: 'stream', room: 'main', since: null });
  assert.deepEqual(parseStreamAddress('/v1/rooms/%40cre%C3%A4tor/events?x=1&since=a:7'), {
    kind: 'events',
    room: '@creätor',
    since: 'a:7',
  });
  assert.equal(parseStreamAddress('/v1/rooms/main/stream?since=')?.since, '');
  assert.equal(parseStreamAddress('/v1/rooms/main/stream?since=a%3A7')?.since, 'a:7');
});

test('a name that cannot be decoded is a name that no room has', () => {
  assert.equal(parseStreamAddress('/v1/rooms/%ff%/stream')?.room, '');
});

test('anything else names no stream', () => {
  const others = (
    '/ * /v1/rooms /v1/rooms/main /v1/rooms//stream /v1/rooms/a/b/stream /v1/rooms/main/streams ' +
    '/v1/rooms/main/stream/ //v1/rooms/main/stream http://host/v1/rooms/main/stream /v1/rooms/main?/stream'
  ).split(' ');
  for (const url of ['', ...others]) assert.equal(parseStreamAddress(url), null, url);
});
