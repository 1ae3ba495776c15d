import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoardFollower, SlowLink } from '../../test/support/board-follower.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { BoardRequest } from '../protocol/board-scope.ts';
import { closeReasons } from '../protocol/close-codes.ts';
import { type User, unknownUser } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import type { VisibleRows } from './subscribed-board.ts';
import { Subscriptions } from './subscriptions.ts';

/** A board of at most ten rows, by hand. */
class FakeRows implements VisibleRows {
  battleId = '';
  size = 0;
  total = 0;
  rank = 0;
  length = 0;
  readonly gifters = new Int32Array(10);
  readonly diamonds = new Float64Array(10);
  readonly seqs = new Float64Array(10);
  readonly profiles = new Float64Array(10);
  reads = 0;
  readonly #board: Map<number, number>;

  constructor(board: Map<number, number>) {
    this.#board = board;
  }

  refresh(): void {
    this.reads++;
    const rows = [...this.#board].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    this.size = rows.length;
    this.length = Math.min(10, rows.length);
    this.total = rows.reduce((sum, [, diamonds]) => sum + diamonds, 0);
    for (const [row, [gifter, diamonds]] of rows.slice(0, 10).entries()) {
      this.gifters[row] = gifter;
      this.diamonds[row] = diamonds;
    }
  }

  user(index: number): User {
    return unknownUser(String(this.gifters[index]));
  }
}

const session: BoardRequest = { scope: { kind: 'session' }, rows: 10, around: '', each: 0 };

class Rig {
  readonly clock = new VirtualClock();
  readonly board = new Map<number, number>();
  readonly windows: FakeRows[] = [];
  readonly stream = { epoch: 'e', head: 1 };
  sendable = 1;
  readonly subscriptions = new Subscriptions({
    clock: this.clock,
    room: 'main',
    stream: this.stream,
    gate: { sendable: () => this.sendable },
    window: () => {
      const rows = new FakeRows(this.board);
      this.windows.push(rows);
      return rows;
    },
    heartbeat: (seq) => JSON.stringify({ kind: 'heartbeat', seq }),
  });

  /** One gift, in a turn of its own that the log passes at once. */
  gift(gifter: number, diamonds: number): void {
    this.board.set(gifter, (this.board.get(gifter) ?? 0) + diamonds);
    this.stream.head++;
    this.sendable = this.stream.head;
    this.subscriptions.wake();
  }

  join(request: BoardRequest = session): SlowLink {
    const link = new SlowLink();
    assert.ok(this.subscriptions.attach(link, request) !== null, 'there is room for one more board');
    return link;
  }
}

const kinds = (link: SlowLink): string[] => link.take().map((frame) => frame.kind);

test('a connection is greeted, sent the whole board, and then what changes', () => {
  const rig = new Rig();
  rig.gift(1, 10);
  const link = rig.join();
  const [hello, board] = link.take();
  assert.equal(hello?.kind, 'hello');
  assert.ok(board?.kind === 'board' && board.seq === 1 && board.view.rows.length === 1);
  rig.gift(2, 30);
  const [delta] = link.take();
  assert.ok(delta?.kind === 'board-delta');
  assert.deepEqual([delta.from, delta.seq, delta.conflated], [1, 2, 1]);
  assert.deepEqual(delta.rows, [{ rank: 1, id: '2', diamonds: 30, seq: 0, user: unknownUser('2') }]);
});

test('a change is sent at once after a pause, and then at most one in each pace', () => {
  const rig = new Rig();
  const link = rig.join();
  link.take();
  rig.clock.advance(1_000);
  link.take();
  rig.gift(1, 1);
  assert.deepEqual(kinds(link), ['board-delta']);
  for (let gift = 0; gift < 40; gift++) {
    rig.gift(1 + (gift % 3), 1);
    rig.clock.advance(1);
  }
  assert.deepEqual(kinds(link), [], 'nothing within the pace');
  rig.clock.advance(limits.boardDeltaMs.value);
  const [delta, ...more] = link.take();
  assert.ok(delta?.kind === 'board-delta' && more.length === 0);
  assert.equal(delta.conflated, 40);
  assert.equal(delta.rows.length, 3, 'one change a row');
});

test('whoever shows the same board is handed the same bytes, made once', () => {
  const rig = new Rig();
  const links = [rig.join(), rig.join(), rig.join()];
  const other = rig.join({ ...session, rows: 5 });
  assert.equal(rig.windows.length, 2);
  rig.gift(1, 1);
  rig.clock.advance(100);
  const { counters } = rig.subscriptions;
  assert.deepEqual([counters.get('boards'), counters.get('deltasMade'), counters.get('deltasSent')], [2, 2, 4]);
  assert.deepEqual([counters.get('boardsMade'), counters.get('boardsSent')], [2, 4]);
  for (const link of [...links, other]) assert.deepEqual(kinds(link), ['hello', 'board', 'board-delta']);
});

test('nothing is looked at for nobody, nor sent when nothing changed', () => {
  const rig = new Rig();
  rig.gift(1, 1);
  rig.clock.advance(5_000);
  assert.equal(rig.subscriptions.counters.get('looks'), 0);
  const link = rig.join();
  link.take();
  // Events that touch no board.
  rig.stream.head += 7;
  rig.sendable = rig.stream.head;
  rig.clock.advance(100);
  rig.subscriptions.wake();
  rig.clock.advance(100);
  assert.deepEqual(kinds(link), []);
  rig.gift(1, 1);
  const [delta] = link.take();
  assert.ok(delta?.kind === 'board-delta' && delta.conflated === 8, 'what touched nothing is covered as well');
});

test('who has not drained skips changes and is sent the whole board once it has', () => {
  const rig = new Rig();
  const follower = new BoardFollower();
  const slow = rig.join();
  const quick = rig.join();
  slow.stalled = true;
  for (let gift = 0; gift < 10; gift++) {
    rig.gift(1, 1);
    rig.clock.advance(60);
  }
  const whileStalled = slow.take();
  for (const frame of whileStalled) follower.take(frame);
  assert.equal(slow.writes, 3, 'hello, board, and the change that did not drain');
  slow.stalled = false;
  rig.clock.advance(60);
  const after = slow.take();
  assert.deepEqual(
    after.map((frame) => frame.kind),
    ['board'],
  );
  for (const frame of after) follower.take(frame);
  assert.equal(follower.view?.total, 10);
  assert.equal(quick.writes, 12);
  assert.equal(rig.subscriptions.counters.get('deltasSkipped'), 9);
});

test('nothing leaves that the log has not passed', () => {
  const rig = new Rig();
  rig.gift(1, 5);
  const link = rig.join();
  link.take();
  rig.board.set(1, 6);
  rig.stream.head++;
  rig.subscriptions.wake();
  rig.clock.advance(500);
  const late = rig.join();
  assert.deepEqual(kinds(link), []);
  assert.deepEqual(kinds(late), ['hello']);
  rig.sendable = rig.stream.head;
  rig.subscriptions.wake();
  assert.deepEqual(kinds(link), ['board-delta']);
  assert.deepEqual(kinds(late), ['board']);
});

test('there are so many different boards and no more; one that nobody shows makes room', () => {
  const rig = new Rig();
  const request = (index: number): BoardRequest => ({ ...session, scope: { kind: 'receiver', receiver: `${index}` } });
  const leaving = rig.subscriptions.attach(new SlowLink(), request(0))!;
  for (let index = 1; index < limits.boardSubscriptionsMax.value; index++) rig.join(request(index));
  const link = new SlowLink();
  assert.equal(rig.subscriptions.attach(link, request(9_999)), null);
  assert.equal(link.writes, 0);
  rig.join(request(5));
  leaving.detached();
  leaving.detached();
  rig.join(request(9_999));
  const { counters } = rig.subscriptions;
  assert.deepEqual([counters.get('refused'), counters.get('boards')], [1, limits.boardSubscriptionsMax.value]);
});

test('connections are kept alive by heartbeats and pings, and closed when they are gone', () => {
  const rig = new Rig();
  const silent = rig.join();
  const lively = new SlowLink();
  const subscription = rig.subscriptions.attach(lively, session)!;
  const stalled = rig.join();
  stalled.stalled = true;
  rig.gift(1, 1);
  for (let seconds = 0; seconds < limits.pongMs.value / 1_000 + 2; seconds++) {
    rig.clock.advance(1_000);
    subscription.alive();
  }
  assert.ok(kinds(silent).filter((kind) => kind === 'heartbeat').length > 1);
  assert.ok(silent.pings > 0);
  assert.deepEqual([silent.closed, lively.closed], [closeReasons.pingTimeout.code, null]);
  assert.equal(stalled.closed, closeReasons.stalled.code);
  rig.subscriptions.close(closeReasons.roomRemoved);
  assert.equal(lively.closed, closeReasons.roomRemoved.code);
  assert.equal(rig.subscriptions.size, 0);
  rig.clock.advance(60_000);
});

test('who reads nothing is closed also where pongs to pings of its own pile up', () => {
  const rig = new Rig();
  const link = new SlowLink();
  const subscription = rig.subscriptions.attach(link, session)!;
  link.stalled = true;
  rig.gift(1, 1);
  for (let second = 0; second <= limits.stallMs.value / 1_000 + 2; second++) {
    if (second % 15 === 0) link.queueControl(2);
    if (second % 15 === 0) subscription.alive();
    rig.clock.advance(1_000);
  }
  assert.equal(link.closed, closeReasons.stalled.code);
});

test('that the source has changed is told at once', () => {
  const rig = new Rig();
  const link = rig.join();
  link.take();
  rig.subscriptions.announce();
  assert.deepEqual(kinds(link), ['heartbeat']);
});

test('how the source is doing is told as soon as it can be to who had not drained, or while a change waited', () => {
  const rig = new Rig();
  const [link, slow] = [rig.join(), rig.join()];
  slow.stalled = true;
  rig.clock.advance(1_000);
  // A change that the log has not passed.
  rig.board.set(1, 10);
  rig.stream.head++;
  rig.subscriptions.wake();
  for (const one of [link, slow]) one.take();
  rig.subscriptions.announce();
  assert.deepEqual(kinds(link), [], 'nothing overtakes what is held');
  // From here on there is always something to tell: nobody is quiet long enough for a heartbeat of its own.
  const told = { link: 0, slow: 0 };
  for (let turn = 0; turn < 40; turn++) {
    if (turn === 20) slow.stalled = false;
    rig.gift(1, 1);
    rig.clock.advance(100);
    told.link += kinds(link).filter((kind) => kind === 'heartbeat').length;
    told.slow += kinds(slow).filter((kind) => kind === 'heartbeat').length;
  }
  assert.deepEqual(told, { link: 1, slow: 1 });
});

/** A socket that takes a millisecond of the world's time for each write. */
class CostlyLink extends SlowLink {
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super();
    this.#clock = clock;
  }

  override write(bytes: Uint8Array): void {
    this.#clock.spend(1);
    super.write(bytes);
  }
}

test('a change for many lets the loop turn: who leaves takes nobody along, who comes and what changes meanwhile is not forgotten', () => {
  const rig = new Rig();
  const { clock, subscriptions } = rig;
  const join = (request: BoardRequest = session) => {
    const link = new CostlyLink(clock);
    const subscription = subscriptions.attach(link, request);
    assert.ok(subscription !== null);
    return { link, subscription };
  };
  const all = Array.from({ length: 60 }, (_, index) => join(index % 3 === 0 ? { ...session, rows: 5 } : session));
  const followers = all.map(() => new BoardFollower());
  const follow = (): void => {
    for (const [index, { link }] of all.entries()) for (const frame of link.take()) followers[index]!.take(frame);
  };
  clock.advance(1_000);
  follow();
  rig.gift(1, 10);
  const sent = (): number => subscriptions.counters.get('deltasSent');
  assert.ok(sent() >= 1 && sent() < 20, `${sent()} of 60 in the first turn`);
  for (const leaves of [0, 1, 30, 59]) all[leaves]!.subscription.detached();
  const late = join();
  rig.gift(2, 20);
  for (let before = sent(); sent() < 56; before = sent()) {
    assert.ok(clock.step());
    assert.ok(sent() - before < 20, `${sent() - before} in one turn`);
  }
  clock.advance(1_000);
  follow();
  for (const [index, follower] of followers.entries())
    if (![0, 1, 30, 59].includes(index)) assert.equal(follower.seq, 2, `number ${index}`);
  const lateFollower = new BoardFollower();
  for (const frame of late.link.take()) lateFollower.take(frame);
  assert.equal(lateFollower.seq, 2);
});
