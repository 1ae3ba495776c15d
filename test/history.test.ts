import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../src/base/clock.ts';
import { seededRandom } from '../src/base/random.ts';
import { readLog } from '../src/journal/reader.ts';
import { HistoryDatabase, numberOf } from '../src/journal/history/database.ts';
import { Deadline } from '../src/journal/history/deadline.ts';
import { People } from '../src/journal/history/people.ts';
import { HistoryQueries } from '../src/journal/history/queries.ts';
import { RoomImport } from '../src/journal/history/room-import.ts';
import type { MeksEvent } from '../src/protocol/events.ts';
import { encodeEventFrame, type EventFrame } from '../src/protocol/frames.ts';
import { limits } from '../src/protocol/limits.ts';
import { gift, room, World } from '../src/ranking/fixture.ts';
import type { PastStanding } from '../src/protocol/history-answers.ts';
import type { RankedStanding } from '../src/ranking/ranking.ts';
import { directory, Life } from './support/log-life.ts';
import { build as buildIn, type Built, close, contentOf, importAll } from './support/past-history.ts';
import { continuePast, type Moment, type Past, pastWorld } from './support/past-world.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-history-'));
after(() => rmSync(folder, { recursive: true }));
const deadline = new Deadline(systemClock, 600_000);
let files = 0;

function build(past: Past, file = `${folder}/history-${++files}.db`): Built {
  return buildIn(past, file);
}

/** Boards without pictures and names, which change. */
function bare(rows: readonly (RankedStanding | PastStanding)[]): unknown[] {
  return rows.map(({ rank, user, diamonds, seq }) => ({ rank, id: user.id, diamonds, seq }));
}

function assertMoments(built: Built, moments: readonly Moment[], what: string): void {
  for (const moment of moments) {
    const { seq, startSeq, sides, gifters } = moment;
    // A room's first session begins without being told so: with its first event.
    const session = Math.max(1, startSeq);
    const board = built.queries.board({ room: '1', session, seq, limit: 1000 }, deadline);
    assert.deepEqual(bare(board!.rows), bare(moment.board), `${what}, session board at ${seq}`);
    assert.equal(board!.gifters, gifters, `${what}, gifters at ${seq}`);
    for (const { battleId: battle, side, board: rows } of sides) {
      const query = { room: '1', session, battle, side, seq, limit: 1000 };
      const past = built.queries.sideBoard(query, deadline);
      assert.deepEqual(bare(past?.rows ?? []), bare(rows), `${what}, side ${side} of ${battle} at ${seq}`);
    }
  }
}

test('every board of the past is what the ranking said at that position, with corrections, battles and sessions', () => {
  for (let seed = 1; seed <= 6; seed++) {
    const past = pastWorld(seed);
    past.go(3000);
    const built = build(past);
    importAll(built);
    assert.deepEqual(built.faults, []);
    const { seq, behind, disagreements, faults: left } = built.importer.progress()[0]!;
    assert.deepEqual([seq, behind, disagreements, left], [3000, 0, 0, 0]);
    assert.ok(past.moments.length > 30);
    assertMoments(built, past.moments, `seed ${seed}`);
    built.database.close();
  }
});

test('an import in pieces, with restarts in between, gives the same as one at a stretch', () => {
  for (let seed = 11; seed <= 16; seed++) {
    const past = pastWorld(seed);
    const random = seededRandom(seed);
    const file = `${folder}/pieces-${seed}.db`;
    let built = build(past, file);
    for (let round = 0; round < 25; round++) {
      past.go(random.int(200));
      built.importer.turn();
      if (random.chance(0.5)) {
        close(built);
        built = build(past, file);
      }
    }
    importAll(built);
    const whole = build(past);
    importAll(whole);
    assertMoments(built, past.moments, `seed ${seed}, in pieces`);
    assert.deepEqual(contentOf(built), contentOf(whole), `seed ${seed}`);
    close(built);
    close(whole);
  }
});

test('sums of sessions and gifters are those of the entries and of the ranking', () => {
  const past = pastWorld(3);
  past.go(4000);
  const built = build(past);
  importAll(built);
  const { queries, database } = built;
  const sessions = queries.sessions({ room: '1', limit: 1000 })!;
  assert.ok(sessions.length > 3);
  assert.equal(sessions[0]!.diamonds, past.ranking.view.session.diamonds);
  assert.equal(sessions[0]!.gifters, past.ranking.view.session.gifters);
  for (const { session } of sessions) {
    const board = queries.board({ room: '@solene', session, limit: 1000 }, deadline)!;
    const sql = `SELECT g.diamonds FROM session_gifter AS g JOIN session ON session.id = g.session
      WHERE session.start_seq = ? AND g.diamonds > 0`;
    const sums = database.all(sql, [session]);
    const total = sums.reduce((sum, row) => sum + numberOf(row, 'diamonds'), 0);
    assert.deepEqual([total, sums.length], [board.diamonds, board.gifters]);
  }
  const all = queries.gifters({ room: '1', limit: 1000 })!;
  for (const { user, diamonds, gifts, sessions: count, firstAt, lastAt } of all) {
    const detail = queries.gifter({ room: '1', user: user.id, limit: 1000 })!;
    const sum = (pick: (one: (typeof detail.inSessions)[number]) => number): number =>
      detail.inSessions.reduce((total, one) => total + pick(one), 0);
    assert.deepEqual([sum((one) => one.diamonds), sum((one) => one.gifts)], [diamonds, gifts], user.id);
    assert.equal(detail.inSessions.length, count, user.id);
    assert.equal(Math.min(...detail.inSessions.map((one) => one.firstAt)), firstAt, user.id);
    assert.equal(Math.max(...detail.inSessions.map((one) => one.lastAt)), lastAt, user.id);
  }
  const handle = all[0]!.user.handle.toUpperCase();
  for (const search of [handle, `@${handle}`, all[0]!.user.id])
    assert.ok(queries.gifters({ room: '1', search })!.some(({ user }) => user.id === all[0]!.user.id));
});

test('what the history does not know is answered as not known', () => {
  const past = pastWorld(4);
  past.go(300);
  const built = build(past);
  importAll(built);
  const { queries } = built;
  const { session } = queries.sessions({ room: '1' })![0]!;
  const unknown = { room: '../../1', session };
  assert.equal(queries.gifters({ room: 'other' }), null);
  assert.equal(queries.sessions(unknown), null);
  assert.equal(queries.session({ room: '1', session: session + 1 }), null);
  assert.equal(queries.battle({ room: '1', session, battle: 'none' }), null);
  assert.equal(queries.gifter({ room: '1', user: 'nobody' }), null);
  assert.equal(queries.board({ room: '1', session: 0 }, deadline), null);
  assert.equal(queries.sideBoard({ room: '1', session, battle: 'none', side: 'none' }, deadline), null);
});

test('what operators changed is answered as it was broadcast', () => {
  const past = pastWorld(9);
  past.go(3000);
  const built = build(past);
  importAll(built);
  const told = [...readLog(past.life.disk, directory, 1, 3000)].flatMap((item) => {
    const frame = JSON.parse(item.kind === 'record' ? item.payload.toString() : '{}') as EventFrame;
    return frame.kind === 'operator' ? [{ seq: frame.seq, id: frame.id, by: frame.by, change: frame.change }] : [];
  });
  const sessions = built.queries.sessions({ room: '1', limit: 1000 })!.toReversed();
  const known = sessions.flatMap(({ session }) => built.queries.operators({ room: '1', session, limit: 1000 })!);
  assert.ok(told.length > 10, `${told.length} changes`);
  assert.deepEqual(
    known.map(({ seq, id, by, change }) => ({ seq, id, by, change })),
    told,
  );
  const { session } = sessions.at(-1)!;
  assert.deepEqual(built.queries.operators({ room: '1', session, list: 'goal' }), []);
});

test('a board at a time is the board after everything that had happened by then', () => {
  const past = pastWorld(8);
  const random = seededRandom(8);
  const world = new World(random.fork(), { gifters: 30, paceMs: 0 });
  const times: number[] = [];
  let at = 1_700_000_000_000;
  for (let seq = 1; seq <= 1500; seq++) {
    // In one millisecond, or after a silence: never backwards.
    at += random.chance(0.3) ? 0 : random.int(random.chance(0.05) ? 60_000 : 2_000);
    const event = { ...world.next(), at };
    past.ranking.apply(seq, event);
    past.life.journal.append(seq, Buffer.from(encodeEventFrame(seq, event)));
    times.push(at);
    if (seq % 100 === 0) past.life.clock.advance(1);
  }
  past.life.clock.advance(5);
  const built = build(past);
  importAll(built);
  let compared = 0;
  for (const { session, endSeq } of built.queries.sessions({ room: '1', limit: 1000 })!) {
    for (let seq = session; seq < endSeq; seq += 1 + random.int(8)) {
      const next = times[seq]!;
      if (times[seq - 1] === next) continue;
      const name = { room: '1', session, limit: 1000 };
      const expected = built.queries.board({ ...name, seq }, deadline)!;
      for (const time of [times[seq - 1]!, next - 1])
        assert.deepEqual(
          built.queries.board({ ...name, at: time }, deadline)!.rows,
          expected.rows,
          `${seq} at ${time}`,
        );
      compared++;
    }
    assert.equal(built.queries.board({ room: '1', session, at: 1 }, deadline)!.seq, session);
  }
  assert.ok(compared > 100, `${compared} compared`);
});

test('a session whose end nobody saw is told as that once the next one has begun', () => {
  const past = pastWorld(7);
  const events = [
    room('live', { liveId: 'a' }),
    gift('100', 5),
    room('live', { liveId: 'b' }),
    room('paused'),
    room('live', { liveId: 'c' }),
    room('ended'),
    room('live', { liveId: 'd' }),
  ];
  const built = build(past);
  events.forEach((event, index) => {
    past.life.journal.append(index + 1, Buffer.from(encodeEventFrame(index + 1, event)));
    past.life.clock.advance(5);
    importAll(built);
    if (index === 1) assert.equal(built.queries.session({ room: '1', session: 1 })!.status, 'live');
  });
  const states = (of: Built): string[] =>
    of.queries.sessions({ room: '1' })!.map(({ liveId, status }) => `${liveId} ${status}`);
  assert.deepEqual(states(built), ['d live', 'c ended', 'b unknown', 'a unknown']);
  const whole = build(past);
  importAll(whole);
  assert.deepEqual(contentOf(built), contentOf(whole));
  close(built);
  close(whole);
});

test('a session that a log which lost its end goes back into goes on, before anything more of it comes', () => {
  const database = HistoryDatabase.openToWrite(`${folder}/back.db`);
  const target = new RoomImport(database, new People(database), { name: '1', handle: 'solene', epoch: 'e' });
  const take = (seq: number, event: MeksEvent): void =>
    database.transaction(() => {
      target.apply(seq, Buffer.from(encodeEventFrame(seq, event)), 1);
      target.flush();
    });
  const states = (): string[] => {
    const sessions = new HistoryQueries(database).sessions({ room: '1' })!;
    return sessions.map(({ liveId, status, endSeq }) => `${liveId} ${status} ${endSeq}`);
  };
  const next = limits.historyStateEvents.value;
  take(1, room('live', { liveId: 'a' }));
  take(next - 1, gift('100', 5));
  take(next, room('live', { liveId: 'b' }));
  assert.deepEqual(states(), [`b live ${next}`, `a unknown ${next - 1}`]);
  target.rollBack(target.states()[1]!);
  assert.deepEqual(states(), [`a live ${next - 1}`]);
  take(next, gift('100', 5));
  assert.deepEqual(states(), [`a live ${next}`]);
  database.close();
});

/** Sums by names: numbers of rows may be others after going back. */
const sums = [
  `SELECT session.start_seq, person.upstream, g.diamonds, g.gifts, g.first_seq, g.last_seq, g.first_at, g.last_at
   FROM session_gifter g JOIN session ON session.id = g.session JOIN person ON person.id = g.person ORDER BY 1, 2`,
  `SELECT person.upstream, g.diamonds, g.gifts, g.sessions, g.first_at, g.last_at FROM room_gifter g
   JOIN person ON person.id = g.person ORDER BY 1`,
  `SELECT session.start_seq, pulse.at, pulse.seq, pulse.events, pulse.gifts, pulse.diamonds, pulse.viewers
   FROM pulse JOIN session ON session.id = pulse.session ORDER BY 1, 2`,
  'SELECT start_seq, end_seq, live, start_at, end_at, status, diamonds, gifts FROM session ORDER BY 1',
];

test('a log that lost its end to a power cut and went on otherwise takes the history back with it', () => {
  for (let seed = 21; seed <= 26; seed++) {
    const random = seededRandom(seed);
    const past = pastWorld(seed);
    const file = `${folder}/lost-${seed}.db`;
    past.go(500);
    const first = build(past, file);
    for (let round = 0; round < 10; round++) {
      past.go(60);
      importAll(first);
    }
    first.importer.close();
    first.database.close();
    past.life.kill();
    // The medium has less than what the system had.
    const names = past.life.disk.list(directory).filter((name) => name.startsWith('segment-'));
    const newest = `${directory}/${names.sort().at(-1)}`;
    const size = past.life.disk.content(newest).length;
    past.life.disk.truncate(newest, Math.max(512, size - random.int(60_000)));
    past.life.disk.boot = `boot-${seed}`;
    const life = new Life(past.life.disk, past.life.clock, { segmentBytesMax: 65_536, ringBytes: 1_048_576 });
    assert.equal(life.recovered.report.continued, false);
    const kept = life.recovered.report.lastSeq;
    const other = continuePast(life, seed + 1000);
    other.go(random.chance(0.5) ? 1000 : 20);
    const second = build(other, file);
    assert.deepEqual(second.copies, [], 'the log has all of it from its beginning');
    importAll(second);
    const moments = [...past.moments.filter(({ seq }) => seq <= kept), ...other.moments];
    assertMoments(second, moments, `seed ${seed}`);
    const whole = build(other);
    importAll(whole);
    for (const sql of sums) assert.deepEqual(second.database.all(sql), whole.database.all(sql), `seed ${seed}`);
    second.database.close();
    whole.database.close();
  }
});

test('events that the log has lost are a gap in the history, and what follows is imported', () => {
  const past = pastWorld(5);
  past.go(1500);
  const segments = past.life.disk
    .list(directory)
    .filter((name) => name.startsWith('segment-'))
    .sort();
  past.life.disk.remove(`${directory}/${segments[2]}`);
  const built = build(past);
  importAll(built);
  const gaps = built.database.all("SELECT seq, missed FROM gap WHERE reason = 'log'");
  assert.equal(gaps.length, 1);
  const next = Number(/\d+/.exec(segments[3]!)![0]);
  assert.equal(numberOf(gaps[0], 'seq') + numberOf(gaps[0], 'missed'), next);
  assert.equal(built.importer.progress()[0]!.seq, 1500);
});

test('an event that trips over a bug is left out, counted and told, and the import goes on', () => {
  const past = pastWorld(6);
  past.go(50);
  const { journal } = past.life;
  journal.append(51, Buffer.from('{"seq":51,"kind":"gift","at":1,"id":"1"}'));
  journal.append(52, Buffer.from('{"seq":52,"kind":"like","at":1,"id":"2","total":5}'));
  past.life.clock.advance(5);
  const built = build(past);
  importAll(built);
  assert.deepEqual(built.faults, [51]);
  const { seq, faults } = built.importer.progress()[0]!;
  assert.deepEqual([seq, faults], [52, 1]);
  assert.equal(built.database.all("SELECT * FROM gap WHERE reason = 'fault'").length, 1);
});

test('several events of one batch that trip over a bug are all left out, each told once', () => {
  const past = pastWorld(6);
  past.go(50);
  const { journal } = past.life;
  for (const seq of [51, 52, 53, 54]) {
    const bad = `{"seq":${seq},"kind":"gift","at":1,"id":"${seq}"}`;
    const good = `{"seq":${seq},"kind":"like","at":1,"id":"${seq}","total":5}`;
    journal.append(seq, Buffer.from(seq % 2 === 1 ? bad : good));
  }
  past.life.clock.advance(5);
  const built = build(past);
  for (let turns = 0; turns < 10 && built.importer.turn(); turns++);
  assert.deepEqual(built.faults, [51, 53]);
  const { seq, faults } = built.importer.progress()[0]!;
  assert.deepEqual([seq, faults], [54, 2]);
  assert.equal(built.database.all("SELECT * FROM gap WHERE reason = 'fault'").length, 2);
});

test('a history of a newer MEKS is not touched', () => {
  const file = `${folder}/newer.db`;
  const database = HistoryDatabase.openToWrite(file);
  database.run('PRAGMA user_version = 99');
  database.close();
  assert.throws(() => HistoryDatabase.openToWrite(file), { code: 'MEKS_HISTORY_NEWER' });
});
