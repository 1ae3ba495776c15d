import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { systemClock } from '../src/base/clock.ts';
import type { Log } from '../src/base/log.ts';
import { HistoryDatabase, numberOf } from '../src/journal/history/database.ts';
import { Deadline } from '../src/journal/history/deadline.ts';
import { migrate, schemaVersion } from '../src/journal/history/schema.ts';
import { HistoryImport } from '../src/journal/history.ts';
import { HistoryReader } from '../src/journal/history-cold.ts';
import { Journals } from '../src/journal/journal.ts';
import type { ChatEvent } from '../src/protocol/events.ts';
import { encodeEventFrame } from '../src/protocol/frames.ts';
import { person } from '../src/ranking/fixture.ts';
import { directory } from './support/log-life.ts';
import { build, type Built, close, contentOf, importAll, tables } from './support/past-history.ts';
import { pastWorld } from './support/past-world.ts';
import { until } from './support/until.ts';

// What happens to the history's file in the long run: older versions, full disks, damage.

const folder = mkdtempSync(path.join(tmpdir(), 'meks-upkeep-'));
after(() => rmSync(folder, { recursive: true }));

/** A database of an older version with all that version knew of the one in `file`. */
function asOfVersion(version: number, file: string, older: string): void {
  const database = new DatabaseSync(older);
  migrate(database, older, version);
  database.exec(`ATTACH '${file}' AS newer`);
  const names = database.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").all();
  for (const name of names.map((row) => String(row['name']))) {
    const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all(name);
    const list = columns.map((row) => `"${String(row['name'])}"`).join(', ');
    database.exec(`INSERT INTO main.${name} (${list}) SELECT ${list} FROM newer.${name}`);
  }
  database.close();
}

/** Before version 6 a session whose end nobody saw stayed as it was. How many such there are. */
function leaveLive(older: string): number {
  const database = new DatabaseSync(older);
  const sql = `UPDATE session SET status = iif(id % 2 = 0, 'live', 'paused')
    WHERE status = 'unknown' AND start_seq < (SELECT max(start_seq) FROM session)`;
  const { changes } = database.prepare(sql).run();
  database.close();
  return Number(changes);
}

/** Without what older versions did not write down: only building it again from the log tells that. */
function told(built: Built): unknown[] {
  const untold = new Set(['correction', 'operator_change', 'pulse']);
  const rows = built.database.all('SELECT * FROM correction');
  for (const row of rows) for (const column of ['event', 'undoes', 'change']) delete row[column];
  const pulses = built.database.all('SELECT * FROM pulse ORDER BY session, seq');
  for (const pulse of pulses) {
    assert.ok(numberOf(pulse, 'first_seq') > 0 && numberOf(pulse, 'first_seq') <= numberOf(pulse, 'seq'));
    delete pulse['first_seq'];
  }
  return [
    ...contentOf(
      built,
      tables.filter((table) => !untold.has(table)),
    ),
    rows,
    pulses,
  ];
}

test('a history of any older version becomes the present one, and goes on', () => {
  let wereLive = 0;
  for (let version = 1; version < schemaVersion; version++) {
    const past = pastWorld(30 + version);
    past.go(2000);
    const present = build(past, `${folder}/present-${version}.db`);
    importAll(present);
    const older = `${folder}/older-${version}.db`;
    asOfVersion(version, present.file, older);
    wereLive += leaveLive(older);
    assert.throws(() => HistoryDatabase.openToRead(older), { code: 'MEKS_HISTORY_UNAVAILABLE' });
    const migrated = build(past, older);
    assert.deepEqual(told(migrated), told(present), `from version ${version}`);
    past.go(500);
    importAll(migrated);
    importAll(present);
    assert.deepEqual(told(migrated), told(present), `from version ${version}, gone on`);
    close(migrated);
    close(present);
  }
  assert.ok(wereLive > 0, `${wereLive} sessions without an end`);
});

test('a disk that is full leaves out no event: the import fails, and goes on when there is room', () => {
  const past = pastWorld(41);
  past.go(3000);
  const whole = build(past, `${folder}/whole.db`);
  importAll(whole);
  const cramped = build(past, `${folder}/cramped.db`);
  const pages = cramped.database.get('PRAGMA page_count')!['page_count'];
  cramped.database.get(`PRAGMA max_page_count = ${Number(pages) + 20}`);
  assert.throws(() => importAll(cramped), /full/);
  assert.deepEqual(cramped.faults, []);
  close(cramped);
  const roomy = build(past, `${folder}/cramped.db`);
  importAll(roomy);
  assert.deepEqual(contentOf(roomy), contentOf(whole));
  close(roomy);
  close(whole);
});

test('a room whose log is gone is forgotten only after a copy of its past was made and told', () => {
  const past = pastWorld(43);
  past.go(3000);
  const file = `${folder}/gone.db`;
  const first = build(past, file);
  importAll(first);
  const known = contentOf(first);
  assert.deepEqual(first.copies, []);
  close(first);
  const second = build(pastWorld(44), file);
  assert.deepEqual(second.copies, [`${file}.before`]);
  assert.deepEqual(second.queries.sessions({ room: '1' }), []);
  const copy = HistoryDatabase.openToRead(`${file}.before`);
  assert.deepEqual(
    tables.map((table) => copy.all(`SELECT * FROM ${table}`)),
    known,
  );
  copy.close();
  close(second);
});

test('a log that begins later than what is gone back to costs a copy, too', () => {
  const past = pastWorld(45);
  past.go(19_000);
  const file = `${folder}/later.db`;
  const first = build(past, file);
  importAll(first);
  past.go(2000);
  importAll(first);
  close(first);
  const { disk } = past.life;
  const names = disk.list(directory).filter((name) => name.startsWith('segment-'));
  for (const name of names.sort().slice(0, -1)) disk.remove(`${directory}/${name}`);
  const held = build(past, file);
  assert.deepEqual(held.copies, []);
  // The newest position is no longer what the log has there.
  held.database.run('UPDATE import_state SET crc = crc + 1 WHERE seq = 21000');
  close(held);
  const other = build(past, file);
  assert.deepEqual(other.copies, [`${file}.before`]);
  close(other);
});

test('what the log may let go of is in the history also after a power cut', () => {
  const past = pastWorld(46);
  past.go(2000);
  const built = build(past, `${folder}/safe.db`);
  const needed = (): number => built.importer.progress()[0]!.neededSeq;
  importAll(built);
  assert.equal(needed(), 1, 'nothing was synced');
  built.importer.keepSafe();
  assert.equal(needed(), 2001);
  const reader = HistoryDatabase.openToRead(built.file);
  reader.beginReading();
  reader.all('SELECT * FROM session');
  past.go(500);
  importAll(built);
  built.importer.keepSafe();
  assert.equal(needed(), 2001, 'a reader of what was is in the way');
  reader.close();
  built.importer.keepSafe();
  assert.equal(needed(), 2501);
  past.go(100);
  importAll(built);
  // The write-ahead log never reached the medium.
  copyFileSync(built.file, `${folder}/cut.db`);
  const cut = build(past, `${folder}/cut.db`);
  assert.equal(cut.importer.progress()[0]!.seq, 2500);
  importAll(cut);
  assert.deepEqual(contentOf(cut), contentOf(built));
  close(cut);
  close(built);
});

test('a page of events that takes too long ends where it was, and the next one goes on from there', async () => {
  const past = pastWorld(42);
  past.go(2000);
  const { eventPage } = await import('../src/journal/history/log-events.ts');
  const place = { disk: past.life.disk, directory: 'rooms/1' };
  const found: number[] = [];
  let pages = 0;
  for (let fromSeq = 1; fromSeq > 0; pages++) {
    const over = new Deadline(systemClock, -1);
    const page = eventPage(place, { room: '1', fromSeq, kinds: ['chat', 'gift'], limit: 1000 }, over);
    found.push(...page.events.map(({ seq }) => seq));
    fromSeq = page.nextSeq;
  }
  const all = eventPage(place, { room: '1', limit: 1000, kinds: ['chat', 'gift'] }, new Deadline(systemClock, 60_000));
  assert.ok(pages > 3);
  assert.deepEqual(
    found.slice(0, all.events.length),
    all.events.map(({ seq }) => seq),
  );
});

test('a history that is damaged is set aside, built again from the log, and asked again', async () => {
  const dataDirectory = path.join(folder, 'data');
  const lines: string[] = [];
  const say = (event: string): void => void lines.push(event);
  const log: Log = { info: say, warn: say, error: say };
  const journals = new Journals({ clock: systemClock, log, dataDirectory });
  const recovered = journals.recover('1', { load: () => false, apply: () => undefined, hole: () => undefined });
  const journal = await journals.open(recovered, { sync: { kind: 'os' } });
  for (let seq = 1; seq <= 300; seq++) {
    const chat: ChatEvent = { kind: 'chat', id: String(seq), at: seq, user: person('7'), text: 'hello', language: '' };
    journal.append(seq, Buffer.from(encodeEventFrame(seq, chat)));
  }
  journal.commit();
  writeFileSync(`${dataDirectory}/history.db`, 'this is no database, and has never been one'.repeat(200));
  const history = new HistoryImport({ clock: systemClock, log, dataDirectory });
  const reader = new HistoryReader({ clock: systemClock, log, dataDirectory });
  reader.start();
  assert.deepEqual(await reader.query({ kind: 'rooms' }), { kind: 'unavailable' });
  history.start();
  const counters = history.addRoom({ id: '1', handle: 'a', epoch: journal.epoch, progress: journal.progress() });
  await until('it is built again', () => counters.get('nextSeq') === 301);
  const answer = await reader.query({ kind: 'session', room: '1', session: 1 });
  assert.equal(answer.kind === 'answer' ? answer.value?.chats : answer.kind, 300);
  assert.ok(lines.includes('history.set-aside'));
  assert.equal(readdirSync(dataDirectory).filter((name) => name.startsWith('history.db.damaged-')).length, 1);
  await reader.stop();
  await history.stop();
  await journal.close();
  await journals.stop();
});
