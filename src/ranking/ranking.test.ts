import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GiftEvent, MeksEvent } from '../protocol/events.ts';
import { encodeEventFrame } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import { battle, correction, gap, gift, person, room, score, side, viewers, worldStart } from './fixture.ts';
import { Ranking, type BoardReader, type RankingOptions } from './ranking.ts';

const options: RankingOptions = { room: { id: '7', handle: 'ours' }, hostId: '1' };

class Room {
  readonly ranking: Ranking;
  seq = 0;

  constructor(about: Partial<RankingOptions> = {}) {
    this.ranking = new Ranking({ ...options, ...about });
  }

  /** Applies an event as the next one and returns it. */
  take<E extends MeksEvent>(event: E): E {
    this.ranking.apply(++this.seq, event);
    assert.deepEqual(this.ranking.check().problems, []);
    return event;
  }
}

/** The session board. */
function session(ranking: Ranking): BoardReader {
  return ranking.board({ kind: 'session' })!;
}

const sides = [side('1'), side('2')];

test('a gift learns where its gifter stands', () => {
  const room = new Room();
  room.take(gift('100', 5));
  room.take(gift('101', 9));
  const event = room.take(gift('100', 4));
  assert.deepEqual(event.standing, { diamonds: 9, rank: 2, gifters: 2 }, 'who reached nine first stays above');
  assert.deepEqual(room.take(gift('100', 1)).standing, { diamonds: 10, rank: 1, gifters: 2 });
  assert.deepEqual(
    session(room.ranking)
      .top(5)
      .map((row) => [row.rank, row.user.id, row.diamonds, row.seq]),
    [
      [1, '100', 10, 4],
      [2, '101', 9, 2],
    ],
  );
});

test('the end of a streak, and a gift of no diamonds, move nobody', () => {
  const room = new Room();
  room.take(gift('100', 5));
  room.take(gift('101', 5));
  assert.deepEqual(room.take(gift('101', 5, { count: 0, diamonds: 0 })).standing, { diamonds: 5, rank: 2, gifters: 2 });
  assert.deepEqual(room.take(gift('101', 0)).standing, { diamonds: 5, rank: 2, gifters: 2 });
  assert.equal(room.take(gift('102', 0)).standing, null, 'who has given nothing stands nowhere');
  const { gifts, gifters, diamonds } = room.ranking.view.session;
  assert.deepEqual([gifts, gifters, diamonds], [4, 2, 10]);
  assert.equal(room.ranking.view.board[1]!.seq, 2);
});

test('pages, neighbours and ranks are told by user id', () => {
  const room = new Room();
  for (let id = 100; id < 130; id++) room.take(gift(String(id), 1_000 - id));
  const { ranking } = room;
  const ids = (rows: { user: { id: string } }[]): string[] => rows.map((row) => row.user.id);
  assert.deepEqual(ids(session(ranking).page(2, 12)), ['124', '125', '126', '127', '128', '129']);
  assert.deepEqual(ids(session(ranking).neighbours('101', 2)), ['100', '101', '102', '103']);
  assert.deepEqual([session(ranking).rankOf('129'), session(ranking).rankOf('99')], [30, 0]);
  assert.deepEqual(session(ranking).neighbours('99', 2), []);
  assert.equal(ranking.board({ kind: 'session' })!.standingOf('110')!.rank, 11);
  assert.equal(ranking.board({ kind: 'receiver', receiver: '4' }), null);
});

test('gifts of a battle count for the side of whoever receives them', () => {
  const room = new Room();
  room.take(battle('a', 'open', { sides }));
  const ours = room.take(gift('100', 5));
  assert.deepEqual(ours.battle, { battleId: 'a', side: 0, sideDiamonds: 5, diamonds: 5, rank: 1 });
  assert.equal(room.take(gift('100', 5, { receiver: '1' })).battle?.sideDiamonds, 10, 'the host by id');
  assert.equal(room.take(gift('100', 5, { receiver: '4' })).battle, null, 'a guest is on no side');
  const rival = room.take(gift('101', 7, { receiver: '2' }));
  assert.deepEqual(rival.battle, { battleId: 'a', side: 1, sideDiamonds: 7, diamonds: 7, rank: 1 });
  assert.deepEqual(
    room.ranking.view.battle!.sides.map((each) => each.diamonds),
    [10, 7],
  );
  assert.deepEqual(room.ranking.board({ kind: 'receiver', receiver: '1' })!.total, 10);
});

test('a late gift counts for the battle in which it was given', () => {
  const room = new Room();
  room.take(battle('a', 'open', { sides }));
  room.take(battle('a', 'finished', { at: worldStart + 304_500, sides }));
  assert.equal(room.take(gift('100', 5, { at: worldStart + 310_000 })).battle, null, 'given in the victory lap');
  assert.equal(room.take(gift('100', 5, { at: worldStart + 300_000 })).battle?.sideDiamonds, 5);
  room.take(battle('b', 'open', { sides, startAt: worldStart + 400_000, at: worldStart + 400_100 }));
  const late = room.take(gift('100', 6, { at: worldStart + 299_000 }));
  assert.deepEqual(late.battle, { battleId: 'a', side: 0, sideDiamonds: 11, diamonds: 11, rank: 1 });
  assert.equal(room.ranking.view.battle!.sides[0]!.diamonds, 0, 'the new battle has none of it');
  assert.equal(room.ranking.formerBattle!.sides[0]!.diamonds, 11);
  assert.equal(room.ranking.board({ kind: 'side', side: 0, battleId: 'a' })!.total, 11);
  assert.equal(room.ranking.board({ kind: 'side', side: 0 })!.total, 0);
  assert.equal(room.ranking.board({ kind: 'side', side: 0, battleId: 'z' }), null);
  assert.equal(room.ranking.counters.get('formerBattleGifts'), 1);
});

test('the host is learned from a battle, and what came to that id before was the host’s', () => {
  const room = new Room({ hostId: '' });
  room.take(gift('100', 5, { receiver: '1' }));
  room.take(gift('101', 6));
  const hosts = [{ ...person('1'), handle: 'Ours' }];
  room.take(battle('a', 'open', { sides: [side('2'), side('1', { hosts })] }));
  assert.equal(room.ranking.hostId, '1');
  assert.equal(room.take(gift('100', 1)).battle?.side, 0);
  assert.equal(room.ranking.board({ kind: 'receiver', receiver: '' })!.total, 12);
  assert.equal(room.ranking.board({ kind: 'receiver', receiver: '1' })!.total, 12);
});

test('a battle that was over does not come back, whatever arrives of it', () => {
  const room = new Room();
  room.take(battle('a', 'open', { sides }));
  room.take(battle('b', 'open', { sides, startAt: worldStart + 400_000, at: worldStart + 400_000 }));
  const late = room.take(score('a', { 1: 5 }, { scoredAt: worldStart + 900_000, at: worldStart + 900_000 }));
  assert.equal(late.state?.battleId, 'b', 'the event carries the battle that is on');
  assert.equal(room.ranking.counters.get('staleBattleEvents'), 1);
});

test('a gap leaves the battle’s diamonds incomplete, for dashboards as well', () => {
  const room = new Room();
  room.take(battle('a', 'open', { sides }));
  assert.equal(room.ranking.view.battle!.complete, true);
  room.take(gap());
  assert.equal(room.ranking.view.battle!.complete, false);
  room.take(score('a', { 1: 5, 2: 5 }));
  assert.equal(room.ranking.view.battle!.complete, false);
});

test('a new session begins when a LIVE begins after the end of another', () => {
  const room = new Room();
  room.take(room_('live', '700'));
  room.take(gift('100', 5));
  room.take(battle('a', 'open', { sides }));
  room.take(room_('live', '700'));
  assert.equal(room.ranking.view.session.diamonds, 5, 'a reconnect to the same LIVE');
  room.take(room_('ended'));
  room.take(gift('100', 1));
  room.take(room_('live', '700'));
  assert.equal(room.ranking.view.session.diamonds, 6, 'the end was none: the same LIVE goes on');
  room.take(room_('live', '701'));
  const { session, board, battle: shown } = room.ranking.view;
  assert.deepEqual([session.diamonds, session.gifters, board, shown], [0, 0, [], null]);
  assert.deepEqual([session.startSeq, session.liveId, session.status], [room.seq, '701', 'live']);
  assert.equal(room.take(gift('100', 2)).standing?.diamonds, 2);
  assert.equal(room.ranking.board({ kind: 'all-time' })!.total, 8, 'all time goes on');
  room.take(room_('suspended'));
  room.take(room_('live'));
  assert.equal(room.ranking.view.session.diamonds, 0, 'without ids, the end decides');
  assert.equal(room.ranking.counters.get('sessions'), 2);
});

function room_(topic: 'live' | 'ended' | 'suspended', liveId?: string): MeksEvent {
  return room(topic, liveId === undefined ? {} : { liveId });
}

test('corrections compensate: given, taken back, moved and merged', () => {
  const room = new Room();
  room.take(battle('a', 'open', { sides }));
  room.take(gift('100', 50));
  room.take(gift('101', 30));
  const inBattle = { side: { battleId: 'a', sideId: '1' } };
  const added = room.take(correction('add', '102', 40, inBattle));
  assert.deepEqual([added.applied, added.sessionDiamonds, added.gifters], [40, 120, 3]);
  assert.deepEqual(
    added.board!.map((row) => row.user.id),
    ['100', '102', '101'],
  );
  assert.equal(added.battle?.sides[0]?.diamonds, 120);
  const moved = room.take(correction('move', '100', 45, { target: person('101'), ...inBattle }));
  assert.deepEqual([moved.applied, moved.sessionDiamonds], [45, 120]);
  assert.equal(session(room.ranking).rankOf('101'), 1);
  const voided = room.take(correction('void', '100', 45));
  assert.deepEqual([voided.applied, voided.gifters, voided.battle], [5, 2, null], 'no more than there was');
  assert.equal(room.ranking.view.battle!.sides[0]!.diamonds, 120, 'which side was not said');
  const merged = room.take(correction('merge', '102', 0, { target: person('101') }));
  assert.deepEqual([merged.applied, merged.gifters], [40, 1]);
  assert.deepEqual(
    room.ranking.view.battleBoards[0]!.map((row) => [row.user.id, row.diamonds]),
    [
      ['101', 115],
      ['100', 5],
    ],
  );
  assert.equal(room.ranking.counters.get('correctionsCut'), 1);
});

test('corrections of what is not there change nothing but are events all the same', () => {
  const room = new Room();
  room.take(gift('100', 5));
  for (const event of [
    correction('void', '999', 5),
    correction('move', '999', 5, { target: person('100') }),
    correction('merge', '100', 0, { target: person('100') }),
    correction('add', '999', 0),
  ]) {
    const taken = room.take(event);
    assert.deepEqual([taken.applied, taken.sessionDiamonds, taken.board?.length], [0, 5, 1]);
  }
});

test('a correction fits into an event, however long names and picture addresses are', () => {
  const room = new Room();
  const long = (id: string, chars: number): GiftEvent =>
    gift(id, 5, {
      user: { ...person(id), name: '✨'.repeat(chars), avatar: `https://p16.example/${'x'.repeat(chars)}` },
    });
  for (let id = 100; id < 220; id++) room.take(long(String(id), 1_500));
  const taken = room.take(correction('void', '100', 1));
  assert.equal(taken.board!.length, 100);
  assert.ok(Buffer.byteLength(encodeEventFrame(9, taken)) < limits.eventBytesMax.value);
});

test('upstream’s own totals are compared with what was counted, by cause', () => {
  const room = new Room();
  const told = (value: number, at: number): MeksEvent =>
    score('', { 1: value, 8: 99 }, { basis: 'diamonds', scoredAt: worldStart + at });
  room.take(gift('100', 5));
  room.take(told(105, 1));
  assert.deepEqual(drift(room), [105, 5, 100, 100, 0, 0], 'before MEKS listened');
  room.take(gift('100', 5));
  room.take(told(110, 2));
  assert.deepEqual(drift(room), [110, 10, 100, 100, 0, 0]);
  room.take(gap());
  room.take(told(150, 3));
  assert.deepEqual(drift(room), [150, 10, 140, 100, 40, 0], 'lost in the gap');
  room.take(told(157, 4));
  assert.deepEqual(drift(room), [157, 10, 147, 100, 40, 7], 'nobody knows');
  room.take(correction('add', '100', 7));
  room.take(told(157, 5));
  assert.deepEqual(drift(room), [157, 10, 147, 100, 40, 7], 'a correction is not a gift that was seen');
  room.take(told(3, 4));
  assert.deepEqual(drift(room)[0], 157, 'older');
  room.take(told(3, 6));
  assert.deepEqual(drift(room), [3, 10, -7, -54, 40, 7], 'upstream began anew');
});

function drift(room: Room): number[] {
  const all = room.ranking.drift().hosts;
  assert.equal(all.length, 1, 'hosts whose gifts are not seen here are not compared');
  const { upstream, own, drift: apart, joinedLate, gap: lost, unknown } = all[0]!;
  return [upstream, own, apart, joinedLate, lost, unknown];
}

test('gifts without a price and gifts to guests have causes of their own, and the causes add up', () => {
  const room = new Room();
  const told = (values: Record<string, number>, at: number): MeksEvent =>
    score('', values, { basis: 'diamonds', scoredAt: worldStart + at });
  room.take(gift('100', 5));
  room.take(gift('100', 5, { receiver: '4' }));
  room.take(told({ 1: 5, 4: 25, 9: 70 }, 1));
  room.take(gift('101', 0, { gift: { id: 'new', name: 'New', price: 0, type: 1 } }));
  room.take(told({ 1: 35, 4: 25 }, 2));
  room.take(told({ 1: 36, 4: 28 }, 3));
  const { total } = room.ranking.drift();
  assert.deepEqual(total, {
    counted: 10,
    upstream: 64,
    joinedLate: 20,
    gap: 0,
    unknownGift: 30,
    multiGuest: 3,
    unknown: 1,
  });
  room.take(battle('a', 'open', { sides: [side('1'), side('4')] }));
  room.take(told({ 1: 36, 4: 900 }, 4));
  assert.equal(room.ranking.drift().total!.upstream, 64, 'a rival is in no feed of this room');
});

test('upstream’s best of the own side are held against that side’s board', () => {
  const room = new Room();
  room.take(battle('a', 'open', { sides: [side('1'), side('2')] }));
  room.take(gift('100', 5));
  const top = [
    { user: person('100'), points: 9, diamonds: 5 },
    { user: person('101'), points: 8, diamonds: 4 },
    { user: person('102'), points: 7, diamonds: null },
  ];
  room.take({
    ...score('a', { 1: 24, 2: 0 }),
    sides: [
      { id: '1', value: 24, top },
      { id: '2', value: 0, top: [] },
    ],
  });
  assert.deepEqual(room.ranking.drift().army, [
    { userId: '100', upstream: 5, own: 5, drift: 0, cause: null },
    { userId: '101', upstream: 4, own: 0, drift: 4, cause: 'unknown' },
  ]);
  room.take(battle('b', 'open', { sides: [side('1'), side('2')], startAt: worldStart + 1, at: worldStart + 1 }));
  assert.deepEqual(room.ranking.drift().army, [], 'of the battle on display alone');
});

test('upstream’s list of top viewers is held against the board', () => {
  const room = new Room();
  room.take(gift('100', 5));
  const top = [
    { user: person('100'), score: 7, rank: 1 },
    { user: person('101'), score: 4, rank: 2 },
    { user: person('102'), score: 0, rank: 3 },
  ];
  room.take({ ...viewers(9), top });
  assert.deepEqual(room.ranking.drift().viewers, [
    { userId: '100', upstream: 7, own: 5, drift: 2, cause: 'unknown' },
    { userId: '101', upstream: 4, own: 0, drift: 4, cause: 'unknown' },
  ]);
});

test('a gifter is apart for the one cause that explains as much of the room; where several could be, nobody knows', () => {
  const causes: Record<string, (string | null)[]> = {};
  const room = new Room();
  const told = (values: Record<string, number>, at: number): MeksEvent =>
    score('', values, { basis: 'diamonds', scoredAt: worldStart + at });
  const look = (when: string): void =>
    void (causes[when] = room.ranking.drift().viewers.map(({ drift: apart, cause }) => (apart === 0 ? null : cause)));
  const list = [12, 25, 6, 3].map((value, index) => ({ user: person(String(100 + index)), score: value, rank: index }));
  room.take(gift('100', 10));
  room.take(gift('102', 6));
  room.take(gift('103', 5));
  room.take({ ...viewers(9), top: list });
  look('no total');
  room.take(told({ 1: 21 + 30 }, 1));
  look('joined late');
  room.take(gap());
  room.take(told({ 1: 21 + 30 + 5 }, 2));
  look('and lost in a gap');
  assert.deepEqual(causes, {
    'no total': ['unknown', 'unknown', null, 'unknown'],
    'joined late': ['joinedLate', 'joinedLate', null, 'unknown'],
    'and lost in a gap': ['unknown', 'joinedLate', null, 'unknown'],
  });
  assert.ok(room.ranking.drift().viewers.every(({ drift: apart, cause }) => (apart === 0) === (cause === null)));
});

test('who finds the roster full counts in the totals and has no standing', () => {
  const room = new Room({ giftersMax: 2 });
  room.take(gift('100', 5));
  room.take(gift('101', 5));
  assert.equal(room.take(gift('102', 7)).standing, null);
  assert.equal(room.take(gift('100', 1)).standing?.rank, 1);
  assert.deepEqual([room.ranking.view.session.diamonds, room.ranking.view.session.gifters], [18, 2]);
  assert.equal(room.take(correction('add', '103', 5)).applied, 0);
  assert.equal(room.take(correction('void', '100', 1)).sessionDiamonds, 17);
  assert.equal(room.ranking.counters.get('giftersRefused'), 1);
});

test('a check that fails says what does not agree, and is counted', () => {
  const { ranking } = new Room();
  ranking.apply(1, gift('100', 5));
  assert.deepEqual(ranking.check().problems, []);
  ranking.view.session.diamonds = 6;
  assert.match(ranking.check().problems[0]!, /6 instead of 5/);
  ranking.view.session.diamonds = 5;
  ranking.view.board.pop();
  assert.equal(ranking.check().problems.length, 1);
  assert.deepEqual([ranking.counters.get('checks'), ranking.counters.get('checksFailed')], [3, 2]);
});
