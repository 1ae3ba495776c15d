import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../src/base/clock.ts';
import { seededRandom } from '../src/base/random.ts';
import { HistoryDatabase, numberOf } from '../src/journal/history/database.ts';
import { Deadline } from '../src/journal/history/deadline.ts';
import { Importer } from '../src/journal/history/importer.ts';
import { HistoryQueries, type PastStanding } from '../src/journal/history/queries.ts';
import type { RankedStanding } from '../src/ranking/ranking.ts';
import { directory, Life } from './support/log-life.ts';
import { continuePast, type Moment, type Past, pastWorld } from './support/past-world.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-history-'));
after(() => rmSync(folder, { recursive: true }));
const deadline = new Deadline(systemClock, 600_000);
let files = 0;

interface Built {
  readonly file: string;
  readonly database: HistoryDatabase;
  readonly importer: Importer;
  readonly queries: HistoryQueries;
  readonly faults: number[];
}

function build(past: Past, file = `${folder}/history-${++files}.db`): Built {
  const { life } = past;
  const database = HistoryDatabase.openToWrite(file);
  const faults: number[] = [];
  const importer = new Importer({
    disk: life.disk,
    clock: systemClock,
    database,
    onFault: (_room, seq) => void faults.push(seq),
  });
  const writtenSeq = (): number => life.journal.sendable() - 1;
  importer.addRoom({ name: '1', handle: 'solene', epoch: life.journal.epoch, directory, writtenSeq });
  return { file, database, importer, queries: new HistoryQueries(database), faults };
}

function importAll({ importer }: Built): void {
  while (importer.turn());
}

/** Boards without pictures and names, which change. */
function bare(rows: readonly (RankedStanding | PastStanding)[]): unknown[] {
  return rows.map(({ rank, user, diamonds, seq }) => ({ rank, id: user.id, diamonds, seq }));
}

function sessionOf(built: Built, startSeq: number): number {
  return numberOf(built.database.get('SELECT id FROM session WHERE start_seq = ?', [startSeq]), 'id');
}

function assertMoments(built: Built, moments: readonly Moment[], what: string): void {
  for (const moment of moments) {
    const { seq, startSeq, sides, gifters } = moment;
    const session = sessionOf(built, startSeq);
    const board = built.queries.board({ session, seq, limit: 1000 }, deadline);
    assert.deepEqual(bare(board!.rows), bare(moment.board), `${what}, session board at ${seq}`);
    assert.equal(board!.gifters, gifters, `${what}, gifters at ${seq}`);
    for (const { battleId, side, board: rows } of sides) {
      const battle = built.database.get('SELECT id FROM battle WHERE session = ? AND upstream = ?', [
        session,
        battleId,
      ]);
      const query = { battle: numberOf(battle, 'id'), side, seq, limit: 1000 };
      const past = built.queries.sideBoard(query, deadline);
      assert.deepEqual(bare(past?.rows ?? []), bare(rows), `${what}, side ${side} of ${battleId} at ${seq}`);
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
    assert.deepEqual(built.importer.progress()[0], { room: '1', seq: 3000, behind: 0, disagreements: 0, faults: 0 });
    assert.ok(past.moments.length > 30);
    assertMoments(built, past.moments, `seed ${seed}`);
    built.database.close();
  }
});

test('an import in pieces, with restarts in between, gives the same as one at a stretch', () => {
  const past = pastWorld(11);
  const random = seededRandom(11);
  const file = `${folder}/pieces.db`;
  let built = build(past, file);
  for (let round = 0; round < 25; round++) {
    past.go(random.int(200));
    built.importer.turn();
    if (random.chance(0.5)) {
      built.importer.close();
      built.database.close();
      built = build(past, file);
    }
  }
  importAll(built);
  const whole = build(past);
  importAll(whole);
  assertMoments(built, past.moments, 'in pieces');
  const everything = (from: Built): unknown[] =>
    ['session', 'battle', 'entry', 'session_gifter', 'correction', 'gap'].map((table) =>
      from.database.all(`SELECT * FROM ${table}`),
    );
  assert.deepEqual(everything(built), everything(whole));
});

test('sums of sessions and gifters are those of the entries and of the ranking', () => {
  const past = pastWorld(3);
  past.go(4000);
  const built = build(past);
  importAll(built);
  const { queries, database } = built;
  const sessions = queries.sessions({ room: '1', limit: 1000 });
  assert.ok(sessions.length > 3);
  assert.equal(sessions[0]!.diamonds, past.ranking.view.session.diamonds);
  assert.equal(sessions[0]!.gifters, past.ranking.view.session.gifters);
  for (const { session } of sessions) {
    const board = queries.board({ session, limit: 1000 }, deadline)!;
    const sums = database.all('SELECT diamonds FROM session_gifter WHERE session = ? AND diamonds > 0', [session]);
    const total = sums.reduce((sum, row) => sum + numberOf(row, 'diamonds'), 0);
    assert.deepEqual([total, sums.length], [board.diamonds, board.gifters]);
  }
  const [first] = queries.gifters({ room: '1', limit: 1 });
  const detail = queries.gifter({ user: first!.user.id, limit: 1000 })!;
  assert.equal(
    detail.sessions.reduce((sum, { diamonds }) => sum + diamonds, 0),
    first!.diamonds,
  );
  assert.equal(detail.sessions.length, first!.sessions);
  const found = queries.gifters({ search: first!.user.handle.toUpperCase() });
  assert.ok(found.some(({ user }) => user.id === first!.user.id));
  assert.equal(queries.gifters({ room: 'other' }).length, 0);
});

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
    importAll(second);
    const moments = [...past.moments.filter(({ seq }) => seq <= kept), ...other.moments];
    assertMoments(second, moments, `seed ${seed}`);
    const whole = build(other);
    importAll(whole);
    const sums =
      'SELECT session.start_seq, person.upstream, g.diamonds, g.gifts, g.first_seq, g.last_seq FROM session_gifter g JOIN session ON session.id = g.session JOIN person ON person.id = g.person ORDER BY 1, 2';
    assert.deepEqual(second.database.all(sums), whole.database.all(sums), `seed ${seed}`);
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

test('a history of a newer MEKS is not touched', () => {
  const file = `${folder}/newer.db`;
  const database = HistoryDatabase.openToWrite(file);
  database.run('PRAGMA user_version = 99');
  database.close();
  assert.throws(() => HistoryDatabase.openToWrite(file), { code: 'MEKS_HISTORY_NEWER' });
});
