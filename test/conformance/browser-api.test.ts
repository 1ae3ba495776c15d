import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openRig } from '../support/gateway-rig.ts';

// What a page sees: the WebSocket of the web platform, as Node has it. It hides HTTP errors of a failed handshake, and
// fails a handshake whose answer names no protocol although some were offered; so the broker tells what is wrong by
// close codes, after a handshake that succeeded.

const rig = await openRig();
after(async () => await rig.close());

interface Seen {
  readonly opened: boolean;
  readonly code: number;
  readonly reason: string;
  readonly messages: readonly string[];
}

async function see(path: string, protocols: string | string[]): Promise<Seen> {
  const socket = new WebSocket(`ws://127.0.0.1:${rig.port}${path}`, protocols);
  const messages: string[] = [];
  let opened = false;
  socket.addEventListener('open', () => (opened = true));
  socket.addEventListener('message', (event) => messages.push(String(event.data)));
  const { code, reason } = await new Promise<CloseEvent>((resolve) => {
    socket.addEventListener('close', resolve);
  });
  return { opened, code, reason, messages };
}

test('an unknown room, a malformed position and a wrong subprotocol are seen by their codes', async () => {
  const cases: readonly [string, string | string[], number][] = [
    ['/v1/rooms/nobody/stream', 'meks.v1', 4501],
    ['/v1/rooms/main/stream?since=nonsense', 'meks.v1', 4502],
    ['/v1/rooms/main/stream', 'chat', 4503],
    ['/v1/rooms/main/stream', ['chat', 'superchat'], 4503],
    ['/v1/rooms/main/stream', [], 4503],
  ];
  for (const [path, protocols, code] of cases) {
    const seen = await see(path, protocols);
    assert.deepEqual([seen.opened, seen.code], [true, code], `${path} ${String(protocols)}`);
    assert.equal(seen.messages.length, 1);
    assert.notEqual(seen.reason, '');
  }
});

test('a stream opens with the subprotocol that was asked for, and closes cleanly', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${rig.port}/v1/rooms/main/stream`, ['other', 'meks.v1']);
  const first = await new Promise<MessageEvent>((resolve) => {
    socket.addEventListener('message', resolve);
  });
  assert.equal(socket.protocol, 'meks.v1');
  assert.deepEqual(JSON.parse(String(first.data)), rig.room.greeting[0]);
  socket.close(1000);
  const closed = await new Promise<CloseEvent>((resolve) => {
    socket.addEventListener('close', resolve);
  });
  assert.deepEqual([closed.wasClean, closed.code], [true, 1000]);
});
