import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '../src/base/random.ts';
import { VirtualClock } from '../src/base/virtual-clock.ts';
import { type BattleRoom, Battles } from '../src/broker/battles.ts';
import type { MeksEvent, ScoreEvent } from '../src/protocol/events.ts';
import { encodeEventFrame } from '../src/protocol/frames.ts';
import { applyEvent, emptyRoomView, type RoomView } from '../src/protocol/room-view.ts';
import { battle, gap, gift, person, room, score, side } from '../src/ranking/fixture.ts';
import { Ranking } from '../src/ranking/ranking.ts';

// One battle, seen from several rooms of one broker: what one counts reaches the others as events, so that every
// dashboard still equals its room at every position, and a replay of a room's log alone gives the same view.

class Witness implements BattleRoom {
  readonly id: string;
  readonly handle: string;
  readonly ranking: Ranking;
  readonly log: string[] = [];
  readonly told: ScoreEvent[] = [];
  /** A dashboard: moved by the text of events alone. */
  readonly dashboard: RoomView;
  readonly #battles: () => Battles;
  readonly #hostId: string;
  logFull = false;

  constructor(id: string, hostId: string, battles: () => Battles) {
    this.id = id;
    this.handle = `creator${hostId}`;
    this.#hostId = hostId;
    this.#battles = battles;
    this.ranking = new Ranking({ room: { id, handle: this.handle }, hostId });
    this.dashboard = emptyRoomView({ id, handle: this.handle });
  }

  take(event: MeksEvent): void {
    const seq = this.log.length + 1;
    this.ranking.apply(seq, event);
    const text = encodeEventFrame(seq, event);
    this.log.push(text);
    applyEvent(this.dashboard, seq, JSON.parse(text) as MeksEvent);
    assert.deepEqual(this.ranking.check().problems, []);
    this.#battles().noticed(this);
  }

  admits(): boolean {
    return !this.logFull;
  }

  tell(event: ScoreEvent): void {
    this.told.push(event);
    this.take(event);
  }

  /** What a restart makes of the log. */
  replayed(): RoomView {
    const ranking = new Ranking({ room: { id: this.id, handle: this.handle }, hostId: this.#hostId });
    for (const [index, text] of this.log.entries()) ranking.apply(index + 1, JSON.parse(text) as MeksEvent);
    return ranking.view;
  }

  /** Diamonds that another room counted for a side of the battle on display; null = nothing is shown. */
  joined(sideId: string, from: string): number | null {
    const shown = this.ranking.view.battle?.sides.find(
      (each) => each.id === sideId || each.hosts.some((host) => host.id === sideId),
    );
    return shown?.joined?.find((each) => each.room === from)?.diamonds ?? null;
  }

  get own(): number {
    return this.ranking.view.battle?.sides[0]?.diamonds ?? 0;
  }
}

interface Stage {
  readonly clock: VirtualClock;
  readonly rooms: Witness[];
  readonly battles: Battles;
}

function stage(hosts: readonly string[]): Stage {
  const clock = new VirtualClock();
  const rooms: Witness[] = [];
  const battles = new Battles(clock, () => rooms);
  for (const host of hosts) rooms.push(new Witness(`room${host}`, host, () => battles));
  return { clock, rooms, battles };
}

const duel = [side('1'), side('2')];

test('both rooms show what either counted, and say whose feed it is from', () => {
  const { clock, rooms, battles } = stage(['1', '2']);
  const [first, second] = rooms as [Witness, Witness];
  for (const each of rooms) each.take(battle('b', 'open', { sides: duel }));
  first.take(gift('100', 30));
  second.take(gift('200', 7));
  second.take(gift('201', 5));
  assert.equal(first.joined('2', 'room2'), null, 'not before it is told');
  clock.advance(250);
  assert.deepEqual([first.joined('2', 'room2'), second.joined('1', 'room1')], [12, 30]);
  const sideOfTwo = first.dashboard.battle!.sides[1]!;
  assert.equal(sideOfTwo.diamonds, null, 'what this room does not see stays unknown');
  assert.deepEqual(sideOfTwo.joined?.[0], {
    room: 'room2',
    diamonds: 12,
    complete: true,
    top: [
      { user: person('200'), diamonds: 7 },
      { user: person('201'), diamonds: 5 },
    ],
  });
  const [one] = battles.list();
  assert.equal(battles.list().length, 1, 'it is one battle');
  assert.deepEqual(
    one!.sides.map((each) => [each.id, each.diamonds, each.countedBy[0]?.room]),
    [
      ['1', 30, 'room1'],
      ['2', 12, 'room2'],
    ],
  );
  assert.deepEqual(
    one!.rooms.map((each) => [each.room, each.hostId]),
    [
      ['room1', '1'],
      ['room2', '2'],
    ],
  );
});

test('a creator who is followed by two rooms counts once, in the other room and in the list', () => {
  const { clock, rooms, battles } = stage(['1', '2']);
  const [first, second] = rooms as [Witness, Witness];
  const twin = new Witness('twin2', '2', () => battles);
  rooms.push(twin);
  for (const each of rooms) each.take(battle('b', 'open', { sides: duel }));
  for (const each of [second, twin]) each.take(gift('200', 7));
  first.take(gift('100', 3));
  clock.advance(250);
  assert.deepEqual(
    first.ranking.view.battle!.sides[1]!.joined!.map((each) => [each.room, each.diamonds]),
    [['room2', 7]],
  );
  assert.deepEqual([second.joined('2', 'twin2'), twin.joined('2', 'room2')], [null, null], 'nobody is told of itself');
  assert.deepEqual([second.joined('1', 'room1'), twin.joined('1', 'room1')], [3, 3]);
  assert.deepEqual(
    battles.list()[0]!.sides.map((each) => [each.diamonds, each.countedBy.map(({ room: by }) => by)]),
    [
      [3, ['room1']],
      [7, ['room2']],
    ],
  );
});

test('a burst in one room is a few events in the other', () => {
  const { clock, rooms } = stage(['1', '2']);
  const [first, second] = rooms as [Witness, Witness];
  for (const each of rooms) each.take(battle('b', 'open', { sides: duel }));
  for (let turn = 0; turn < 1_000; turn++) {
    second.take(gift('200', 1));
    clock.advance(2);
  }
  clock.advance(500);
  assert.equal(first.joined('2', 'room2'), 1_000);
  assert.ok(first.told.length <= 9, `${first.told.length} events in two seconds`);
  const before = first.log.length;
  clock.advance(10_000);
  second.take(score('b', { 1: 5, 2: 6 }));
  clock.advance(10_000);
  assert.equal(first.log.length, before, 'what is shown is not told again');
});

test('a room that joins in the middle, or has gaps, is told and tells that it does not know all', () => {
  const { clock, rooms, battles } = stage(['1', '2']);
  const [first, second] = rooms as [Witness, Witness];
  first.take(battle('b', 'open', { sides: duel }));
  first.take(gift('100', 9));
  clock.advance(1_000);
  second.take(score('b', { 1: 40, 2: 50 }));
  second.take(gift('200', 3));
  clock.advance(250);
  assert.deepEqual([first.joined('2', 'room2'), second.joined('1', 'room1')], [3, 9]);
  assert.equal(first.dashboard.battle!.sides[1]!.joined![0]!.complete, false);
  assert.equal(second.dashboard.battle!.sides[1]!.joined![0]!.complete, true);
  first.take(gap());
  clock.advance(250);
  assert.equal(second.dashboard.battle!.sides[1]!.joined![0]!.complete, false, 'a gap is passed on');
  assert.deepEqual(
    battles.list()[0]!.sides.map((each) => each.countedBy[0]!.complete),
    [false, false],
  );
});

test('a result and late gifts are joined after the end; a punish finish that comes twice changes nothing', () => {
  const { clock, rooms, battles } = stage(['1', '2']);
  const [first, second] = rooms as [Witness, Witness];
  for (const each of rooms) each.take(battle('b', 'open', { sides: duel }));
  const ended = [side('1', { points: 10, outcome: 'lose' }), side('2', { points: 12, outcome: 'win' })];
  first.take(battle('b', 'cut-short', { sides: ended, endAt: 1_700_000_060_000 }));
  second.take(battle('b', 'cut-short', { sides: ended, endAt: 1_700_000_060_000 }));
  second.take(gift('200', 4, { at: 1_700_000_059_000 }));
  second.take(gift('201', 900, { at: 1_700_000_070_000 }));
  for (const each of rooms) {
    each.take(battle('b', 'settled'));
    each.take(battle('b', 'settled'));
  }
  clock.advance(250);
  assert.equal(first.joined('2', 'room2'), 4, 'what was given after the end is for no battle');
  const [one] = battles.list();
  assert.deepEqual([one!.phase, one!.sides.map((each) => each.outcome)], ['settled', ['lose', 'win']]);
  // A new battle, in one room first: the other keeps its old one, and is told what is new about that.
  second.take(battle('c', 'open', { sides: duel, startAt: 1_700_000_100_000, at: 1_700_000_100_000 }));
  second.take(gift('202', 6, { at: 1_700_000_058_000 }));
  clock.advance(250);
  assert.equal(first.joined('2', 'room2'), 10, 'a gift that came late counts for the battle before');
  assert.deepEqual(
    battles.list().map((each) => each.battleId),
    ['c', 'b'],
  );
});

test('an absent result is no win, whichever room knows least', () => {
  const { rooms, battles } = stage(['1', '2']);
  const [first, second] = rooms as [Witness, Witness];
  first.take(battle('b', 'finished', { sides: [side('1', { outcome: 'win' }), side('2', { outcome: 'win' })] }));
  second.take(battle('b', 'open', { sides: duel }));
  assert.deepEqual(
    battles.list()[0]!.sides.map((each) => each.outcome),
    ['unknown', 'unknown'],
  );
});

test('a room whose log takes nothing is told later', () => {
  const { clock, rooms } = stage(['1', '2']);
  const [first, second] = rooms as [Witness, Witness];
  for (const each of rooms) each.take(battle('b', 'open', { sides: duel }));
  first.logFull = true;
  second.take(gift('200', 3));
  clock.advance(1_000);
  assert.equal(first.joined('2', 'room2'), null);
  first.logFull = false;
  first.take(gift('100', 1));
  clock.advance(250);
  assert.equal(first.joined('2', 'room2'), 3);
});

function anything(random: Random, at: number, number: number): MeksEvent {
  const roll = random.next();
  const battleId = `b${Math.max(1, number - (random.chance(0.1) ? 1 : 0))}`;
  const startAt = 1_700_000_000_000 + number * 100_000;
  const sides = random.pick([
    [side('1'), side('2'), side('3')],
    [side('2'), side('1')],
    [side('t1', { hosts: [person('1'), person('3')] }), side('t2', { hosts: [person('2')] })],
  ]);
  if (roll < 0.6)
    return gift(String(100 + random.int(9)), 1 + random.int(50), { at, receiver: random.chance(0.1) ? '2' : '' });
  if (roll < 0.75)
    return battle(battleId, random.pick(['open', 'open', 'finished', 'settled']), { startAt, at, sides });
  if (roll < 0.9) return score(battleId, { 1: random.int(99), 2: random.int(99) }, { at, scoredAt: at });
  if (roll < 0.93) return gap({ at });
  if (roll < 0.94) return room('live', { at, liveId: String(random.int(3)) });
  return score('', { 1: 5, 2: 6 }, { basis: 'diamonds', at, scoredAt: at });
}

for (const seed of [1, 2, 3]) {
  test(`whatever three rooms see of battles, each shows what the others counted, and its log alone says so (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const { clock, rooms, battles } = stage(['1', '2', '3']);
    let number = 1;
    for (let turn = 0; turn < 1_500; turn++) {
      if (random.chance(0.01)) number++;
      const each = random.pick(rooms);
      each.logFull = random.chance(0.05);
      if (!each.logFull) each.take(anything(random, 1_700_000_000_000 + number * 100_000 + turn, number));
      clock.advance(random.int(40));
      for (const { dashboard, ranking } of rooms) assert.deepEqual(dashboard, JSON.parse(JSON.stringify(ranking.view)));
    }
    for (const each of rooms) {
      each.logFull = false;
      each.take(gap());
    }
    clock.advance(1_000);
    let shown = 0;
    for (const receiver of rooms) {
      for (const other of rooms) {
        const [here, there] = [receiver.ranking.view.battle, other.ranking.view.battle];
        if (receiver === other || here === null || here.battleId !== there?.battleId || there.own < 0) continue;
        const host = other.ranking.hostId;
        if (!here.sides.some((each) => each.id === host || each.hosts.some(({ id }) => id === host))) continue;
        assert.equal(receiver.joined(host, other.id), other.own, `${receiver.id} of ${other.id}`);
        shown++;
      }
      assert.deepEqual(receiver.replayed(), receiver.ranking.view, 'a replay of the log alone');
    }
    assert.ok(shown > 0 && rooms.some(({ told }) => told.length > 20));
    for (const { sides } of battles.list())
      for (const each of sides) assert.equal(each.diamonds === null, each.countedBy.length === 0);
  });
}
