import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, type Random } from '../src/base/random.ts';
import { VirtualClock } from '../src/base/virtual-clock.ts';
import { type BoardRequest, formatBoardScope } from '../src/protocol/board-scope.ts';
import type { BoardRow } from '../src/protocol/board-view.ts';
import { World } from '../src/ranking/fixture.ts';
import { Ranking } from '../src/ranking/ranking.ts';
import { Subscriptions } from '../src/subscriptions/subscriptions.ts';
import { BoardFollower, SlowLink } from './support/board-follower.ts';

// The law of subscriptions, as a model: whatever happens in a room and to a connection, the board that a client holds
// is the board of the position that it was told, row by row and rank by rank.

const requests: BoardRequest[] = [
  { scope: { kind: 'session' }, rows: 5, around: '', each: 0 },
  { scope: { kind: 'session' }, rows: 3, around: '104', each: 2 },
  { scope: { kind: 'session' }, rows: 0, around: '130', each: 1 },
  { scope: { kind: 'session' }, rows: 100, around: '101', each: 3 },
  { scope: { kind: 'window', minutes: 5 }, rows: 6, around: '120', each: 1 },
  { scope: { kind: 'window', minutes: 60 }, rows: 4, around: '', each: 0 },
  { scope: { kind: 'day' }, rows: 4, around: '', each: 0 },
  { scope: { kind: 'side', side: 0 }, rows: 4, around: '103', each: 1 },
  { scope: { kind: 'side', side: 1 }, rows: 4, around: '', each: 0 },
  { scope: { kind: 'receiver', receiver: '4' }, rows: 5, around: '', each: 0 },
];

/** What a client should show of a board, by asking for all of it. */
function naive(ranking: Ranking, { scope, rows, around, each }: BoardRequest): BoardRow[] {
  const board = ranking.board(scope);
  if (board === null) return [];
  const rank = around === '' ? 0 : board.rankOf(around);
  return board.top(board.size).filter((row) => row.rank <= rows || (rank > 0 && Math.abs(row.rank - rank) <= each));
}

interface Client {
  readonly follower: BoardFollower;
  readonly link: SlowLink;
  readonly request: BoardRequest;
  leave: () => void;
}

class Stage {
  readonly clock = new VirtualClock();
  readonly ranking = new Ranking({ room: { id: 'main', handle: 'ours' }, hostId: '1' });
  readonly subscriptions: Subscriptions;
  readonly clients: Client[] = [];
  /** By request and position: the rows that are right there. */
  readonly right = new Map<string, BoardRow[]>();
  readonly #random: Random;
  readonly #world: World;
  readonly #stream = { epoch: 'e', head: 1 };
  #sendable = 1;

  constructor(random: Random) {
    this.#random = random;
    this.#world = new World(random, { gifters: 40, paceMs: 2_000 });
    this.subscriptions = new Subscriptions({
      clock: this.clock,
      room: 'main',
      stream: this.#stream,
      gate: { sendable: () => this.#sendable },
      window: (request) => this.ranking.window(request),
      heartbeat: (seq) => JSON.stringify({ kind: 'heartbeat', seq }),
    });
  }

  step(): void {
    const random = this.#random;
    for (let events = random.int(6); events > 0; events--) this.ranking.apply(this.#stream.head++, this.#world.next());
    for (const request of requests) this.right.set(this.#key(request), naive(this.ranking, request));
    this.subscriptions.wake();
    // The log is behind, now and then, and passes events in pieces.
    if (random.chance(0.8)) {
      this.#sendable = random.chance(0.7)
        ? this.#stream.head
        : this.#sendable + random.int(this.#stream.head - this.#sendable + 1);
      this.subscriptions.wake();
    }
    if (random.chance(0.2)) this.join();
    if (this.clients.length > 12 || random.chance(0.05)) this.clients.shift()?.leave();
    for (const { link } of this.clients) if (random.chance(0.1)) link.stalled = !link.stalled;
    this.clock.advance(random.int(60));
    for (const client of this.clients) this.check(client);
  }

  /** The log has caught up, everybody has drained, and the last pace is over. */
  settle(): void {
    this.#sendable = this.#stream.head;
    for (const { link } of this.clients) link.stalled = false;
    this.clock.advance(60);
    this.subscriptions.wake();
    this.clock.advance(60);
    for (const client of this.clients) this.check(client);
  }

  join(): void {
    const request = this.#random.pick(requests);
    const link = new SlowLink();
    const subscription = this.subscriptions.attach(link, request)!;
    this.clients.push({ follower: new BoardFollower(), link, request, leave: () => subscription.detached() });
  }

  check({ follower, link, request }: Client): void {
    for (const frame of link.take()) {
      follower.take(frame);
      if (follower.view === null) continue;
      assert.ok(follower.seq < this.#sendable, 'nothing is told that the log has not passed');
      const right = this.right.get(`${keyOf(request)} ${follower.seq}`);
      // Positions inside a turn are nobody's: boards are looked at between turns.
      assert.ok(right !== undefined, `a board at position ${follower.seq}`);
      assert.deepEqual(follower.view.rows, right, `${keyOf(request)} at ${follower.seq}`);
    }
  }

  #key(request: BoardRequest): string {
    return `${keyOf(request)} ${this.#stream.head - 1}`;
  }
}

function keyOf({ scope, rows, around, each }: BoardRequest): string {
  return `${formatBoardScope(scope)} ${rows} ${around} ${each}`;
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`board plus deltas is the board at every position told, whatever happens (seed ${seed})`, () => {
    const stage = new Stage(seededRandom(seed));
    for (let step = 0; step < 1_500; step++) stage.step();
    stage.settle();
    for (const { follower, request } of stage.clients) {
      const right = naive(stage.ranking, request);
      assert.deepEqual(follower.view?.rows, right, `${keyOf(request)} at the end`);
    }
    const { counters } = stage.subscriptions;
    for (const name of ['deltasSent', 'deltasSkipped', 'boardsSent', 'eventsConflated'] as const)
      assert.ok(counters.get(name) > 0, `${name} happened`);
    for (const client of stage.clients) client.leave();
    assert.deepEqual([counters.get('boards'), counters.get('connections')], [0, 0]);
  });
}
