import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { SocketEvents } from '../client/environment.ts';
import { ScopedBoard } from './scoped-board.ts';

// Boards that come one after the other, from a broker in memory.

function stage() {
  const clock = new VirtualClock();
  const sockets: { readonly url: string; readonly events: SocketEvents }[] = [];
  const connect = (url: string, _subprotocol: string, events: SocketEvents): { close: () => void } => {
    sockets.push({ url, events });
    return { close: () => {} };
  };
  let changes = 0;
  const environment = { clock, random: seededRandom(1), connect };
  const board = new ScopedBoard('ws://broker/v1/rooms/main', environment, () => void changes++);
  /** The board of `diamonds`, from the socket that was opened last. */
  const send = (diamonds: number, socket = sockets.at(-1)!): void => {
    const user = { id: '1', handle: '', name: 'A', avatar: '' };
    const view = {
      scope: '5m',
      rowsMax: 100,
      each: 0,
      size: 1,
      rows: [{ user, diamonds, seq: 1, rank: 1 }],
      around: null,
    };
    const base = { room: 'main', epoch: 'e', seq: 9 };
    const hello = { kind: 'hello', ...base, resumed: false, serverTime: 1, heartbeatMs: 5_000 };
    for (const frame of [hello, { kind: 'board', ...base, view }]) socket.events.message(JSON.stringify(frame));
  };
  const diamonds = (): readonly number[] | null => board.rows?.map((row) => row.diamonds) ?? null;
  return { board, clock, sockets, send, diamonds, changes: () => changes };
}

const minutes = { kind: 'window', minutes: 5 } as const;
const day = { kind: 'day' } as const;

test('a board has no rows before its own have come, whatever was shown before', () => {
  const { board, sockets, send, diamonds } = stage();
  assert.deepEqual([board.rows, board.link], [null, null]);
  board.follow(minutes);
  assert.deepEqual([board.rows, board.link], [null, 'connecting']);
  send(20);
  assert.deepEqual([diamonds(), board.link], [[20], 'live']);
  board.follow(day);
  assert.deepEqual([board.rows, board.link], [null, 'connecting']);
  send(30, sockets[0]);
  assert.equal(board.rows, null, 'what the board before still says is nobody’s');
  send(40);
  assert.deepEqual(diamonds(), [40]);
  board.follow(minutes);
  assert.equal(board.rows, null, 'and nothing is kept of it either');
  board.follow(null);
  assert.deepEqual([board.rows, board.link], [null, null]);
});

test('a board whose connection is lost keeps its rows, and says that they are old and why', () => {
  const { board, clock, sockets, send, diamonds, changes } = stage();
  board.follow(minutes);
  send(20);
  const before = changes();
  sockets.at(-1)!.events.closed(1001, 'stopping');
  assert.deepEqual([diamonds(), board.link, board.reason], [[20], 'down', 'stopping']);
  assert.ok(changes() > before, 'whoever draws it is told');
  clock.advance(60_000);
  assert.equal(sockets.length > 1, true, 'it is asked for again');
  send(50);
  assert.deepEqual([diamonds(), board.link, board.reason], [[50], 'live', '']);
});
