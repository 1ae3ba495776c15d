import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../src/base/clock.ts';
import { seededRandom } from '../src/base/random.ts';
import { silentLog } from '../src/base/log.ts';
import { HistoryDatabase } from '../src/journal/history/database.ts';
import { HistoryImport } from '../src/journal/history.ts';
import { exportOffline, HistoryReader, rebuildHistory } from '../src/journal/history-cold.ts';
import type { ExportRequest } from '../src/protocol/history-queries.ts';
import type { QueryResult } from '../src/protocol/history-answers.ts';
import { type Journal, Journals } from '../src/journal/journal.ts';
import type { ChatEvent, MeksEvent } from '../src/protocol/events.ts';
import { encodeEventFrame } from '../src/protocol/frames.ts';
import { person, pinned, World } from '../src/ranking/fixture.ts';
import { Ranking } from '../src/ranking/ranking.ts';
import { until } from './support/until.ts';

// The history as the broker runs it: threads, a real log and a real file. What it knows is tested in history.test.ts.

const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-past-'));
const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory });
const imports = new HistoryImport({ clock: systemClock, log: silentLog, dataDirectory });
const history = new HistoryReader({ clock: systemClock, log: silentLog, dataDirectory });
const ranking = new Ranking({ room: { id: '1', handle: 'solene' }, hostId: '1' });
const evil = '=HYPERLINK("http://evil.example","click")';
let journal: Journal;
let seq = 0;
let counters: ReturnType<HistoryImport['addRoom']>;

function publish(event: MeksEvent): void {
  ranking.apply(++seq, event);
  assert.equal(journal.append(seq, Buffer.from(encodeEventFrame(seq, event))), 'taken');
}

before(async () => {
  const recovered = journals.recover('1', { load: () => false, apply: () => undefined, hole: () => undefined });
  journal = await journals.open(recovered, { sync: { kind: 'os' } });
  imports.start();
  history.start();
  counters = imports.addRoom({ id: '1', handle: 'solene', epoch: journal.epoch, progress: journal.progress() });
  const world = new World(seededRandom(1), { gifters: 40, paceMs: 300 });
  for (let count = 0; count < 2000; count++) publish(count % 100 === 0 ? pinned('7') : world.next());
  const chat: ChatEvent = { kind: 'chat', id: '9', at: 5, user: person('666'), text: evil, language: 'en' };
  publish(chat);
  journal.commit();
  await until('everything is imported', () => counters.get('nextSeq') === seq + 1);
});

after(async () => {
  imports.removeRoom('1');
  await imports.stop();
  await history.stop();
  await journal.close();
  await journals.stop();
  rmSync(dataDirectory, { recursive: true });
});

async function ask<T>(answer: Promise<QueryResult<T | null>>): Promise<T> {
  const result = await answer;
  assert.ok(result.kind === 'answer' && result.value !== null, result.kind);
  return result.value;
}

async function exported(request: ExportRequest): Promise<string> {
  const stream = await history.export(request);
  assert.ok(typeof stream !== 'string');
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

test('queries are answered from another thread', async () => {
  const [session] = await ask(history.query({ kind: 'sessions', room: '1' }));
  assert.equal(session!.diamonds, ranking.view.session.diamonds);
  const board = await ask(history.query({ kind: 'board', room: '1', session: session!.session, limit: 5 }));
  assert.deepEqual(
    board.rows.map(({ user, diamonds }) => [user.id, diamonds]),
    ranking
      .board({ kind: 'session' })!
      .top(5)
      .map(({ user, diamonds }) => [user.id, diamonds]),
  );
  assert.deepEqual(await history.query({ kind: 'session', room: '1', session: 999_999 }), {
    kind: 'answer',
    value: null,
  });
  assert.equal(counters.get('disagreements'), 0);
});

test('events come from the log in pages, whole, and by kind', async () => {
  const first = await ask(history.query({ kind: 'events', room: '1', limit: 10 }));
  assert.deepEqual(
    first.events.map((event) => event.seq),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  assert.equal(first.nextSeq, 11);
  const chats = await ask(history.query({ kind: 'events', room: '1', kinds: ['chat'] }));
  assert.deepEqual(
    chats.events.map((event) => event.seq),
    [seq],
  );
  assert.equal(chats.nextSeq, 0);
});

test('more queries than allowed at once are answered as busy, none is lost', async () => {
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => history.query({ kind: 'gifters', room: '1', limit: 10 })),
  );
  const kinds = new Map<string, number>();
  for (const { kind } of answers) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  assert.deepEqual([...kinds.keys()].sort(), ['answer', 'busy']);
  assert.equal(kinds.get('answer')! + kinds.get('busy')!, 200);
});

test('an export of events gives every event back as it was, in each format', async () => {
  const subject = { of: 'events', room: '1' } as const;
  const lines = (await exported({ subject, format: 'ndjson' })).trimEnd().split('\n');
  assert.equal(lines.length, seq);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).seq),
    Array.from({ length: seq }, (_, index) => index + 1),
  );
  assert.equal(JSON.parse(await exported({ subject, format: 'json' })).length, seq);
  const csv = (await exported({ subject, format: 'csv' })).trimEnd().split('\r\n');
  assert.equal(csv.length, seq + 1);
  assert.equal(csv[0], '\u{feff}seq,time,kind,id,user_id,handle,name,text,count,diamonds');
  assert.equal(
    csv.at(-1),
    `${seq},1970-01-01T00:00:00.005Z,chat,'9,'666,handle666,Name 666,"'${evil.replaceAll('"', '""')}",,`,
  );
});

test('tables are exported with their header, as objects too', async () => {
  const sessions = (
    await exported({ subject: { of: 'sessions', room: '1' }, format: 'csv', forSpreadsheets: false })
  ).split('\r\n');
  assert.match(sessions[0]!, /^session,room,live_id,start,end,status,diamonds,/);
  const newest = (await ask(history.query({ kind: 'sessions', room: '1' })))[0]!.session;
  const board = JSON.parse(await exported({ subject: { of: 'board', room: '1', session: newest }, format: 'json' }));
  assert.equal(board.length, ranking.view.session.gifters);
  assert.equal(board[0].rank, 1);
  for (const table of ['battles', 'gifters', 'ledger', 'operators'] as const) {
    const rows = (await exported({ subject: { of: table, room: '1' }, format: 'ndjson' })).trimEnd().split('\n');
    assert.ok(rows.length > 5, table);
    assert.doesNotThrow(() => rows.map((row) => JSON.parse(row)), table);
  }
  const gifts = (await exported({ subject: { of: 'gifts', room: '1', session: newest }, format: 'ndjson' }))
    .trimEnd()
    .split('\n');
  const total = gifts.reduce((sum, row) => sum + JSON.parse(row).diamonds, 0);
  const corrected = (await ask(history.query({ kind: 'corrections', room: '1', session: newest, limit: 1000 }))).reduce(
    (sum, { change }) => sum + change,
    0,
  );
  assert.equal(total + corrected, ranking.view.session.diamonds);
});

test('an export that is not read to its end lets go of its thread, and one of something unknown does not begin', async () => {
  assert.equal(
    await history.export({ subject: { of: 'board', room: '1', session: 999_999 }, format: 'csv' }),
    'unknown',
  );
  const subject = { of: 'events', room: '1' } as const;
  const two = [await history.export({ subject, format: 'json' }), await history.export({ subject, format: 'csv' })];
  assert.equal(await history.export({ subject, format: 'csv' }), 'busy');
  for (const stream of two) {
    assert.ok(typeof stream !== 'string');
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy();
    await closed;
  }
  assert.ok((await exported({ subject, format: 'csv' })).length > 1000);
});

async function offline(folder: string, request: ExportRequest): Promise<string> {
  const opened = await exportOffline(folder, request, systemClock);
  return Buffer.concat([...opened!.pieces].map(({ bytes }) => bytes)).toString();
}

test('what the threads export, a command exports as well, beside the running broker', async () => {
  const request: ExportRequest = { subject: { of: 'gifters', room: '1' }, format: 'csv' };
  assert.equal(await offline(dataDirectory, request), await exported(request));
});

test('a history that is built again from the log is the same', async () => {
  const copy = mkdtempSync(path.join(tmpdir(), 'meks-past-'));
  cpSync(`${dataDirectory}/rooms`, `${copy}/rooms`, { recursive: true });
  let told = 0;
  const say = (): void => void told++;
  const [room] = rebuildHistory({ dataDirectory: copy, clock: systemClock, forget: false, say });
  assert.deepEqual(room, { room: '1', seq, disagreements: 0, faults: 0 });
  assert.ok(told > 0);
  for (const table of ['sessions', 'battles', 'gifters', 'ledger'] as const) {
    const request = { subject: { of: table, room: '1' }, format: 'csv' } as const;
    assert.equal(await offline(copy, request), await exported(request), table);
  }
  rmSync(copy, { recursive: true });
});

test('a history that cannot be built whole leaves the one that there is, and no half of its own', () => {
  const copy = mkdtempSync(path.join(tmpdir(), 'meks-past-'));
  cpSync(`${dataDirectory}/rooms`, `${copy}/rooms`, { recursive: true });
  const options = { dataDirectory: copy, clock: systemClock, forget: false };
  rebuildHistory({ ...options, say: () => {} });
  const before = readFileSync(`${copy}/history.db`);
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  const readers: HistoryDatabase[] = [];
  const troubles = [
    (): void => {
      throw full;
    },
    // As where the disk is full at the very end: what was committed last stays beside the database.
    (): void => {
      const reader = HistoryDatabase.openToRead(`${copy}/history.db.building`);
      readers.push(reader);
      reader.beginReading();
      reader.all('SELECT * FROM room');
      const writer = HistoryDatabase.openToWrite(`${copy}/history.db.building`);
      writer.run("UPDATE person SET name = name || '.'");
      writer.close();
    },
  ];
  for (const say of troubles) {
    assert.throws(() => rebuildHistory({ ...options, say }), { code: 'MEKS_FILE_UNWRITABLE' });
    assert.deepEqual(readFileSync(`${copy}/history.db`), before);
    assert.deepEqual(readdirSync(copy).sort(), ['history.db', 'rooms']);
  }
  for (const reader of readers) reader.close();
  rmSync(copy, { recursive: true });
});

test('a log that a broker uses is not made into another history, nor one that is shorter than the history', () => {
  const say = (): void => {};
  const options = { dataDirectory, clock: systemClock, forget: false, say };
  assert.throws(() => rebuildHistory(options), { code: 'MEKS_JOURNAL_LOCKED' });
  const copy = mkdtempSync(path.join(tmpdir(), 'meks-past-'));
  cpSync(dataDirectory, copy, { recursive: true });
  const log = `${copy}/rooms/1/log`;
  renameSync(`${log}/segment-000000000000001.log`, `${log}/segment-000000000000007.log`);
  assert.throws(() => rebuildHistory({ ...options, dataDirectory: copy }), { code: 'MEKS_HISTORY_LONGER' });
  rmSync(copy, { recursive: true });
});

test('what was asked and exported is counted, and the sums hold', () => {
  const { queries, queriesAnswered, queriesLate, queriesBusy, queriesUnavailable, ...read } = history.counters.read();
  assert.equal(queries, queriesAnswered + queriesLate + queriesBusy + queriesUnavailable);
  assert.ok(queriesAnswered > 0 && queriesBusy > 0);
  assert.equal(read.exports, read.exportsFinished + read.exportsBroken);
  assert.equal(read.exportsUnderWay, 0);
  assert.deepEqual([read.exportsBroken, read.exportsBusy], [2, 1]);
  assert.ok(read.exportBytes > 100_000);
});
