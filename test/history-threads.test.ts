import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../src/base/clock.ts';
import { seededRandom } from '../src/base/random.ts';
import { silentLog } from '../src/base/log.ts';
import { type ExportRequest, exportOffline, History, rebuildHistory } from '../src/journal/history.ts';
import { type Journal, Journals } from '../src/journal/journal.ts';
import type { ChatEvent, MeksEvent } from '../src/protocol/events.ts';
import { encodeEventFrame } from '../src/protocol/frames.ts';
import { person, World } from '../src/ranking/fixture.ts';
import { Ranking } from '../src/ranking/ranking.ts';
import { until } from './support/until.ts';

// The history as the broker runs it: threads, a real log and a real file. What it knows is tested in history.test.ts.

const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-past-'));
const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory });
const history = new History({ clock: systemClock, log: silentLog, dataDirectory });
const ranking = new Ranking({ room: { id: '1', handle: 'solene' }, hostId: '1' });
const evil = '=HYPERLINK("http://evil.example","click")';
let journal: Journal;
let seq = 0;

function publish(event: MeksEvent): void {
  ranking.apply(++seq, event);
  assert.equal(journal.append(seq, Buffer.from(encodeEventFrame(seq, event))), 'taken');
}

before(async () => {
  const recovered = journals.recover('1', { load: () => false, apply: () => undefined, hole: () => undefined });
  journal = await journals.open(recovered, { sync: { kind: 'os' } });
  history.start();
  history.addRoom({ id: '1', handle: 'solene', epoch: journal.epoch, progress: journal.progress() });
  const world = new World(seededRandom(1), { gifters: 40, paceMs: 300 });
  for (let count = 0; count < 2000; count++) publish(world.next());
  const chat: ChatEvent = { kind: 'chat', id: '9', at: 5, user: person('666'), text: evil, language: 'en' };
  publish(chat);
  journal.commit();
  await until('everything is imported', () => history.status('1')!.nextSeq === seq + 1);
});

after(async () => {
  history.removeRoom('1');
  await history.stop();
  await journal.close();
  await journals.stop();
  rmSync(dataDirectory, { recursive: true });
});

async function ask<T>(answer: Promise<{ readonly kind: string; readonly value?: T }>): Promise<T> {
  const { kind, value } = await answer;
  assert.equal(kind, 'answer');
  return value!;
}

async function exported(request: ExportRequest): Promise<string> {
  const stream = await history.export(request);
  assert.ok(typeof stream !== 'string');
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

test('queries are answered from another thread', async () => {
  await until('the query thread is up', () => history.status('1') !== null);
  const [session] = await ask(history.query({ kind: 'sessions', room: '1' }));
  assert.equal(session!.diamonds, ranking.view.session.diamonds);
  const board = await ask(history.query({ kind: 'board', session: session!.session, limit: 5 }));
  assert.deepEqual(
    board!.rows.map(({ user, diamonds }) => [user.id, diamonds]),
    ranking
      .board({ kind: 'session' })!
      .top(5)
      .map(({ user, diamonds }) => [user.id, diamonds]),
  );
  assert.equal(await ask(history.query({ kind: 'session', session: 999 })), null);
  assert.equal(history.status('1')!.disagreements, 0);
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
  const sessions = (await exported({ subject: { of: 'sessions' }, format: 'csv', forSpreadsheets: false })).split(
    '\r\n',
  );
  assert.match(sessions[0]!, /^session,room,handle,live_id,start,end,status,diamonds,/);
  const newest = (await ask(history.query({ kind: 'sessions' })))[0]!.session;
  const board = JSON.parse(await exported({ subject: { of: 'board', session: newest }, format: 'json' }));
  assert.equal(board.length, ranking.view.session.gifters);
  assert.equal(board[0].rank, 1);
  for (const table of ['battles', 'gifters', 'ledger'] as const) {
    const rows = (await exported({ subject: { of: table, room: '1' }, format: 'ndjson' })).trimEnd().split('\n');
    assert.ok(rows.length > 5, table);
    assert.doesNotThrow(() => rows.map((row) => JSON.parse(row)), table);
  }
  const gifts = (await exported({ subject: { of: 'gifts', session: newest }, format: 'ndjson' })).trimEnd().split('\n');
  const total = gifts.reduce((sum, row) => sum + JSON.parse(row).diamonds, 0);
  const corrected = (await ask(history.query({ kind: 'corrections', session: newest, limit: 1000 }))).reduce(
    (sum, { action, applied }) => sum + (action === 'add' ? applied : action === 'void' ? -applied : 0),
    0,
  );
  assert.equal(total + corrected, ranking.view.session.diamonds);
});

test('an export that is not read to its end lets go of its thread, and one of something unknown does not begin', async () => {
  assert.equal(await history.export({ subject: { of: 'board', session: 999 }, format: 'csv' }), 'unknown');
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

test('what the threads export, a command exports as well, beside the running broker', async () => {
  const request: ExportRequest = { subject: { of: 'gifters', room: '1' }, format: 'csv' };
  const offline = [...exportOffline(dataDirectory, request, systemClock)!].map(({ text }) => text).join('');
  assert.equal(offline, await exported(request));
});

test('a history that is built again from the log is the same', async () => {
  const of = { subject: { of: 'gifters' }, format: 'csv' } as const;
  const before = await exported(of);
  const copy = mkdtempSync(path.join(tmpdir(), 'meks-past-'));
  cpSync(`${dataDirectory}/rooms`, `${copy}/rooms`, { recursive: true });
  let told = 0;
  rebuildHistory(copy, [{ id: '1', handle: 'solene' }], systemClock, () => told++);
  const again = [...exportOffline(copy, of, systemClock)!].map(({ text }) => text).join('');
  assert.equal(again, before);
  rmSync(copy, { recursive: true });
});
