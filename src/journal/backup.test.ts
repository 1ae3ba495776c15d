import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { until } from '../../test/support/until.ts';
import { backUp, type BackupManifest, restore, verifyBackup } from './backup.ts';
import { type Disk, DiskError } from './disk.ts';
import { HistoryImport } from './history.ts';
import { type Journal, Journals, realDisk, type RecoveryReport, saveSnapshot } from './journal.ts';
import { retainLog } from './retention.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-backup-'));
const dataDirectory = `${folder}/data`;
const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory });
const history = new HistoryImport({ clock: systemClock, log: silentLog, dataDirectory });
let journal: Journal;
let seq = 0;

function like(): void {
  const event = { seq: ++seq, kind: 'like', id: String(seq), at: seq, user: { id: '1' }, count: 1, total: seq };
  journal.append(seq, Buffer.from(JSON.stringify(event)));
}

before(async () => {
  const recovered = journals.recover('a', { load: () => true, apply: () => undefined, hole: () => undefined });
  journal = await journals.open(recovered, { sync: { kind: 'os' }, segmentBytesMax: 4096 });
  history.start();
  const counters = history.addRoom({ id: 'a', handle: 'a', epoch: journal.epoch, progress: journal.progress() });
  for (let count = 0; count < 500; count++) like();
  await until('everything is imported', () => counters.get('nextSeq') === 501);
  saveSnapshot(journals.disk, journals.directoryOf('a'), { room: 'a', epoch: journal.epoch, seq: 400, createdAt: 1 }, [
    Buffer.from('state'),
  ]);
});

after(async () => {
  await history.stop();
  await journal.close();
  await journals.stop();
  rmSync(folder, { recursive: true });
});

test('a backup of a running broker is verified, restored, and begins a new epoch with all that it held', async () => {
  const target = `${folder}/backup`;
  let writing = true;
  const write = (): void => {
    like();
    if (writing) systemClock.after(1, write);
  };
  write();
  const manifest = await backUp(dataDirectory, target, systemClock, () => undefined);
  writing = false;
  assert.ok(manifest.files.some(({ path: file }) => file === 'history.db'));
  assert.deepEqual(verifyBackup(target), []);
  const restored = `${folder}/restored`;
  restore(target, restored, () => undefined);
  const other = new Journals({ clock: systemClock, log: silentLog, dataDirectory: restored, writer: 'inline' });
  const seen: number[] = [];
  const recovered = other.recover('a', {
    load: (snapshot) => snapshot.payload.toString() === 'state',
    apply: (at) => void seen.push(at),
    hole: () => assert.fail('a hole'),
  });
  recovered.lock.release();
  assert.equal(recovered.report.snapshotSeq, 400);
  assert.ok(recovered.report.lastSeq >= 500);
  assert.deepEqual(
    seen,
    Array.from({ length: recovered.report.lastSeq - 400 }, (_, index) => 401 + index),
  );
  assert.equal(recovered.report.continued, false);
  assert.notEqual(recovered.epoch, journal.epoch);
});

test('the rooms that were added and what was set aside are in a backup too, for nobody but their owner', async () => {
  const setAside = 'rooms/a/quarantine/000000000001.ndjson';
  mkdirSync(path.dirname(`${dataDirectory}/${setAside}`));
  writeFileSync(`${dataDirectory}/rooms.json`, '{}');
  writeFileSync(`${dataDirectory}/${setAside}`, 'a line\n');
  const [target, restored] = [`${folder}/whole`, `${folder}/whole-restored`];
  await backUp(dataDirectory, target, systemClock, () => undefined);
  restore(target, restored, () => undefined);
  assert.equal(readFileSync(`${restored}/${setAside}`, 'utf8'), 'a line\n');
  assert.equal(readFileSync(`${restored}/rooms.json`, 'utf8'), '{}');
  if (process.platform !== 'win32')
    for (const file of [`${restored}/rooms.json`, `${target}/history.db`])
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
});

test('a backup with a changed, shortened or missing file is found out and not restored', async () => {
  const target = `${folder}/damaged`;
  const { files } = await backUp(dataDirectory, target, systemClock, () => undefined);
  const [first, second, third] = files.filter(({ path: file }) => file.includes('segment-'));
  const bytes = readFileSync(`${target}/${first!.path}`);
  bytes[600]! ^= 1;
  writeFileSync(`${target}/${first!.path}`, bytes);
  truncateSync(`${target}/${second!.path}`, 100);
  rmSync(`${target}/${third!.path}`);
  assert.equal(verifyBackup(target).length, 3);
  assert.throws(() => restore(target, `${folder}/nowhere`, () => undefined), { code: 'MEKS_FILE_MALFORMED' });
  assert.equal(existsSync(`${folder}/nowhere`), false);
});

test('logs that are there are not restored over, and a directory that is not empty is not backed up into', async () => {
  const target = `${folder}/second`;
  await backUp(dataDirectory, target, systemClock, () => undefined);
  assert.throws(() => restore(target, dataDirectory, () => undefined), { code: 'MEKS_OPTION_INVALID' });
  const again = backUp(dataDirectory, target, systemClock, () => undefined);
  await assert.rejects(again, { code: 'MEKS_OPTION_INVALID' });
});

test('the backup of a large history ends although somebody commits to it all the time', async () => {
  const busy = `${folder}/busy`;
  mkdirSync(busy);
  const database = new DatabaseSync(`${busy}/history.db`, { timeout: 5000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t (a); BEGIN');
  const insert = database.prepare('INSERT INTO t VALUES (zeroblob(?))');
  for (let page = 0; page < 1500; page++) insert.run(4000);
  database.exec('COMMIT');
  const commitsMax = 50_000;
  let commits = 0;
  let ended = false;
  const commit = (): void => {
    if (ended || commits === commitsMax) return;
    insert.run(1);
    commits++;
    systemClock.soon(commit);
  };
  commit();
  await backUp(busy, `${folder}/busy-backup`, systemClock, () => undefined);
  ended = true;
  database.close();
  assert.ok(commits < commitsMax, 'it ended only when nobody committed any more');
  assert.deepEqual(verifyBackup(`${folder}/busy-backup`), []);
});

test('a room whose snapshots were replaced while another room was copied has those that are there then', async () => {
  const two = `${folder}/two-rooms`;
  const visitor = { load: () => true, apply: () => undefined, hole: () => assert.fail('a hole') };
  const rooms = new Journals({ clock: systemClock, log: silentLog, dataDirectory: two, writer: 'inline' });
  const opened: Journal[] = [];
  for (const room of ['a', 'b'])
    opened.push(await rooms.open(rooms.recover(room, visitor), { sync: { kind: 'os' }, segmentBytesMax: 1024 }));
  const [, b] = opened;
  for (let at = 1; at <= 100; at++) b!.append(at, Buffer.from(`{"seq":${at},"filling":"${'x'.repeat(50)}"}`));
  b!.commit();
  await until('everything is written', () => b!.status().writtenSeq === 100);
  const save = (at: number): void =>
    saveSnapshot(rooms.disk, rooms.directoryOf('b'), { room: 'b', epoch: b!.epoch, seq: at, createdAt: 1 }, []);
  [20, 30].forEach(save);
  const replace = (file: string): void => {
    if (!file.startsWith('rooms/a/log/segment-')) return;
    [80, 90].forEach(save);
    const policy = { ageMs: Number.POSITIVE_INFINITY, bytesMax: 1 };
    const needs = { neededFromSeq: Number.POSITIVE_INFINITY, nowMs: 1, readable: () => true };
    assert.ok(retainLog(rooms.disk, rooms.directoryOf('b'), policy, needs).segments.length > 0);
  };
  const target = `${folder}/two-rooms-backup`;
  await backUp(two, target, systemClock, replace);
  for (const journal of opened) await journal.close();
  await rooms.stop();
  const restored = `${folder}/two-rooms-restored`;
  restore(target, restored, () => undefined);
  const other = new Journals({
    clock: systemClock,
    log: silentLog,
    dataDirectory: restored,
    writer: 'inline',
  });
  const { report, lock } = other.recover('b', visitor);
  lock.release();
  assert.deepEqual([report.snapshotSeq, report.lastSeq], [90, 100]);
});

test('what a killed broker left beside its history is not restored under: SQLite would write it into the new one', async () => {
  const target = `${folder}/beside`;
  await backUp(dataDirectory, target, systemClock, () => undefined);
  for (const left of ['history.db-wal', 'history.db-shm', 'history.db-journal']) {
    const into = `${folder}/left-${left}`;
    mkdirSync(into);
    writeFileSync(`${into}/${left}`, 'of another history');
    const refused = { code: 'MEKS_OPTION_INVALID', message: new RegExp(`already holds ${left}: `) };
    assert.throws(() => restore(target, into, () => undefined), refused);
    assert.deepEqual(readdirSync(into), [left]);
  }
});

test('a backup that cannot be written, or of what cannot be read, is told with its code', async () => {
  const file = `${folder}/in-the-way`;
  writeFileSync(file, '');
  const intoFile = backUp(dataDirectory, `${file}/backup`, systemClock, () => undefined);
  await assert.rejects(intoFile, { code: 'MEKS_FILE_UNWRITABLE', message: /in-the-way\/backup cannot be written/ });
  const target = `${folder}/good`;
  await backUp(dataDirectory, target, systemClock, () => undefined);
  const restored = (): unknown => restore(target, `${file}/data`, () => undefined);
  assert.throws(restored, { code: 'MEKS_FILE_UNWRITABLE', message: /in-the-way\/data/ });
});

test('a backup that was not finished is none, and one that names files elsewhere is refused', async () => {
  assert.throws(() => verifyBackup(folder), { code: 'MEKS_FILE_UNREADABLE' });
  const list = { format: 1, createdAt: 1, files: [{ path: '../../etc/passwd', bytes: 1, sha256: '' }] };
  writeFileSync(`${folder}/meks-backup.json`, JSON.stringify(list));
  assert.throws(() => verifyBackup(folder), { code: 'MEKS_FILE_MALFORMED' });
});

test('a data folder into which a backup was put back only in part is taken by no broker, and by no restore', async () => {
  const [target, restored] = [`${folder}/to-be-cut`, `${folder}/cut`];
  await backUp(dataDirectory, target, systemClock, () => undefined);
  const cut = new Error('killed');
  const kill = (file: string): void => {
    if (file.includes('segment-')) throw cut;
  };
  assert.throws(() => restore(target, restored, kill), cut);
  const refused = { code: 'MEKS_JOURNAL_CORRUPT', message: /remove the folder and restore again/ };
  assert.throws(
    () => new Journals({ clock: systemClock, log: silentLog, dataDirectory: restored, writer: 'inline' }),
    refused,
  );
  assert.throws(() => restore(target, restored, () => undefined), refused);
  rmSync(restored, { recursive: true });
  restore(target, restored, () => undefined);
  assert.deepEqual(readdirSync(restored).sort(), ['history.db', 'rooms', 'rooms.json']);
  if (process.platform !== 'win32') assert.equal(statSync(`${restored}/history.db`).mode & 0o077, 0);
});

/** A room's log of `count` events, each in a segment of its own, for as long as `use` takes. */
async function withBusyLog<Result>(data: string, use: (log: BusyLog) => Promise<Result>, count = 60): Promise<Result> {
  const visitor = { load: () => true, apply: () => undefined, hole: () => undefined };
  const one = new Journals({ clock: systemClock, log: silentLog, dataDirectory: data, writer: 'inline' });
  const open = await one.open(one.recover('a', visitor), { sync: { kind: 'os' }, segmentBytesMax: 600 });
  for (let at = 1; at <= count; at++) open.append(at, Buffer.from(`{"seq":${at},"filling":"${'x'.repeat(50)}"}`));
  const directory = one.directoryOf('a');
  const save = (at: number): void =>
    saveSnapshot(one.disk, directory, { room: 'a', epoch: open.epoch, seq: at, createdAt: 1 }, []);
  [5, 6].forEach(save);
  const policy = { ageMs: Number.POSITIVE_INFINITY, bytesMax: 1 };
  const needs = { neededFromSeq: Number.POSITIVE_INFINITY, nowMs: 1, readable: () => true };
  try {
    return await use({ save, retain: () => retainLog(one.disk, directory, policy, needs).segments.length });
  } finally {
    await open.close();
    await one.stop();
  }
}

/** Backs the room up and puts it back; `meanwhile` is called after each file with how many are done. */
function backUpWhile(
  name: string,
  meanwhile: (files: number, log: BusyLog) => void,
  options: { readonly count?: number; readonly disk?: Disk } = {},
): Promise<Busy> {
  const data = `${folder}/${name}`;
  return withBusyLog(
    data,
    async (log) => {
      let files = 0;
      const manifest = await backUp(data, `${data}-backup`, systemClock, () => meanwhile(++files, log), options.disk);
      const dataDirectory = `${data}-restored`;
      restore(`${data}-backup`, dataDirectory, () => undefined);
      const holes: number[][] = [];
      const other = new Journals({ clock: systemClock, log: silentLog, dataDirectory, writer: 'inline' });
      const hole = (from: number, to: number): void => void holes.push([from, to]);
      const { lock, report } = other.recover('a', { load: () => true, apply: () => undefined, hole });
      lock.release();
      return { manifest, holes, report };
    },
    options.count,
  );
}

interface BusyLog {
  readonly save: (seq: number) => void;
  readonly retain: () => number;
}

interface Busy {
  readonly manifest: BackupManifest;
  readonly holes: number[][];
  readonly report: RecoveryReport;
}

test('what retention removes of the room that is being copied is in the backup all the same', async () => {
  const { holes, report } = await backUpWhile('busy-room', (files, { save, retain }) => {
    if (files !== 3) return;
    [40, 50].forEach(save);
    assert.ok(retain() > 10);
  });
  assert.deepEqual([holes, report.snapshotSeq, report.lastSeq], [[], 6, 60]);
});

test('a backup of more segments than can be held ends with a word where retention takes one of them', async () => {
  const taken = backUpWhile(
    'large-room',
    (files, { save, retain }) => {
      if (files !== 3) return;
      [600, 610].forEach(save);
      assert.ok(retain() > 500);
    },
    { count: 620 },
  );
  const message = /^retention removed .*segment-\d{15}\.log while it was to be copied: take the backup again/;
  await assert.rejects(taken, { code: 'MEKS_FILE_UNREADABLE', message });
  assert.throws(() => verifyBackup(`${folder}/large-room-backup`), { code: 'MEKS_FILE_UNREADABLE' });
  const { holes, report } = await backUpWhile('large-and-quiet', () => undefined, { count: 620 });
  assert.deepEqual([holes, report.snapshotSeq, report.lastSeq], [[], 6, 620]);
});

test('snapshots that are made while a log is being taken hold of are looked at again', async () => {
  let busy: BusyLog | null = null;
  const disk: Disk = Object.create(realDisk, {
    open: {
      value: (file: string, mode: 'read'): number => {
        // Just now: what was listed is gone before it is open.
        if (file.endsWith('segment-000000000000002.log') && busy !== null) {
          [40, 50].forEach(busy.save);
          busy.retain();
          busy = null;
        }
        return realDisk.open(file, mode);
      },
    },
  });
  const folderOf = `${folder}/taken`;
  const manifest = await withBusyLog(folderOf, (log) => {
    busy = log;
    return backUp(folderOf, `${folderOf}-backup`, systemClock, () => undefined, disk);
  });
  const names = manifest.files.map(({ path: file }) => path.basename(file));
  assert.deepEqual(names.slice(0, 2), ['snapshot-000000000000040.state', 'snapshot-000000000000050.state']);
  assert.ok(names.includes('segment-000000000000041.log') && !names.includes('segment-000000000000001.log'));
});

test('a backup of a log with a bad sector has all the rest, and says which bytes are none', async () => {
  const bad = new Set<number>();
  const disk: Disk = Object.create(realDisk, {
    open: {
      value: (file: string, mode: 'read'): number => {
        const opened = realDisk.open(file, mode);
        if (file.endsWith('segment-000000000000030.log')) bad.add(opened);
        else bad.delete(opened);
        return opened;
      },
    },
    read: {
      value: (file: number, bytes: Buffer, start: number, end: number, position: number): number => {
        if (bad.has(file)) throw new DiskError('failed', 'EIO', 'i/o error');
        return realDisk.read(file, bytes, start, end, position);
      },
    },
  });
  const { manifest, holes, report } = await backUpWhile('bad-sector', () => undefined, { disk });
  const told = manifest.files.filter(({ unreadable }) => unreadable !== undefined);
  assert.deepEqual(
    told.map(({ path: file, bytes, unreadable }) => [path.basename(file), unreadable, bytes > 512]),
    [['segment-000000000000030.log', [{ offset: 0, bytes: told[0]!.bytes, code: 'EIO' }], true]],
  );
  assert.deepEqual([holes, report.lastSeq], [[[30, 30]], 60]);
});
