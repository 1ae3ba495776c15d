import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { NullJournal } from '../journal/journal.ts';
import { Operator } from '../operator/operator.ts';
import type { WindowMinutes } from '../protocol/board-scope.ts';
import type { EventFrame, SourceState } from '../protocol/frames.ts';
import { Ranking } from '../ranking/ranking.ts';
import { BoardFollower, SlowLink } from '../../test/support/board-follower.ts';
import { HandFeed } from '../../test/support/hand-feed.ts';
import { giftOf, messageTime } from '../../test/support/webcast-messages.ts';
import { RoomPast } from './room-past.ts';
import { Room } from './room.ts';

// Rooms in which little or nothing happens: time goes on there all the same, and boards with it.

const second = 1_000;
const minute = 60 * second;
const yearMs = 365 * 24 * 60 * minute;

let nextMessage = 100;

class KeptJournal extends NullJournal {
  readonly frames: EventFrame[] = [];
  override append(seq: number, payload: Uint8Array): 'taken' {
    this.frames.push(JSON.parse(Buffer.from(payload).toString()) as EventFrame);
    return super.append(seq, payload);
  }
}

class Rig {
  readonly clock: VirtualClock;
  readonly log = new KeptJournal('epoch');
  readonly room: Room;
  readonly #feed = new HandFeed();

  /** `before`: the room before a restart, and how long ago that was. */
  constructor(before: { readonly rig: Rig; readonly ms: number } | null = null) {
    const wallMs = before === null ? messageTime : before.rig.clock.wallMs() + before.ms;
    const clock = new VirtualClock(wallMs);
    this.clock = clock;
    const about = { clock, id: '7', handle: 'ours' };
    const past = new RoomPast({ ...about, tailMax: 64, readLog: () => [] });
    for (const frame of before?.rig.log.frames ?? []) {
      this.log.append(frame.seq, Buffer.from(JSON.stringify(frame)));
      past.apply(frame.seq, Buffer.from(JSON.stringify(frame)), wallMs - before!.ms);
    }
    this.room = new Room({
      ...about,
      feed: this.#feed,
      past,
      log: this.log,
      lastSeq: this.log.frames.length,
      continued: false,
      ringRecordsMax: 64,
      recorder: null,
      onFault: (error) => assert.fail(String(error)),
      onMismatch: (problems) => assert.deepEqual(problems, []),
    });
    this.room.start();
    this.source('live');
  }

  source(state: SourceState): void {
    this.#feed.sink!.state(state, '');
  }

  /** A gift comes that upstream dated `aheadMs` ahead of the broker's clock. */
  gift(userId: string, aheadMs = 0): void {
    const receivedAt = this.clock.wallMs();
    const facts = { msgId: String(nextMessage++), userId, group: '0', at: receivedAt + aheadMs };
    assert.ok(this.#feed.sink!.offer(giftOf(facts, {}, { receivedAt })));
    this.clock.advance(20);
  }

  on(minutes: WindowMinutes): string[] {
    const board = this.room.ranking.board({ kind: 'window', minutes })!;
    return board.top(10).map(({ user }) => user.id);
  }

  /** What time it is in the room beside the broker's clock, in whole seconds. */
  get aheadSec(): number {
    return Math.round((this.room.ranking.aging.time() - this.clock.wallMs()) / second);
  }

  /** Events by which the broker has said what time it is. */
  get told(): number {
    return this.log.frames.filter((frame) => frame.kind === 'room' && frame.topic === 'time').length;
  }

  /** The log read by another ranking gives the same bytes. */
  replaysAlike(): void {
    const again = new Ranking({ room: { id: '7', handle: 'ours' }, timeZone: 'UTC', companion: new Operator() });
    for (const { seq, ...event } of this.log.frames) again.apply(seq, event);
    const { source } = this.room.ranking.view;
    again.view.source = source;
    assert.ok(Buffer.from(again.save()).equals(this.room.ranking.save()));
  }
}

test('a gift leaves the board of the last five minutes though nothing happens after it, and its dashboard sees that', () => {
  const rig = new Rig();
  const { room, clock } = rig;
  rig.gift('5');
  const link = new SlowLink();
  const follower = new BoardFollower();
  const subscription = room.attachBoard(link, {
    scope: { kind: 'window', minutes: 5 },
    rows: 5,
    around: '',
    each: 0,
  })!;
  const shown = (): string[] => {
    for (const frame of link.take()) follower.take(frame);
    return follower.view!.rows.map(({ user }) => user.id);
  };
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 10 * second) {
      clock.advance(10 * second);
      subscription.alive();
    }
  };
  pass(4.5 * minute);
  assert.deepEqual([shown(), rig.told], [['5'], 0]);
  pass(minute);
  assert.deepEqual([shown(), rig.on(5), rig.on(60), rig.told], [[], [], ['5'], 1]);
  pass(60 * minute);
  assert.deepEqual([rig.on(60), rig.told], [[], 2], 'an event each time that something leaves, and no other');
  rig.replaysAlike();
});

test('a gift every few minutes stands on the board for five minutes each, the first after hours too', () => {
  const rig = new Rig();
  const boards: string[][] = [];
  for (const user of ['1', '2', '3', '4']) {
    rig.clock.advance(user === '3' ? 200 * minute : 4 * minute);
    rig.gift(user);
    boards.push(rig.on(5).toSorted());
    rig.clock.advance(2 * minute);
    boards.push(rig.on(5).toSorted());
  }
  assert.deepEqual(boards, [['1'], ['1'], ['2'], ['2'], ['3'], ['3'], ['4'], ['4']]);
  rig.clock.advance(4 * minute);
  assert.deepEqual(rig.on(5), []);
  rig.replaysAlike();
});

test('time is that of upstream, whose clock is another: never ahead of what the next event says, and never back', () => {
  for (const aheadMs of [-100 * second, 100 * second]) {
    const rig = new Rig();
    let before = 0;
    for (let index = 0; index < 40; index++) {
      rig.gift(String(index + 1), aheadMs);
      assert.equal(rig.aheadSec, aheadMs / second);
      rig.clock.advance(((index * 37) % 400) * second);
      const time = rig.room.ranking.aging.time();
      assert.ok(time >= before && time <= rig.clock.wallMs() + aheadMs, `after ${index}`);
      before = time;
    }
    assert.ok(rig.told > 20);
    rig.replaysAlike();
  }
});

test('time stands while the source is away, and what was missed then comes with its own times', () => {
  const rig = new Rig();
  for (const user of ['1', '2']) rig.gift(user);
  rig.clock.advance(minute);
  rig.source('connecting');
  rig.clock.advance(20 * minute);
  assert.deepEqual([rig.told, rig.on(5).length], [0, 2]);
  rig.source('live');
  rig.clock.advance(5 * second);
  for (let ago = 20; ago > 0; ago--) rig.gift(String(100 + ago), -ago * minute + second);
  assert.deepEqual([rig.told, rig.aheadSec < -minute / second], [0, true]);
  for (const user of ['3', '4']) {
    rig.clock.advance(20 * second);
    rig.gift(user);
  }
  assert.ok(rig.aheadSec === 0);
  rig.clock.advance(6 * minute);
  assert.deepEqual(rig.on(5), []);
  rig.replaysAlike();
});

test('a restart is a silence as well', () => {
  const before = new Rig();
  before.gift('1');
  const rig = new Rig({ rig: before, ms: 20 * minute });
  assert.deepEqual(rig.on(5), ['1'], 'as it was when the broker stopped');
  rig.clock.advance(minute);
  assert.deepEqual([rig.on(5), rig.on(60), rig.told], [[], ['1'], 1]);
  rig.gift('2');
  assert.deepEqual([rig.on(5), rig.aheadSec >= -1], [['2'], true]);
  rig.replaysAlike();
});

test('a recording of last year keeps its own time, and so do a room that ended and a clock that is wrong by hours', () => {
  const recorded = new Rig();
  recorded.gift('1', -yearMs);
  recorded.clock.advance(90 * minute);
  const ended = new Rig();
  ended.gift('1');
  ended.source('ended');
  ended.clock.advance(90 * minute);
  const wrong = new Rig();
  wrong.gift('1');
  wrong.clock.jumpWall(-2 * 60 * minute);
  wrong.clock.advance(90 * minute);
  for (const rig of [recorded, ended, wrong]) assert.deepEqual([rig.told, rig.on(5)], [0, ['1']]);
});
