import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originForm, parseStreamAddress } from './stream-address.ts';

test('a stream is named by its room, and by the place to go on from', () => {
  assert.deepEqual(parseStreamAddress('/v1/rooms/main/stream'), {
    kind: 'stream',
    room: 'main',
    since: null,
    board: null,
  });
  assert.deepEqual(parseStreamAddress('/v1/rooms/%40cre%C3%A4tor/events?x=1&since=a:7'), {
    kind: 'events',
    room: '@creätor',
    since: 'a:7',
    board: null,
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

test('a board is named by its scope, and by how much of it is shown', () => {
  const request = (url: string): unknown => parseStreamAddress(`/v1/rooms/main/boards/${url}`)?.board;
  assert.deepEqual(request('session/stream'), {
    kind: 'board',
    request: { scope: { kind: 'session' }, rows: 20, around: '', each: 0 },
  });
  assert.deepEqual(request('side-1-77/events?rows=5&around=42'), {
    kind: 'board',
    request: { scope: { kind: 'side', side: 1, battleId: '77' }, rows: 5, around: '42', each: 3 },
  });
  assert.deepEqual(request('5m/stream?rows=0&around=42&each=1'), {
    kind: 'board',
    request: { scope: { kind: 'window', minutes: 5 }, rows: 0, around: '42', each: 1 },
  });
});

test('what is wrong with a board that is asked for is said in words', () => {
  const problems: readonly (readonly [url: string, says: RegExp])[] = [
    ['sessions/stream', /"sessions" is no board: there are session, day/],
    ['%ff/stream', /"" is no board/],
    ['session/stream?rows=101', /rows="101": 0 to 100/],
    ['session/stream?rows=-1', /rows="-1"/],
    ['session/stream?rows=1e1', /rows="1e1"/],
    ['session/stream?each=11&around=4', /each="11": 0 to 10/],
    ['session/stream?around=a%20b', /around="a b" is no user id/],
    ['session/stream?rows=0', /nothing to show/],
  ];
  for (const [url, says] of problems) {
    const board = parseStreamAddress(`/v1/rooms/main/boards/${url}`)?.board;
    assert.ok(board?.kind === 'invalid' && says.test(board.message), `${url}: ${JSON.stringify(board)}`);
  }
});

test('a target that names the whole address is the path in it', () => {
  const targets = {
    '/v1/rooms?a=http://b/c': '/v1/rooms?a=http://b/c',
    '//v1/rooms': '//v1/rooms',
    'http://127.0.0.1:4820/v1/rooms/main/stream?since=a:1': '/v1/rooms/main/stream?since=a:1',
    'HTTPS://broker.example': '/',
    'http://broker.example?a=1': '/?a=1',
    'http://[no-address/healthz': '/healthz',
    '*': '*',
    'ftp://broker.example/a': 'ftp://broker.example/a',
  };
  for (const [target, path] of Object.entries(targets)) assert.equal(originForm(target), path);
});
