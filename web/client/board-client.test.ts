import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { BoardServerFrame } from '../../src/protocol/board-frames.ts';
import { unknownUser } from '../../src/protocol/events.ts';
import { type BoardChange, type BoardSubscription, subscribeBoard } from './board-client.ts';
import type { SocketEvents } from './environment.ts';

/** A broker in memory: the test is its board. */
class Stage {
  readonly clock = new VirtualClock();
  readonly dialled: string[] = [];
  readonly changes: BoardChange[] = [];
  readonly board: BoardSubscription;
  hungUp: number | null = null;
  #events: SocketEvents | null = null;

  constructor() {
    const connect = (url: string, subprotocol: string, events: SocketEvents): { close: (code: number) => void } => {
      this.dialled.push(`${subprotocol} ${url}`);
      this.#events = events;
      return { close: (code) => void (this.hungUp = code) };
    };
    this.board = subscribeBoard({
      roomUrl: 'ws://broker/v1/rooms/main',
      scope: { kind: 'window', minutes: 5 },
      rows: 2,
      environment: { clock: this.clock, random: seededRandom(1), connect },
    });
    this.board.subscribe((change) => this.changes.push(change));
  }

  send(...frames: BoardServerFrame[]): void {
    for (const frame of frames) this.#events!.message(JSON.stringify(frame));
  }

  raw(text: string): void {
    this.#events!.message(text);
  }

  end(code: number, reason = ''): void {
    this.#events!.closed(code, reason);
  }

  greet(): void {
    const hello = {
      kind: 'hello',
      room: 'main',
      epoch: 'e',
      seq: 9,
      resumed: false,
      serverTime: 1,
      heartbeatMs: 5_000,
    };
    this.send(hello as BoardServerFrame);
  }

  /** Greets and sends a board of `a` with 20 and `b` with 10, at `seq`. */
  whole(seq: number): void {
    const row = (rank: number, id: string, diamonds: number) => ({ rank, user: unknownUser(id), diamonds, seq: 1 });
    const rows = [row(1, 'a', 20), row(2, 'b', 10)];
    const shape = { scope: '5m', rowsMax: 2, around: '', each: 0, battleId: '', size: 2, total: 30, rank: 0 };
    this.send({ kind: 'board', epoch: 'e', seq, view: { ...shape, rows } });
  }

  delta(from: number, seq: number, diamonds: number): void {
    const rows = [{ rank: 1, id: 'b', diamonds, seq }];
    const rest = { battleId: '', size: 2, total: 20 + diamonds, rank: 0, gone: [] };
    this.send({ kind: 'board-delta', from, seq, conflated: seq - from, rows, ...rest });
  }

  get rows(): string[] | undefined {
    return this.board.view?.rows.map((row) => `${row.rank} ${row.user.id} ${row.diamonds}`);
  }
}

test('a board is shown whole, and moved by what changed', () => {
  const stage = new Stage();
  assert.deepEqual(stage.dialled, ['meks.board.v1 ws://broker/v1/rooms/main/boards/5m/stream?rows=2']);
  assert.deepEqual([stage.board.view, stage.board.status.link], [null, 'connecting']);
  stage.greet();
  stage.whole(9);
  stage.delta(9, 14, 25);
  assert.deepEqual(stage.rows, ['1 b 25', '2 a 20']);
  assert.deepEqual(stage.board.position, { epoch: 'e', seq: 14 });
  assert.deepEqual(stage.changes, [
    { kind: 'link' },
    { kind: 'board' },
    { kind: 'delta', changed: ['b'], conflated: 5 },
  ]);
});

test('a change that does not go on from what is shown is a breach: everything comes anew', () => {
  for (const wrong of [
    (stage: Stage) => stage.delta(8, 14, 25),
    (stage: Stage) => stage.whole(8),
    (stage: Stage) => stage.raw('{"kind":"board-delta"}'),
    (stage: Stage) => stage.raw('nonsense'),
    (stage: Stage) => stage.raw('{"kind":"gift","seq":10}'),
    (stage: Stage) => stage.raw('{"kind":"board","epoch":"e","seq":10,"view":{"rows":[{}]}}'),
  ]) {
    const stage = new Stage();
    stage.greet();
    stage.whole(9);
    wrong(stage);
    assert.deepEqual([stage.hungUp, stage.board.status.link, stage.board.status.breaches], [4490, 'down', 1]);
    assert.deepEqual(stage.rows, ['1 a 20', '2 b 10'], 'what was right stays on the screen');
    stage.clock.advance(1_000);
    stage.greet();
    stage.whole(20);
    assert.equal(stage.board.status.link, 'live');
  }
});

test('a connection that is lost comes back by itself, and one that must not does not', () => {
  const stage = new Stage();
  stage.greet();
  stage.whole(9);
  stage.end(1006);
  assert.equal(stage.board.status.link, 'down');
  stage.clock.advance(1_000);
  assert.equal(stage.dialled.length, 2);
  stage.send({ kind: 'error', code: 'MEKS_BOARD_INVALID', message: 'no such board' });
  stage.end(4509, 'no such board');
  assert.deepEqual(
    [stage.board.status.link, stage.board.status.reason],
    ['refused', 'no such board (MEKS_BOARD_INVALID)'],
  );
  stage.clock.advance(60_000);
  assert.equal(stage.dialled.length, 2);
});

test('silence shows as stale, long silence as down, and closing is final', () => {
  const stage = new Stage();
  stage.greet();
  stage.whole(9);
  stage.clock.advance(9_000);
  assert.equal(stage.board.status.link, 'stale');
  stage.send({ kind: 'heartbeat', seq: 9, serverTime: 1, source: 'live', sourceAgeMs: 0 });
  assert.equal(stage.board.status.link, 'live');
  stage.clock.advance(25_000);
  assert.equal(stage.board.status.link, 'connecting', 'it has come back by itself');
  stage.board.close();
  stage.clock.advance(60_000);
  assert.deepEqual([stage.board.status.link, stage.dialled.length], ['closed', 2]);
});

test('who slept begins again with the whole board, at once', () => {
  const stage = new Stage();
  stage.greet();
  stage.whole(9);
  stage.clock.jumpWall(90_000);
  stage.delta(9, 14, 25);
  assert.deepEqual(stage.rows, ['1 a 20', '2 b 10'], 'what waited for the machine to wake is not taken for news');
  assert.deepEqual([stage.hungUp, stage.board.status.link, stage.dialled.length], [4492, 'connecting', 2]);
  stage.greet();
  stage.whole(20);
  assert.equal(stage.board.status.link, 'live');
  stage.board.close();
  stage.clock.jumpWall(90_000);
  stage.clock.advance(60_000);
  assert.equal(stage.dialled.length, 2);
});
