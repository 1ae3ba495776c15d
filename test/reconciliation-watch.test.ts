import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../src/base/counters.ts';
import { VirtualClock } from '../src/base/virtual-clock.ts';
import { type WatchedRoom, ReconciliationWatch } from '../src/broker/reconciliation-watch.ts';
import { roomCounterSpec } from '../src/broker/room-counters.ts';
import { reconciliationText } from '../src/protocol/reconciliation.ts';
import type { MeksEvent, RoomEvent } from '../src/protocol/events.ts';
import { limits } from '../src/protocol/limits.ts';
import { gap, gift, score, worldStart } from '../src/ranking/fixture.ts';
import { Ranking } from '../src/ranking/ranking.ts';

// How far what was counted is from upstream's totals: told when it begins, when it changes and when it ends, and not
// with every gift that upstream hears of a moment before us.

class Room implements WatchedRoom {
  readonly id = 'main';
  readonly ranking = new Ranking({ room: { id: 'main', handle: 'ours' }, hostId: '1' });
  readonly counters = new Counters(roomCounterSpec);
  readonly told: RoomEvent[] = [];
  logFull = false;
  #seq = 0;
  #at = worldStart;

  take(event: MeksEvent): void {
    this.ranking.apply(++this.#seq, event);
  }

  /** Upstream's total of the host. */
  upstream(value: number): void {
    this.take(score('', { 1: value }, { basis: 'diamonds', scoredAt: ++this.#at }));
  }

  admits(): boolean {
    return !this.logFull;
  }

  tell(event: RoomEvent): void {
    this.told.push(event);
    this.take(event);
  }
}

function stage(): { clock: VirtualClock; room: Room; watch: ReconciliationWatch } {
  const clock = new VirtualClock();
  const room = new Room();
  const watch = new ReconciliationWatch(clock, () => [room]);
  watch.start();
  return { clock, room, watch };
}

test('a difference that lasts is told once, with its cause, and so is its end', () => {
  const { clock, room } = stage();
  room.take(gift('100', 40));
  room.upstream(100);
  clock.advance(4_500);
  assert.equal(room.told.length, 0, 'it has to last');
  clock.advance(60_000);
  assert.deepEqual(
    room.told.map(({ topic, text, value, target }) => [topic, text, value, target]),
    [['reconciliation', 'counted 40 of 100: joined late', 40, 100]],
  );
  assert.equal(room.ranking.view.reconciliation?.joinedLate, 60);
  assert.equal(room.counters.get('reconciliationJoinedLate'), 60);
  room.take(gift('100', 10));
  room.upstream(110);
  clock.advance(60_000);
  assert.equal(room.told.length, 1, 'as far apart as before');
  // Upstream begins to count anew, and agrees.
  room.upstream(50);
  clock.advance(60_000);
  assert.deepEqual(room.told.at(-1)!.text, 'counted 50 of 50');
  assert.equal(room.ranking.view.reconciliation, null);
  assert.equal(room.counters.get('reconciliationNotices'), 2);
});

test('totals that run ahead of gifts by a moment are no news', () => {
  const { clock, room } = stage();
  let total = 0;
  for (let round = 0; round < 60; round++) {
    total += 5;
    room.upstream(total);
    clock.advance(1_000);
    room.take(gift('100', 5));
    room.upstream(total);
    clock.advance(1_000);
  }
  // What was apart at the very first sight was joined late, and has come since.
  assert.equal(room.told.length, 0);
});

test('a difference that keeps changing is told now and then, and nothing while the log is full', () => {
  const { clock, room } = stage();
  room.take(gift('100', 1));
  for (let round = 1; round <= 120; round++) {
    room.take(gap());
    room.upstream(round * 10);
    clock.advance(1_000);
  }
  const most = Math.ceil(120_000 / limits.reconciliationNoticeMs.value);
  assert.ok(room.told.length >= 2 && room.told.length <= most, `${room.told.length} in two minutes`);
  room.logFull = true;
  const { length } = room.told;
  room.upstream(99_999);
  clock.advance(120_000);
  assert.equal(room.told.length, length);
});

test('the sentence names the causes, the largest first', () => {
  const none = { counted: 12_340, upstream: 12_400, joinedLate: 0, gap: 0, unknownGift: 0, multiGuest: 0, unknown: 0 };
  assert.equal(reconciliationText({ ...none, joinedLate: 60 }), 'counted 12,340 of 12,400: joined late');
  assert.equal(
    reconciliationText({ ...none, gap: 1_500, unknown: -40, multiGuest: 5 }),
    'counted 12,340 of 12,400: lost in a gap 1,500, cause not known -40, given to guests 5',
  );
  assert.equal(reconciliationText({ ...none, counted: 12_400 }), 'counted 12,400 of 12,400');
});
